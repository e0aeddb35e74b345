/*
 * fuzz-seccomp.c - profiles made of bytes: the kernel would take every program that is made of one,
 * and it answers as the plain reading of the profile does (tests/unit/seccomp-plain.h).
 */
#include <linux/filter.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/seccomp-plain.h"
#include "plan/plan.h"
#include "plan/seccomp-program.h"
#include "sys/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES = 12, NAMES = 4, ARGS = 3 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct bytes {
	const uint8_t *p;
	size_t n;
};

static unsigned take(struct bytes *b, unsigned below)
{
	if (b->n == 0)
		return 0;
	b->n--;
	return *b->p++ % below;
}

static const char *const names[] = {
	"read",	       "write",	  "open",   "socket",	 "bind",	 "accept",
	"recv",	       "semop",	  "semget", "shmat",	 "msgsnd",	 "ipc",
	"socketcall",  "openat2", "mseal",  "uretprobe", "clone",	 "set_tls",
	"personality", "no_one",  "exit",   "clone3",	 "rt_sigaction",
};
static const char *const actions[] = {
	"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_LOG",	  "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
};
static const char *const operators[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
};
static const uint64_t values[] = {
	0,
	1,
	2,
	7,
	40,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x100000001,
	0xffffffff00000000,
	UINT64_MAX,
};

#define one_of(b, list) (list)[take(b, ARRAY_SIZE(list))]

struct profile {
	struct oci_seccomp s;
	struct oci_syscall rules[RULES];
	const char *names[RULES][NAMES];
	struct oci_syscall_arg args[RULES][ARGS];
	const char *archs[ARRAY_SIZE(targets)];
};

static bool has_errno(const char *action)
{
	return strcmp(action, "SCMP_ACT_ERRNO") == 0 || strcmp(action, "SCMP_ACT_TRACE") == 0;
}

static void make_rule(struct profile *f, size_t i, struct bytes *b)
{
	struct oci_syscall *rule = &f->rules[i];

	rule->names = f->names[i];
	rule->n_names = 1 + take(b, NAMES);
	for (size_t j = 0; j < rule->n_names; j++)
		f->names[i][j] = one_of(b, names);
	rule->action = one_of(b, actions);
	rule->has_errno_ret = has_errno(rule->action) && take(b, 2);
	rule->errno_ret = rule->has_errno_ret ? take(b, 50) : 0;
	rule->args = f->args[i];
	rule->n_args = take(b, ARGS + 1);
	for (size_t j = 0; j < rule->n_args; j++)
		f->args[i][j] = (struct oci_syscall_arg){.index = take(b, 3),
							 .value = one_of(b, values),
							 .value_two = one_of(b, values),
							 .op = one_of(b, operators)};
}

static void make_profile(struct profile *f, struct bytes *b)
{
	*f = (struct profile){0};
	f->s.default_action = one_of(b, actions);
	f->s.has_default_errno_ret = has_errno(f->s.default_action) && take(b, 2);
	f->s.default_errno_ret = f->s.has_default_errno_ret ? take(b, 50) : 0;
	f->s.architectures = f->archs;
	for (size_t i = take(b, ARRAY_SIZE(targets)); i > 0; i--)
		f->archs[f->s.n_architectures++] = one_of(b, targets).name;
	f->s.syscalls = f->rules;
	for (f->s.n_syscalls = 0; f->s.n_syscalls < RULES && b->n > 0; f->s.n_syscalls++)
		make_rule(f, f->s.n_syscalls, b);
}

/* What the kernel checks before it takes a program: seccomp_check_filter(), bpf_check_classic(). */
static void check_program(const struct sock_filter *f, size_t n)
{
	require(n > 0 && n <= BPF_MAXINSNS);
	require(BPF_CLASS(f[n - 1].code) == BPF_RET);
	for (size_t i = 0; i < n; i++) {
		size_t left = n - i - 1;

		switch (f[i].code) {
		case BPF_LD | BPF_W | BPF_ABS:
			require(f[i].k % 4 == 0 && f[i].k < sizeof(struct seccomp_data));
			break;
		case BPF_JMP | BPF_JA:
			require(f[i].k < left);
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
			require(f[i].jt < left && f[i].jf < left);
			break;
		default:
			require(f[i].code == (BPF_RET | BPF_K) ||
				f[i].code == (BPF_ALU | BPF_AND | BPF_K));
		}
	}
}

static void check_call(const struct profile *f, const struct plan_seccomp *p, uint32_t arch,
		       uint32_t nr)
{
	struct seccomp_data call = {.nr = (int)nr, .arch = arch};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		for (size_t j = 0; j < 3; j++)
			call.args[j] = values[(i * (j + 1) + j) % ARRAY_SIZE(values)];
		require(seccomp_ask(p->filter, p->n, &call) == plain_answer(&f->s, &call));
	}
}

static void check_answers(const struct profile *f, const struct plan_seccomp *p)
{
	static const uint32_t others[] = {0, 101, 336, 463, 999, X32 + 5, X32 + 600, UINT32_MAX};

	for (size_t t = 0; t < ARRAY_SIZE(targets); t++) {
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			int64_t nr = number(&targets[t], names[i]);

			if (nr >= 0)
				check_call(f, p, targets[t].arch, (uint32_t)nr);
		}
		for (size_t i = 0; i < ARRAY_SIZE(others); i++)
			check_call(f, p, targets[t].arch, others[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena a;
	static struct profile f;
	struct bytes b = {data, size};
	struct plan_seccomp p = {0};
	struct err e = {0};

	if (!a.base)
		require(arena_init(&a, 1 << 20, &e) == 0);
	memset(a.base, 0, a.used);
	a.used = 0;
	forget_profile();
	make_profile(&f, &b);
	if (plan_seccomp_compile(&f.s, NULL, &a, &p, &e) < 0) {
		require(e.kind == ERR_SPEC && e.where[0] == '/' && e.text[0]);
		return 0;
	}
	check_program(p.filter, p.n);
	check_answers(&f, &p);
	return 0;
}
