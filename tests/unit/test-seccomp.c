/*
 * Seccomp profiles, compiled: what the program answers to every call number of several
 * architectures, with arguments around every value that a rule names, is compared with
 * a reading of the profile that is as slow and as plain as can be.
 *
 * The reading: a rule without conditions decides its call; of rules with conditions the first
 * that holds; then ENOSYS for what is newer than the profile; then the default. It shares
 * nothing with the compiler but libseccomp's names of numbers.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/plan.h"
#include "plan/seccomp-cache.h"
#include "plan/seccomp.h"
#include "sys/seccomp.h"

#define X32 0x40000000U

static struct arena arena;
static char logged[4096];

static void to_memory(enum log_level level, const char *text, void *arg)
{
	size_t len = strlen(logged);

	(void)arg;
	snprintf(logged + len, sizeof(logged) - len, "%d %s\n", level, text);
}

static const struct oci_seccomp *parse(const char *json)
{
	struct oci_seccomp *s = arena_new(&arena, struct oci_seccomp, 1);
	struct err e = {0};

	if (oci_read(oci_seccomp_table(), json, strlen(json), &arena, s, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	return s;
}

static int compile(const char *json, struct plan_seccomp *p, struct err *e)
{
	*p = (struct plan_seccomp){0};
	*e = (struct err){0};
	return plan_seccomp_compile(parse(json), NULL, &arena, p, e);
}

/* --- the plain reading --------------------------------------------------------------------- */

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

static int64_t number(const struct target *t, const char *name)
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

static bool named(const struct oci_syscall *rule, const char *name)
{
	for (size_t i = 0; i < rule->n_names; i++)
		if (strcmp(rule->names[i], name) == 0)
			return true;
	return false;
}

