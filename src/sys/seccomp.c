#include "sys/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

uint32_t seccomp_own_arch(void)
{
#if defined(__x86_64__)
	return AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
	return AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
	return AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return AUDIT_ARCH_PPC64LE;
#elif defined(__powerpc64__)
	return AUDIT_ARCH_PPC64;
#elif defined(__s390x__)
	return AUDIT_ARCH_S390X;
#elif defined(__mips64) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return AUDIT_ARCH_MIPSEL64;
#elif defined(__mips64)
	return AUDIT_ARCH_MIPS64;
#elif defined(__loongarch64)
	return AUDIT_ARCH_LOONGARCH64;
#else
#error "name this processor's AUDIT_ARCH_* here"
#endif
}

int seccomp_set_filter(const struct sock_filter *filter, unsigned short n, uint32_t flags,
		       struct err *e)
{
	struct sock_fprog prog = {.len = n, .filter = (struct sock_filter *)filter};
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);

	if (r < 0)
		return err_sys(e, "seccomp", NULL);
	/* TSYNC without TSYNC_ESRCH: a thread that could not be brought along. */
	if (r > 0 && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return err_set(e, ERR_SYS, ESRCH, "seccomp: thread %ld can't take the filter", r);
	return (int)r;
}

bool seccomp_flag_known(uint32_t flag)
{
	uint32_t flags = flag;

	/* The kernel takes this one together with a listener alone. */
	if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* Flags are looked at before the program: EFAULT means that they were fine. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}

struct machine {
	uint32_t a, x, mem[BPF_MEMWORDS];
};

static bool compare(uint16_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b; /* BPF_JSET */
	}
}

/* False for an operation that there isn't. */
static bool compute(struct machine *m, uint16_t op, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		m->a += b;
		return true;
	case BPF_SUB:
		m->a -= b;
		return true;
	case BPF_AND:
		m->a &= b;
		return true;
	case BPF_OR:
		m->a |= b;
		return true;
	case BPF_XOR:
		m->a ^= b;
		return true;
	case BPF_LSH:
		m->a = b < 32 ? m->a << b : 0;
		return true;
	case BPF_RSH:
		m->a = b < 32 ? m->a >> b : 0;
		return true;
	case BPF_NEG:
		m->a = 0 - m->a;
		return true;
	}
	return false;
}

/* All that isn't a jump or a return. False: not an instruction that seccomp takes. */
static bool move(struct machine *m, const struct sock_filter *f, const struct seccomp_data *call)
{
	switch (f->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (f->k % 4 || f->k > sizeof(*call) - 4)
			return false;
		memcpy(&m->a, (const char *)call + f->k, sizeof(m->a));
		return true;
	case BPF_LD | BPF_IMM:
		m->a = f->k;
		return true;
	case BPF_LDX | BPF_IMM:
		m->x = f->k;
		return true;
	case BPF_LD | BPF_MEM:
		m->a = m->mem[f->k % BPF_MEMWORDS];
		return true;
	case BPF_LDX | BPF_MEM:
		m->x = m->mem[f->k % BPF_MEMWORDS];
		return true;
	case BPF_ST:
		m->mem[f->k % BPF_MEMWORDS] = m->a;
		return true;
	case BPF_STX:
		m->mem[f->k % BPF_MEMWORDS] = m->x;
		return true;
	case BPF_MISC | BPF_TAX:
		m->x = m->a;
		return true;
	case BPF_MISC | BPF_TXA:
		m->a = m->x;
		return true;
	}
	if (BPF_CLASS(f->code) != BPF_ALU)
		return false;
	return compute(m, BPF_OP(f->code), BPF_SRC(f->code) == BPF_X ? m->x : f->k);
}

uint32_t seccomp_ask(const struct sock_filter *filter, size_t n, const struct seccomp_data *call)
{
	struct machine m = {0};

	for (size_t i = 0; i < n; i++) {
		const struct sock_filter *f = &filter[i];

		if (f->code == (BPF_RET | BPF_K))
			return f->k;
		if (f->code == (BPF_RET | BPF_A))
			return m.a;
		if (f->code == (BPF_JMP | BPF_JA))
			i += f->k;
		else if (BPF_CLASS(f->code) == BPF_JMP)
			i += compare(BPF_OP(f->code), m.a, BPF_SRC(f->code) == BPF_X ? m.x : f->k)
				     ? f->jt
				     : f->jf;
		else if (!move(&m, f, call))
			break;
	}
	return SECCOMP_RET_KILL_PROCESS;
}
