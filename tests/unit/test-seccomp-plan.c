/* linux.seccomp in the plan: what is refused, flags, the agent's message, what `features` says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/table.h"
#include "plan/seccomp.h"
#include "seccomp-fixture.h"
#include "sys/seccomp.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused), cmocka_unit_test(unknown_names),
		cmocka_unit_test(flags),   cmocka_unit_test(the_plan),
		cmocka_unit_test(support),
	};

	return cmocka_run_group_tests(tests, make_arena, NULL);
}