/* The highest number that the profile names, -1 if none. */
static int64_t newest(const struct oci_seccomp *s, const struct target *t)
{
	static const struct oci_seccomp *known_for[ARRAY_SIZE(targets)];
	static int64_t known[ARRAY_SIZE(targets)];
	int64_t max = -1;

	if (known_for[t - targets] == s)
		return known[t - targets];

	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t j = 0; j < s->syscalls[i].n_names; j++) {
			int64_t nr = number(t, s->syscalls[i].names[j]);

			if (nr > max && nr >= t->first && nr < t->last)
				max = nr;
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
	const char *name = known ? arena_str(&arena, known) : "";

	free(known);
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

/* --- the comparison ------------------------------------------------------------------------ */

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

struct tally {
	unsigned long calls;
};

static void compare(const struct oci_seccomp *s, const struct plan_seccomp *p,
		    const struct seccomp_data *call, struct tally *tally)
{
	const struct target *t = target_of(s, call);
	uint32_t want = t ? plain(s, t, call) : SECCOMP_RET_KILL_THREAD;
	uint32_t got = seccomp_ask(p->filter, p->n, call);

	tally->calls++;
	if (got != want)
		fail_msg("arch %08x call %u (%s) args %llx %llx %llx: %08x, should be %08x",
			 call->arch, (uint32_t)call->nr, t ? name_of(t, (uint32_t)call->nr) : "-",
			 (unsigned long long)call->args[0], (unsigned long long)call->args[1],
			 (unsigned long long)call->args[2], got, want);
}

/* Sets args[i..5] to each of the values that matter for this call, and compares. */
static void all_args(const struct oci_seccomp *s, const struct plan_seccomp *p,
		     struct seccomp_data *call, const char *name, unsigned i, struct tally *tally)
{
	bool used = false;

	if (i == 6) {
		compare(s, p, call, tally);
		return;
	}
	for (size_t r = 0; r < s->n_syscalls; r++)
		for (size_t k = 0; named(&s->syscalls[r], name) && k < s->syscalls[r].n_args; k++) {
			const struct oci_syscall_arg *a = &s->syscalls[r].args[k];
			uint64_t v[] = {a->value,
					a->value - 1,
					a->value + 1,
					a->value_two,
					~a->value_two,
					a->value ^ 1ULL << 32,
					0,
					~0ULL,
					a->value | a->value_two,
					0x12345678,
					a->value ^ 1ULL << 31};

			if (a->index != i)
				continue;
			used = true;
			for (size_t j = 0; j < ARRAY_SIZE(v); j++) {
				call->args[i] = v[j];
				all_args(s, p, call, name, i + 1, tally);
			}
		}
	call->args[i] = 0;
	if (!used)
		all_args(s, p, call, name, i + 1, tally);
}

static void one_number(const struct oci_seccomp *s, const struct plan_seccomp *p, uint32_t arch,
		       uint32_t nr, struct tally *tally)
{
	struct seccomp_data call = {.nr = (int)nr, .arch = arch};
	const struct target *t = target_of(s, &call);
	const char *name = t ? name_of(t, nr) : "";
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", name);
	all_args(s, p, &call, copy, 0, tally);
	for (unsigned i = 0; *copy && i < 30; i++) {
		if (!inner_call(copy, i))
			continue;
		call.args[0] = i;
		compare(s, p, &call, tally);
		call.args[0] = i | 1 << 16 | 1ULL << 32;
		compare(s, p, &call, tally);
	}
}

static void check_profile(const char *json)
{
	const struct oci_seccomp *s = parse(json);
	struct plan_seccomp p;
	struct tally tally = {0};
	struct err e;

	if (compile(json, &p, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		for (size_t b = 0; b < ARRAY_SIZE(bases); b++)
			for (uint32_t nr = bases[b]; nr < bases[b] + SPAN; nr++)
				one_number(s, &p, targets[i].arch, nr, &tally);
		one_number(s, &p, targets[i].arch, X32 - 1, &tally);
		one_number(s, &p, targets[i].arch, UINT32_MAX, &tally);
		one_number(s, &p, targets[i].arch, UINT32_MAX - 1, &tally);
	}
	assert_true(tally.calls > ARRAY_SIZE(targets) * ARRAY_SIZE(bases) * SPAN);
}

#define X86 "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],"
#define ALL                                                                                        \
	"\"architectures\":[\"SCMP_ARCH_ARM\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_AARCH64\","            \
	"\"SCMP_ARCH_X86\",\"SCMP_ARCH_MIPSEL64N32\",\"SCMP_ARCH_PPC64LE\",\"SCMP_ARCH_RISCV64\"," \
	"\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_LOONGARCH64\",\"SCMP_ARCH_S390X\"],"

static void actions(void **state)
{
	static const char *const defaults[] = {
		"\"SCMP_ACT_KILL\"",
		"\"SCMP_ACT_KILL_PROCESS\"",
		"\"SCMP_ACT_KILL_THREAD\"",
		"\"SCMP_ACT_TRAP\"",
		"\"SCMP_ACT_ERRNO\"",
		"\"SCMP_ACT_TRACE\"",
		"\"SCMP_ACT_LOG\"",
		"\"SCMP_ACT_ALLOW\"",
		"\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38",
		"\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":0",
		"\"SCMP_ACT_TRACE\",\"defaultErrnoRet\":65535",
	};
	char json[2048];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		snprintf(json, sizeof(json),
			 "{\"defaultAction\":%s," X86 "\"syscalls\":["
			 "{\"names\":[\"getpid\",\"openat2\"],\"action\":\"SCMP_ACT_ALLOW\"},"
			 "{\"names\":[\"getppid\"],\"action\":\"SCMP_ACT_LOG\"},"
			 "{\"names\":[\"chmod\"],\"action\":\"SCMP_ACT_ERRNO\"},"
			 "{\"names\":[\"chown\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13},"
			 "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":4095},"
			 "{\"names\":[\"rmdir\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":7},"
			 "{\"names\":[\"ptrace\"],\"action\":\"SCMP_ACT_KILL\"},"
			 "{\"names\":[\"reboot\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},"
			 "{\"names\":[\"swapon\"],\"action\":\"SCMP_ACT_TRAP\"}]}",
			 defaults[i]);
		check_profile(json);
	}
}

