/*
 * Seccomp profiles, compiled: what the program answers to every call number of several
 * architectures, with arguments around every value that a rule names, is compared with
 * the plain reading of the profile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "seccomp-fixture.h"
#include "seccomp-plain.h"
#include "sys/seccomp.h"

struct tally {
	unsigned long calls;
};

static void compare(const struct oci_seccomp *s, const struct plan_seccomp *p,
		    const struct seccomp_data *call, struct tally *tally)
{
	const struct target *t = target_of(s, call);
	uint32_t want = plain_answer(s, call);
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
	};

	return cmocka_run_group_tests(tests, make_arena, NULL);
}
