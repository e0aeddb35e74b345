/*
 * seccomp-plain.h - a seccomp profile, read as slowly and as plainly as can be.
 *
 * For tests: what a compiled program has to answer. A rule without conditions decides its call; of
 * rules with conditions the first that holds; then ENOSYS for what is newer than the profile; then
 * the default. It shares nothing with the compiler but libseccomp's names of numbers, and is no
 * header in the usual sense: each test that includes it gets a copy.
 */
#pragma once

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "libocispec/ocispec.h"

#define X32 0x40000000U

static uint32_t read_action(const char *name, bool has, uint32_t data)
{
	static const struct name_value plain[] = {
		{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
		{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
		{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
		{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
		{"SCMP_ACT_LOG", SECCOMP_RET_LOG},
		{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
	};
	const struct name_value *row = name_lookup(plain, ARRAY_SIZE(plain), name);

	if (row)
		return (uint32_t)row->value;
	return (strcmp(name, "SCMP_ACT_ERRNO") == 0 ? SECCOMP_RET_ERRNO : SECCOMP_RET_TRACE) |
	       (has ? data : EPERM);
}

static bool holds(const struct oci_syscall_arg *a, uint64_t have, bool narrow)
{
	uint64_t want = narrow ? (uint32_t)a->value : a->value;
	const char *op = a->op + strlen("SCMP_CMP_");

	if (narrow)
		have = (uint32_t)have;
	if (strcmp(op, "NE") == 0)
		return have != want;
	if (strcmp(op, "LT") == 0)
		return have < a->value;
	if (strcmp(op, "LE") == 0)
		return have <= a->value;
	if (strcmp(op, "EQ") == 0)
		return have == want;
	if (strcmp(op, "GE") == 0)
		return have >= a->value;
	if (strcmp(op, "GT") == 0)
		return have > a->value;
	return (have & want) == (a->value_two & want);
}

static bool rule_holds(const struct oci_syscall *rule, const uint64_t *args, bool narrow)
{
	bool twice = false, all = true, any = false;

	for (size_t i = 0; i < rule->n_args; i++) {
		bool h = holds(&rule->args[i], args[rule->args[i].index], narrow);

		all = all && h;
		any = any || h;
		for (size_t j = 0; j < i; j++)
			twice = twice || rule->args[j].index == rule->args[i].index;
	}
	return twice ? any : all;
}

struct target {
	const char *name; /* in config.json */
	uint32_t token, arch, first, last;
	bool narrow;
};

static const struct target targets[] = {
	{"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64, 0, X32, false},
	{"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, X32, true},
	{"SCMP_ARCH_X32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32, X32 + 512, true},
	{"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0, 0xf0000, true},
	{"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64, 0, X32, false},
	{"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32, 6000, X32, true},
	{"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE, 0, X32, false},
	{"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64, 0, X32, false},
};

static const struct {
	const char *name;
	uint32_t nr;
	bool x86_64;
} newer[] = {{"mseal", 462, false}, {"open_tree_attr", 467, false}, {"uretprobe", 335, true}};

static int64_t look_up_number(const struct target *t, const char *name)
{
	int known = seccomp_syscall_resolve_name_arch(t->token, name);

	if (known >= 0)
		return known;
	/* one that is in socketcall(2) or ipc(2) may be a call of its own too */
	for (uint32_t nr = 0; known < -100 && known > -300 && nr < 600; nr++) {
		char *found = seccomp_syscall_resolve_num_arch(t->token, (int)(t->first + nr));
		bool same = found && strcmp(found, name) == 0;

		free(found);
		if (same)
			return t->first + nr;
	}
	if (known != __NR_SCMP_ERROR)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++)
		if (strcmp(newer[i].name, name) == 0 &&
		    (!newer[i].x86_64 || t->token == SCMP_ARCH_X86_64))
			return (int64_t)t->first + newer[i].nr;
	return -1;
}

/* Looked up once: it takes long. */
static int64_t number(const struct target *t, const char *name)
{
	static struct {
		char name[40];
		int64_t nr;
	} known[ARRAY_SIZE(targets)][1024];
	unsigned slot = 0;

	for (const char *c = name; *c; c++)
		slot = slot * 31 + (unsigned char)*c;
	slot %= ARRAY_SIZE(known[0]);
	if (!*name || strcmp(known[t - targets][slot].name, name) != 0) {
		snprintf(known[t - targets][slot].name, sizeof(known[0][0].name), "%s", name);
		known[t - targets][slot].nr = look_up_number(t, name);
	}
	return known[t - targets][slot].nr;
}

static bool named(const struct oci_syscall *rule, const char *name)
{
	for (size_t i = 0; i < rule->n_names; i++)
		if (strcmp(rule->names[i], name) == 0)
			return true;
	return false;
}

/* newest() remembers: a fuzzer has another profile at the same address. */
static const struct oci_seccomp *known_for[ARRAY_SIZE(targets)];

static inline void forget_profile(void)
{
	memset(known_for, 0, sizeof(known_for));
}

/* socketcall(2) or ipc(2), if name is a call in there on this processor; else -1. */
static int64_t outer_number(const struct target *t, const char *name)
{
	int known = seccomp_syscall_resolve_name_arch(t->token, name), outer = -1;

	if (known < -100 && known > -200)
		outer = seccomp_syscall_resolve_name_arch(t->token, "socketcall");
	if (known < -200 && known > -300)
		outer = seccomp_syscall_resolve_name_arch(t->token, "ipc");
	return outer < 0 ? -1 : outer;
}

static int64_t higher(const struct target *t, int64_t nr, int64_t than)
{
	return nr > than && nr >= t->first && nr < t->last ? nr : than;
}

/* The highest number that the profile names, and those that are the way to what it names; or -1. */
static int64_t newest(const struct oci_seccomp *s, const struct target *t)
{
	static int64_t known[ARRAY_SIZE(targets)];
	int64_t max = -1;

	if (known_for[t - targets] == s)
		return known[t - targets];

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t j = 0; j < s->syscalls[i].n_names; j++) {
			const char *name = s->syscalls[i].names[j];

			max = higher(t, number(t, name), max);
			max = higher(t, outer_number(t, name), max);
		}
	known_for[t - targets] = s;
	known[t - targets] = max;
	return max;
}

/* The numbers that are looked at: so many from each of these. */
enum { SPAN = 560 };
static const uint32_t bases[] = {0, 4000, 5000, 6000, 0xf0000, X32};

static const char *look_up_name(const struct target *t, uint32_t nr)
{
	char *known = seccomp_syscall_resolve_num_arch(t->token, (int)nr);
	const char *name = known ? known : ""; /* kept */

	for (size_t i = 0; !*name && i < ARRAY_SIZE(newer); i++)
		if (number(t, newer[i].name) == nr)
			name = newer[i].name;
	return name;
}

static const char *name_of(const struct target *t, uint32_t nr)
{
	static const char *names[ARRAY_SIZE(targets)][ARRAY_SIZE(bases)][SPAN];

	for (size_t b = 0; b < ARRAY_SIZE(bases); b++)
		if (nr >= t->first && nr >= bases[b] && nr - bases[b] < SPAN) {
			const char **name = &names[t - targets][b][nr - bases[b]];

			if (!*name)
				*name = look_up_name(t, nr);
			return *name;
		}
	return "";
}

/* Calls that come through one, which has a number for them in argument 0: socketcall(2), ipc(2). */
static const char *inner_call(const char *outer, uint64_t arg)
{
	static const char *const sockets[] = {
		"",	      "socket",	     "bind",	    "connect",	  "listen",
		"accept",     "getsockname", "getpeername", "socketpair", "send",
		"recv",	      "sendto",	     "recvfrom",    "shutdown",	  "setsockopt",
		"getsockopt", "sendmsg",     "recvmsg",	    "accept4",	  "recvmmsg",
		"sendmmsg"};
	static const char *const ipc[] = {
		[1] = "semop",	 [2] = "semget",  [3] = "semctl",  [4] = "semtimedop",
		[11] = "msgsnd", [12] = "msgrcv", [13] = "msgget", [14] = "msgctl",
		[21] = "shmat",	 [22] = "shmdt",  [23] = "shmget", [24] = "shmctl"};
	uint32_t nr = (uint32_t)arg;

	if (strcmp(outer, "socketcall") == 0)
		return nr && nr < ARRAY_SIZE(sockets) ? sockets[nr] : NULL;
	nr &= 0xffff;
	return strcmp(outer, "ipc") == 0 && nr < ARRAY_SIZE(ipc) ? ipc[nr] : NULL;
}

static uint32_t action_of(const struct oci_syscall *rule)
{
	return read_action(rule->action, rule->has_errno_ret, rule->errno_ret);
}

/* args NULL: nobody can look at them. */
static bool find_action(const struct oci_seccomp *s, const char *name, const uint64_t *args,
			bool narrow, uint32_t standard, uint32_t *action)
{
	int strictest = (int)(standard & SECCOMP_RET_ACTION_FULL);
	bool found = false;

	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *rule = &s->syscalls[i];

		*action = action_of(rule);
		if (rule->n_args == 0 && named(rule, name) && *action != standard)
			return true;
	}
	for (size_t i = 0; i < s->n_syscalls; i++) {
		const struct oci_syscall *rule = &s->syscalls[i];
		uint32_t a = action_of(rule);
		int strict = (int)(a & SECCOMP_RET_ACTION_FULL);

		if (!named(rule, name) || a == standard)
			continue;
		if (args && rule_holds(rule, args, narrow)) {
			*action = a;
			return true;
		}
		if (!args && strict < strictest) {
			strictest = strict;
			*action = a;
			found = true;
		}
	}
	return found;
}

static uint32_t plain(const struct oci_seccomp *s, const struct target *t,
		      const struct seccomp_data *call)
{
	uint32_t standard =
		read_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret);
	uint32_t kind = standard & SECCOMP_RET_ACTION_FULL, nr = (uint32_t)call->nr, action;
	const char *name = name_of(t, nr), *inner;
	int64_t max = newest(s, t);

	if (*name &&
	    find_action(s, name, (const uint64_t *)call->args, t->narrow, standard, &action))
		return action;
	inner = inner_call(name, call->args[0]);
	if (inner && find_action(s, inner, NULL, t->narrow, standard, &action))
		return action;
	if (max >= 0 && nr > max && nr < t->last && kind != SECCOMP_RET_ALLOW &&
	    kind != SECCOMP_RET_LOG && kind != SECCOMP_RET_TRACE)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return standard;
}

static bool listed(const struct oci_seccomp *s, const struct target *t)
{
	if (t->token == seccomp_arch_native())
		return true;
	for (size_t i = 0; i < s->n_architectures; i++)
		if (strcmp(s->architectures[i], t->name) == 0)
			return true;
	return false;
}

static const struct target *target_of(const struct oci_seccomp *s, const struct seccomp_data *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		const struct target *t = &targets[i];
		bool x32 = t->token == SCMP_ARCH_X32;
		bool high = (uint32_t)call->nr >= X32 && call->nr != -1;

		if (t->arch != call->arch || !listed(s, t))
			continue;
		if (t->arch != AUDIT_ARCH_X86_64 || x32 == high)
			return t;
	}
	return NULL;
}

/* The answer to call. */
static uint32_t plain_answer(const struct oci_seccomp *s, const struct seccomp_data *call)
{
	const struct target *t = target_of(s, call);

	return t ? plain(s, t, call) : SECCOMP_RET_KILL_THREAD;
}