static void operators(void **state)
{
	static const char *const ops[] = {"NE", "LT", "LE", "EQ", "GE", "GT"};
	static const unsigned long long values[] = {
		0, 1, 16, 0x7fffffff, 0xffffffff, 0x100000000, 0x1234567890, 0xffffffffffffffff};
	char json[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		for (size_t j = 0; j < ARRAY_SIZE(values); j++) {
			snprintf(json, sizeof(json),
				 "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "\"syscalls\":["
				 "{\"names\":[\"read\",\"personality\"],\"action\":\"SCMP_ACT_"
				 "ALLOW\","
				 "\"args\":[{\"index\":%zu,\"value\":%llu,\"op\":\"SCMP_CMP_%s\"}]}"
				 "]}",
				 (i + j) % 6, values[j], ops[i]);
			check_profile(json);
		}
}

static void masks(void **state)
{
	(void)state;
	check_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "\"syscalls\":["
		      "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
		      "\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
		      "{\"names\":[\"open\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":[{\"index\":1,"
		      "\"value\":3,\"valueTwo\":2,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},"
		      "{\"names\":[\"mmap\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":5,"
		      "\"value\":1095216660480,\"valueTwo\":4294967296,"
		      "\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}");
}

static void several_conditions(void **state)
{
	(void)state;
	/* and; or by rules; or by the same index twice */
	check_profile(
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ALL "\"syscalls\":["
		"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":22,\"args\":["
		"{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":2,\"value\":9,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":2,\"value\":9,\"op\":\"SCMP_CMP_NE\"}]},"
		"{\"names\":[\"socket\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":16,\"op\":\"SCMP_CMP_NE\"}]},"
		"{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		"{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":8,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":131072,\"op\":\"SCMP_CMP_EQ\"},"
		"{\"index\":0,\"value\":4294967295,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":["
		"{\"index\":0,\"value\":3,\"op\":\"SCMP_CMP_GT\"},"
		"{\"index\":1,\"value\":5000000000,\"op\":\"SCMP_CMP_LT\"},"
		"{\"index\":2,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}");
}

/* What can't be looked at inside socketcall(2) and ipc(2) must not let through what was denied. */
static void calls_within_calls(void **state)
{
	static const char *const defaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_TRAP",
					       "SCMP_ACT_LOG"};
	char json[2048];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		snprintf(json, sizeof(json),
			 "{\"defaultAction\":\"%s\"," ALL "\"syscalls\":["
			 "{\"names\":[\"socket\",\"shmctl\"],\"action\":\"SCMP_ACT_ALLOW\","
			 "\"args\":["
			 "{\"index\":0,\"value\":40,\"op\":\"SCMP_CMP_NE\"}]},"
			 "{\"names\":[\"bind\",\"msgget\"],\"action\":\"SCMP_ACT_ERRNO\","
			 "\"errnoRet\":5,\"args\":[{\"index\":0,\"value\":3,\"op\":\"SCMP_CMP_EQ\"}"
			 "]},"
			 "{\"names\":[\"bind\",\"connect\"],\"action\":\"SCMP_ACT_KILL_PROCESS\","
			 "\"args\":["
			 "{\"index\":0,\"value\":4,\"op\":\"SCMP_CMP_EQ\"}]},"
			 "{\"names\":[\"connect\",\"semop\",\"semtimedop\"],"
			 "\"action\":\"SCMP_ACT_ALLOW\"},"
			 "{\"names\":[\"connect\",\"recv\",\"accept\"],"
			 "\"action\":\"SCMP_ACT_TRAP\"},"
			 "{\"names\":[\"ipc\"],\"action\":\"SCMP_ACT_LOG\",\"args\":["
			 "{\"index\":1,\"value\":7,\"op\":\"SCMP_CMP_EQ\"}]}]}",
			 defaults[i]);
		check_profile(json);
	}
	/* told what to do with all of them */
	check_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," ALL "\"syscalls\":["
		      "{\"names\":[\"socket\",\"shmat\"],\"action\":\"SCMP_ACT_ALLOW\"},"
		      "{\"names\":[\"socketcall\",\"ipc\"],\"action\":\"SCMP_ACT_TRAP\"}]}");
}

static void a_rule_without_conditions_decides(void **state)
{
	(void)state;
	check_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "\"syscalls\":["
		      "{\"names\":[\"dup2\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		      "{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]},"
		      "{\"names\":[\"dup2\",\"kill\"],\"action\":\"SCMP_ACT_TRAP\"},"
		      "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		      "{\"index\":1,\"value\":9,\"op\":\"SCMP_CMP_NE\"}]},"
		      "{\"names\":[\"kill\"],\"action\":\"SCMP_ACT_TRAP\"}]}");
}

