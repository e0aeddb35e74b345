#include "plan/seccomp-newer.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "base/table.h"

/* Linux has had one number for all processors since 5.0 (include/uapi/asm-generic/unistd.h). */
static const struct name_value newer[] = {
	{"cachestat", 451},	    /* 6.5 */
	{"fchmodat2", 452},	    /* 6.6 */
	{"map_shadow_stack", 453},
	{"futex_wake", 454},	    /* 6.7 */
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457},	    /* 6.8 */
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},		    /* 6.10 */
	{"setxattrat", 463},	    /* 6.13 */
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467},    /* 6.15 */
	{"file_getattr", 468},	    /* 6.17 */
	{"file_setattr", 469},
	{"listns", 470},	    /* 6.19 */
};

/* Of x86_64 alone, in a gap that was left there. */
static const struct name_value newer_x86_64[] = {
	{"uretprobe", 335}, /* 6.11 */
	{"uprobe", 336},    /* 6.18 */
};

static_assert(ARRAY_SIZE(newer) + ARRAY_SIZE(newer_x86_64) <= SECCOMP_EXTRA_MAX,
	      "each of them may be named once for an ABI");

bool seccomp_newer_number(const char *name, uint32_t audit_arch, uint32_t first, uint32_t *nr)
{
	const struct name_value *row = name_lookup(newer, ARRAY_SIZE(newer), name);

	if (!row && audit_arch == AUDIT_ARCH_X86_64 && first == 0)
		row = name_lookup(newer_x86_64, ARRAY_SIZE(newer_x86_64), name);
	if (!row)
		return false;
	*nr = first + (uint32_t)row->value;
	return true;
}

struct prog {
	struct sock_filter *f;
	size_t n;
};

static void jump(struct prog *p, uint16_t op, uint32_t k, size_t yes, size_t no)
{
	assert(yes <= 255 && no <= 255);
	p->f[p->n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | op | BPF_K, k, (uint8_t)yes,
						    (uint8_t)no);
}

static void ret(struct prog *p, uint32_t action)
{
	p->f[p->n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
}

static void load(struct prog *p, size_t offset)
{
	p->f[p->n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

/* Instructions of tests(), without the guard. */
static size_t tests_size(const struct seccomp_abi *abi)
{
	return 2 * abi->n_extra + (abi->enosys ? 3 : 0);
}

static size_t part_size(const struct seccomp_abi *abi)
{
	return tests_size(abi) ? tests_size(abi) + 1 : 0;
}

/* The number is loaded. One comparison sends the ordinary calls on their way. */
static void tests(struct prog *p, const struct seccomp_abi *abi)
{
	uint32_t lowest = abi->enosys ? abi->newest + 1 : UINT32_MAX;

	for (size_t i = 0; i < abi->n_extra; i++)
		if (abi->extra[i].nr < lowest)
			lowest = abi->extra[i].nr;
	jump(p, BPF_JGE, lowest, 0, tests_size(abi));
	for (size_t i = 0; i < abi->n_extra; i++) {
		jump(p, BPF_JEQ, abi->extra[i].nr, 0, 1);
		ret(p, abi->extra[i].action);
	}
	if (abi->enosys) {
		jump(p, BPF_JGE, abi->last, 2, 0);
		jump(p, BPF_JGT, abi->newest, 0, 1);
		ret(p, SECCOMP_RET_ERRNO | ENOSYS);
	}
}

size_t seccomp_newer(const struct seccomp_abi *abis, size_t n, struct sock_filter *out)
{
	struct prog p = {.f = out};
	size_t next;

	for (size_t i = 0; i < n; i = next) {
		size_t size = 0;

		for (next = i; next < n && abis[next].audit_arch == abis[i].audit_arch; next++) {
			assert(abis[next].n_extra <= SECCOMP_EXTRA_MAX);
			size += part_size(&abis[next]);
		}
		if (size == 0)
			continue;
		load(&p, offsetof(struct seccomp_data, arch));
		jump(&p, BPF_JEQ, abis[i].audit_arch, 0, size + 1);
		load(&p, offsetof(struct seccomp_data, nr));
		for (size_t j = i; j < next; j++)
			if (part_size(&abis[j]))
				tests(&p, &abis[j]);
	}
	return p.n;
}