/* Names that one architecture alone has, names newer than the library, and names that are none. */
static void architectures(void **state)
{
	static const char *const defaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
					       "SCMP_ACT_ALLOW"};
	char json[2048];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		snprintf(
			json, sizeof(json),
			"{\"defaultAction\":\"%s\"," ALL "\"syscalls\":["
			"{\"names\":[\"read\",\"write\",\"arch_prctl\",\"arm_fadvise64_64\","
			"\"set_tls\",\"breakpoint\",\"modify_ldt\",\"no_such_call\",\"socket\","
			"\"bind\",\"faccessat2\",\"riscv_flush_icache\",\"\",\"mseal\"],"
			"\"action\":\"SCMP_ACT_LOG\"},"
			"{\"names\":[\"uretprobe\",\"mseal\"],\"action\":\"SCMP_ACT_TRAP\"},"
			"{\"names\":[\"futex_waitv\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5,"
			"\"args\":[{\"index\":1,\"value\":128,\"op\":\"SCMP_CMP_GE\"}]}]}",
			defaults[i]);
		check_profile(json);
	}
	check_profile("{\"defaultAction\":\"SCMP_ACT_ERRNO\"}");
	check_profile(
		"{\"defaultAction\":\"SCMP_ACT_KILL\",\"architectures\":[\"SCMP_ARCH_AARCH64\"],"
		"\"syscalls\":[{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
}

/* As large as an engine's: all that x86_64 has but some, and a few with conditions. */
static char *large_profile(unsigned step)
{
	size_t size = 1 << 16;
	char *json = malloc(size);
	struct str s = {.buf = json, .size = size};

	assert_non_null(json);
	str_addf(&s,
		 "{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "\"syscalls\":[{\"names\":[\"exit\"");
	for (int nr = 0; nr < 440; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);

		if (name && nr % (int)step && strcmp(name, "clone") && strcmp(name, "personality"))
			str_addf(&s, ",\"%s\"", name);
		free(name);
	}
	str_addf(&s, "],\"action\":\"SCMP_ACT_ALLOW\"},"
		     "{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		     "{\"index\":0,\"value\":0,\"op\":\"SCMP_CMP_EQ\"}]},"
		     "{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
		     "{\"index\":0,\"value\":131080,\"op\":\"SCMP_CMP_EQ\"}]},"
		     "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,"
		     "\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}");
	assert_false(str_cut(&s));
	return json;
}

static void as_large_as_an_engines(void **state)
{
	(void)state;
	for (unsigned step = 2; step < 9; step += 3) {
		char *json = large_profile(step);

		check_profile(json);
		free(json);
	}
}

/* Programs of each size, with another answer for each call: jumps of all distances. */
static void every_size(void **state)
{
	static char json[1 << 16];
	const char *name[336];

	(void)state;
	for (int nr = 0; nr < (int)ARRAY_SIZE(name); nr++)
		name[nr] = name_of(&targets[0], (uint32_t)nr);
	for (int n = 1; n <= (int)ARRAY_SIZE(name); n++) {
		struct str s = STR_ON(json);
		struct plan_seccomp p;
		struct err e;

		str_addf(&s, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
		for (int nr = 0; nr < n; nr++)
			str_addf(&s,
				 "%s{\"names\":[\"%s\"],\"action\":\"SCMP_ACT_ERRNO\","
				 "\"errnoRet\":%d}",
				 nr ? "," : "", *name[nr] ? name[nr] : "read", nr + 1);
		str_addf(&s, "]}");
		assert_false(str_cut(&s));
		assert_int_equal(compile(json, &p, &e), 0);
		for (int nr = 0; nr < 400; nr++) {
			struct seccomp_data call = {.nr = nr, .arch = AUDIT_ARCH_X86_64};
			bool ruled = nr < n && *name[nr];

			assert_int_equal(seccomp_ask(p.filter, p.n, &call),
					 ruled ? SECCOMP_RET_ERRNO | (uint32_t)(nr + 1)
					       : SECCOMP_RET_ALLOW);
		}
	}
}

static void too_large(void **state)
{
	static char json[1 << 18];
	struct str s = STR_ON(json);
	struct plan_seccomp p;
	struct err e;

	(void)state;
	str_addf(&s, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[");
	for (int i = 0; i < 1100; i++)
		str_addf(&s,
			 "%s{\"names\":[\"read\"],\"action\":\"SCMP_ACT_KILL\",\"args\":["
			 "{\"index\":1,\"value\":%d,\"op\":\"SCMP_CMP_EQ\"}]}",
			 i ? "," : "", i);
	str_addf(&s, "]}");
	assert_false(str_cut(&s));
	assert_int_equal(compile(json, &p, &e), -EINVAL);
	assert_string_equal(e.where, "/linux/seccomp");
	assert_non_null(strstr(e.text, "more instructions than the kernel has room for"));
}

/* --- what is refused ----------------------------------------------------------------------- */

static void refused(void **state)
{
	static const struct {
		const char *json, *where, *text;
	} cases[] = {
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}",
		 "/linux/seccomp/defaultErrnoRet", "SCMP_ACT_ALLOW carries no errno"},
		{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}",
		 "/linux/seccomp/defaultErrnoRet", "too large"},
		{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\",\"listenerPath\":\"/a\"}",
		 "/linux/seccomp/defaultAction", "can't be the default"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_KILL\",\"errnoRet\":1}]}",
		 "/linux/seccomp/syscalls/0/errnoRet", "SCMP_ACT_KILL carries no errno"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":65536}]}",
		 "/linux/seccomp/syscalls/0/errnoRet", "too large"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[],"
		 "\"action\":\"SCMP_ACT_KILL\"}]}",
		 "/linux/seccomp/syscalls/0/names", "at least one"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		 "\"action\":\"SCMP_ACT_KILL\"},{\"names\":[\"dup\"],\"action\":\"SCMP_ACT_KILL\","
		 "\"args\":[{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		 "/linux/seccomp/syscalls/1/args/0/index", "arguments 0 to 5, not 6"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"a/b\"}",
		 "/linux/seccomp/listenerPath", "not an absolute path"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"a\"}",
		 "/linux/seccomp/listenerMetadata", "no listenerPath"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\"],"
		 "\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		 "/linux/seccomp", "needs a listenerPath"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/a\",\"syscalls\":["
		 "{\"names\":[\"mkdir\",\"write\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		 "/linux/seccomp/syscalls/0/names", "not possible for `write`"},
		{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"listenerPath\":\"/a\",\"syscalls\":["
		 "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"},"
		 "{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		 "/linux/seccomp", "has to let `write` through"},
		{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
		 "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_KILL\",\"args\":["
		 "{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]},"
		 "{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_TRAP\",\"args\":["
		 "{\"index\":1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		 "/linux/seccomp/syscalls/1/names/0", "the same conditions have another action"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan_seccomp p;
		struct err e;

		if (compile(cases[i].json, &p, &e) != -EINVAL)
			fail_msg("taken: %s", cases[i].json);
		assert_string_equal(e.where, cases[i].where);
		assert_int_equal(e.kind, ERR_SPEC);
		if (!strstr(e.text, cases[i].text))
			fail_msg("`%s` has no `%s`", e.text, cases[i].text);
	}
}

static void unknown_names(void **state)
{
	struct plan_seccomp p;
	struct err e = {0};

	(void)state;
	assert_int_equal(
		seccomp_check_names(parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
					  "{\"names\":[\"read\",\"mseal\",\"socketcall\"],"
					  "\"action\":\"SCMP_ACT_LOG\"}]}"),
				    &e),
		0);
	assert_int_equal(
		seccomp_check_names(parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
					  "{\"names\":[\"read\",\"red\"],"
					  "\"action\":\"SCMP_ACT_LOG\"}]}"),
				    &e),
		-EINVAL);
	assert_string_equal(e.where, "/linux/seccomp/syscalls/0/names/1");

	/* It is a warning only where something gets through that shouldn't. */
	logged[0] = '\0';
	assert_int_equal(
		compile("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"red\"],"
			"\"action\":\"SCMP_ACT_ALLOW\"}]}",
			&p, &e),
		0);
	assert_string_equal(logged,
			    "3 a seccomp rule for `red` is left out: no such call is known\n");
	logged[0] = '\0';
	assert_int_equal(
		compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"red\"],"
			"\"action\":\"SCMP_ACT_KILL\"}]}",
			&p, &e),
		0);
	assert_string_equal(logged,
			    "1 a seccomp rule for `red` is left out: no such call is known\n");
}

static uint32_t flags_of(const char *rest)
{
	char json[512];
	struct plan_seccomp p;
	struct err e;

	snprintf(json, sizeof(json), "{\"defaultAction\":\"SCMP_ACT_ALLOW\"%s}", rest);
	if (compile(json, &p, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	return p.flags;
}

#define NOTIFY                                                                                     \
	",\"listenerPath\":\"/run/agent\",\"syscalls\":[{\"names\":[\"mkdir\"],"                   \
	"\"action\":\"SCMP_ACT_NOTIFY\"}]"

static void flags(void **state)
{
	(void)state;
	assert_int_equal(flags_of(""), SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	assert_int_equal(flags_of(",\"flags\":[]"), 0);
	assert_int_equal(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\","
				  "\"SECCOMP_FILTER_FLAG_LOG\"]"),
			 SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG);
	assert_int_equal(flags_of(NOTIFY),
			 SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_NEW_LISTENER);
	assert_int_equal(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_TSYNC\"]" NOTIFY),
			 SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
				 SECCOMP_FILTER_FLAG_NEW_LISTENER);
	/* Without a listener it means nothing, and the kernel would refuse it. */
	assert_int_equal(flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]"), 0);
	if (seccomp_flag_known(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV))
		assert_int_equal(
			flags_of(",\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]" NOTIFY),
			SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER);
	assert_false(seccomp_flag_known(1 << 30));
}

static void the_plan(void **state)
{
	static const char json[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":\"a "
				   "\\\"b\\\"\\n\"" NOTIFY "}";
	struct oci_linux linux_ = {.seccomp = (struct oci_seccomp *)parse(json)};
	struct oci_process process = {0};
	struct oci_config c = {.linux_ = &linux_, .process = &process};
	struct plan_options opt = {0};
	struct plan plan = {0};
	struct plan_ctx x = {.c = &c, .process = &process, .opt = &opt, .a = &arena, .plan = &plan};
	struct oci_pair strict = {"run.oci.seccomp_fail_unknown_syscall", "1"};
	struct err e = {0};

	(void)state;
	assert_int_equal(plan_seccomp(&x, &e), 0);
	assert_int_equal(plan.features, PF_SECCOMP | PF_NOTIFY);
	assert_string_equal(plan.seccomp.listener_path, "/run/agent");
	assert_string_equal(plan.seccomp_state,
			    "{\"ociVersion\":\"1.3.0\",\"fds\":[\"seccompFd\"],\"pid\":");
	assert_string_equal(plan.seccomp_state_end, ",\"metadata\":\"a \\\"b\\\"\\n\",\"state\":");
	assert_true(arena_has(&arena, plan.seccomp.filter) &&
		    arena_has(&arena, plan.seccomp.listener_path) &&
		    arena_has(&arena, plan.seccomp.metadata) &&
		    arena_has(&arena, plan.seccomp_state) &&
		    arena_has(&arena, plan.seccomp_state_end));

	/* The annotation makes an unknown name an error, unless it is "0". */
	linux_.seccomp =
		(struct oci_seccomp *)parse("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
					    "{\"names\":[\"red\"],\"action\":\"SCMP_ACT_LOG\"}]}");
	c.annotations = &strict;
	c.n_annotations = 1;
	assert_int_equal(plan_seccomp(&x, &e), -EINVAL);
	assert_string_equal(e.where, "/linux/seccomp/syscalls/0/names/0");
	err_drop(&e);
	strict.value = "0";
	assert_int_equal(plan_seccomp(&x, &e), 0);

	/* Nothing asked for, nothing done. */
	plan = (struct plan){0};
	linux_.seccomp = NULL;
	assert_int_equal(plan_seccomp(&x, &e), 0);
	assert_int_equal(plan.features, 0);
}

static void support(void **state)
{
	struct seccomp_support s;
	bool native = false;

	(void)state;
	seccomp_support(&s);
	assert_int_equal(s.n_actions, 9);
	assert_int_equal(s.n_operators, 7);
	assert_int_equal(s.n_known_flags, 4);
	assert_true(s.n_supported_flags >= 3); /* Linux 5.14 has all but WAIT_KILLABLE_RECV */
	for (size_t i = 0; i < s.n_archs; i++)
		native = native || strcmp(s.archs[i], "SCMP_ARCH_X86_64") == 0 ||
			 strcmp(s.archs[i], "SCMP_ARCH_AARCH64") == 0;
	assert_true(native);
	assert_true(s.n_archs >= 19); /* libseccomp 2.5 */
}

/* --- the cache ----------------------------------------------------------------------------- */

static char run_dir[64];
static const struct seccomp_key key = {.hash = {1, 0xab, 3}};
static const struct sock_filter small[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0},
					   {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};

static int make_run_dir(void **state)
{
	(void)state;
	snprintf(run_dir, sizeof(run_dir), "/tmp/hull-test-seccomp-XXXXXX");
	return mkdtemp(run_dir) ? 0 : -1;
}

static int remove_run_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", run_dir);
	return system(command);
}

static bool stored(void)
{
	const struct sock_filter *f = NULL;
	unsigned short n = 0;

	if (!seccomp_cache_get(run_dir, &key, &arena, &f, &n))
		return false;
	assert_int_equal(n, ARRAY_SIZE(small));
	assert_memory_equal(f, small, sizeof(small));
	assert_true(arena_has(&arena, f));
	return true;
}

static const char *cache_path(const char *name)
{
	static char path[256];

	if (!name)
		name = "01ab030000000000000000000000000000000000000000000000000000000000";
	snprintf(path, sizeof(path), "%s/" SECCOMP_CACHE_DIR "/%s", run_dir, name);
	return path;
}

static void kept_and_found(void **state)
{
	struct seccomp_key other = {.hash = {1, 0xab, 4}};
	const struct sock_filter *f;
	unsigned short n;

	(void)state;
	assert_false(stored());
	seccomp_cache_put(run_dir, &key, small, ARRAY_SIZE(small));
	assert_true(stored());
	assert_false(seccomp_cache_get(run_dir, &other, &arena, &f, &n));
	/* Under another name it is not what that name asks for. */
	char old[256];

	snprintf(old, sizeof(old), "%s", cache_path(NULL));
	assert_int_equal(rename(old, cache_path("01ab04000000000000000000000000000000000000000000"
						"0000000000000000")),
			 0);
	assert_false(seccomp_cache_get(run_dir, &other, &arena, &f, &n));
}

/* Each byte of the file, changed, and each length but the right one. */
static void damage(void **state)
{
	char whole[512] = "", bad[512];
	size_t len;
	int fd;

	(void)state;
	seccomp_cache_put(run_dir, &key, small, ARRAY_SIZE(small));
	fd = open(cache_path(NULL), O_RDWR);
	assert_true(fd >= 0);
	len = (size_t)read(fd, whole, sizeof(whole));
	assert_true(len > 64 && len < sizeof(whole));
	for (size_t i = 0; i < len; i++) {
		memcpy(bad, whole, sizeof(bad));
		bad[i] ^= 1;
		assert_int_equal(pwrite(fd, bad, len, 0), len);
		assert_false(stored());
	}
	for (size_t i = 0; i < len + 8; i++) {
		assert_int_equal(pwrite(fd, whole, len, 0), len);
		assert_int_equal(ftruncate(fd, (off_t)i), 0);
		assert_int_equal(stored(), i == len);
	}
	close(fd);
	seccomp_cache_put(run_dir, &key, small, ARRAY_SIZE(small));
	assert_true(stored());
}

static void not_ours(void **state)
{
	char other[256];

	(void)state;
	seccomp_cache_put(run_dir, &key, small, ARRAY_SIZE(small));
	assert_int_equal(chmod(cache_path(NULL), 0620), 0);
	assert_false(stored());
	assert_int_equal(chmod(cache_path(NULL), 0602), 0);
	assert_false(stored());
	assert_int_equal(chmod(cache_path(NULL), 0644), 0);
	assert_true(stored());
	assert_int_equal(chmod(cache_path("."), 0777), 0);
	assert_false(stored());
	assert_int_equal(chmod(cache_path("."), 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(cache_path(NULL), 1, 1), 0);
		assert_false(stored());
		assert_int_equal(chown(cache_path(NULL), 0, 0), 0);
		assert_true(stored());
	}
	/* neither a link nor a fifo, which nobody may wait for */
	snprintf(other, sizeof(other), "%s/elsewhere", run_dir);
	assert_int_equal(rename(cache_path(NULL), other), 0);
	assert_int_equal(symlink(other, cache_path(NULL)), 0);
	assert_false(stored());
	assert_int_equal(unlink(cache_path(NULL)), 0);
	assert_int_equal(mkfifo(cache_path(NULL), 0600), 0);
	assert_false(stored());
	seccomp_cache_put(run_dir, &key, small, ARRAY_SIZE(small));
	assert_true(stored());
}

static void bounded(void **state)
{
	struct seccomp_key k = {0};
	const struct sock_filter *f;
	unsigned short n;
	unsigned there = 0;

	(void)state;
	for (unsigned i = 0; i < SECCOMP_CACHE_FILES + 20; i++) {
		struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
		char name[2 * BLAKE2B_BYTES + 1];

		k.hash[0] = (uint8_t)i;
		seccomp_cache_put(run_dir, &k, small, ARRAY_SIZE(small));
		snprintf(name, sizeof(name), "%02x%062d", i, 0);
		assert_int_equal(utimensat(AT_FDCWD, cache_path(name), times, 0), 0);
	}
	for (unsigned i = 0; i < SECCOMP_CACHE_FILES + 20; i++) {
		k.hash[0] = (uint8_t)i;
		bool have = seccomp_cache_get(run_dir, &k, &arena, &f, &n);

		there += have;
		assert_int_equal(have, i >= 20);
	}
	assert_int_equal(there, SECCOMP_CACHE_FILES);
}

/* Through plan_seccomp_compile(): the second time gives the very same program, from the file. */
static void compiled_once(void **state)
{
	static const char json[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":["
		"\"read\",\"no_such\"],\"action\":\"SCMP_ACT_ALLOW\"}]}";
	struct plan_seccomp p[3] = {0};
	struct err e = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		logged[0] = '\0';
		assert_int_equal(plan_seccomp_compile(parse(json), run_dir, &arena, &p[i], &e), 0);
		/* the compiler logs the name that it doesn't know; the cache has nothing to say */
		assert_int_equal(strstr(logged, "no_such") != NULL, i == 0);
		assert_int_equal(p[i].n, p[0].n);
		assert_memory_equal(p[i].filter, p[0].filter, p[0].n * sizeof(struct sock_filter));
	}
}

/* What goes into the key: every change that could matter makes another program. */
static void every_part_counts(void **state)
{
	static const char *const json[] = {
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\"}",
		"{\"defaultAction\":\"SCMP_ACT_KILL\"}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":0}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":2}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\"," X86 "\"flags\":[]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\","
		"\"write\"],"
		"\"action\":\"SCMP_ACT_ALLOW\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_LOG\"}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":3}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_"
		"CMP_EQ\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"op\":\"SCMP_"
		"CMP_NE\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":1,\"value\":1,\"op\":\"SCMP_"
		"CMP_EQ\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":2,\"op\":\"SCMP_"
		"CMP_EQ\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,\"valueTwo\":1,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\"],"
		"\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"value\":1,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
	};

	(void)state;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < ARRAY_SIZE(json); i++) {
			struct plan_seccomp cached = {0}, fresh = {0};
			struct err e = {0};

			assert_int_equal(
				plan_seccomp_compile(parse(json[i]), run_dir, &arena, &cached, &e),
				0);
			assert_int_equal(
				plan_seccomp_compile(parse(json[i]), NULL, &arena, &fresh, &e), 0);
			assert_int_equal(cached.n, fresh.n);
			assert_memory_equal(cached.filter, fresh.filter,
					    fresh.n * sizeof(struct sock_filter));
		}
}

/* A cache that can't be is no reason to fail. */
static void no_cache(void **state)
{
	static const char json[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\"}";
	struct plan_seccomp p = {0};
	struct err e = {0};
	int fd;

	(void)state;
	assert_int_equal(plan_seccomp_compile(parse(json), "/nonexistent", &arena, &p, &e), 0);
	snprintf(logged, sizeof(logged), "%s/" SECCOMP_CACHE_DIR, run_dir);
	fd = open(logged, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	logged[0] = '\0';
	assert_int_equal(plan_seccomp_compile(parse(json), run_dir, &arena, &p, &e), 0);
	assert_true(p.n > 0);
	assert_non_null(strstr(logged, "3 there is no cache of seccomp filters"));
}

#define with_dir(f) cmocka_unit_test_setup_teardown(f, make_run_dir, remove_run_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions),
		cmocka_unit_test(operators),
		cmocka_unit_test(masks),
		cmocka_unit_test(several_conditions),
		cmocka_unit_test(calls_within_calls),
		cmocka_unit_test(a_rule_without_conditions_decides),
		cmocka_unit_test(architectures),
		cmocka_unit_test(as_large_as_an_engines),
		cmocka_unit_test(every_size),
		cmocka_unit_test(too_large),
		cmocka_unit_test(refused),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(flags),
		cmocka_unit_test(the_plan),
		cmocka_unit_test(support),
		with_dir(kept_and_found),
		with_dir(damage),
		with_dir(not_ours),
		with_dir(bounded),
		with_dir(compiled_once),
		with_dir(every_part_counts),
		with_dir(no_cache),
	};
	struct err e = {0};

	if (arena_init(&arena, 1 << 28, &e) < 0)
		return 1;
	log_sink(to_memory, NULL);
	log_set_level(LOG_LEVEL_DEBUG);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
