/* test-plan.c - what golden plans don't show: limits, hostile input, and that a plan is whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "spec/spec.h"
#include "sys/capname.h"
#include "sys/probe.h"

enum { LONG_BITS = sizeof(long) * CHAR_BIT };

static struct arena arena;

static int begin(void **state)
{
	struct err e = {0};

	(void)state;
	return arena_init(&arena, OCI_ARENA_BYTES, &e);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct host *a_host(void)
{
	static const struct host host = {
		.caps = UINT64_MAX,
		.last_cap = 40,
		.privileged = true,
		.init_userns = true,
		.n_hierarchies = 1,
		.hierarchies = {{.dir = "/sys/fs/cgroup", .own = "/caller", .v2 = true}},
	};

	return &host;
}

static const char everything[] =
	"{\"ociVersion\":\"1.3.0\",\"hostname\":\"h\",\"domainname\":\"d\","
	"\"root\":{\"path\":\"rootfs\"},"
	"\"process\":{\"args\":[\"a\",\"b\"],\"cwd\":\"/\",\"env\":[\"A=1\"],"
	" \"user\":{\"uid\":1,\"gid\":1,\"additionalGids\":[2]},"
	" \"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1,\"hard\":2}]},"
	"\"mounts\":[{\"destination\":\"/"
	"a\",\"type\":\"tmpfs\",\"source\":\"t\",\"options\":[\"size=1m\"]}],"
	"\"hooks\":{\"createContainer\":[{\"path\":\"/h\",\"args\":[\"h\"],\"env\":[\"B=1\"]}]},"
	"\"linux\":{\"sysctl\":{\"net.a\":\"1\"},\"maskedPaths\":[\"/m\"],\"readonlyPaths\":[\"/"
	"r\"],"
	" \"devices\":[{\"path\":\"/dev/x\",\"type\":\"c\",\"major\":1,\"minor\":1}],"
	" \"namespaces\":[{\"type\":\"mount\"},{\"type\":\"uts\"},{\"type\":\"network\",\"path\":"
	"\"/n\"},"
	"  {\"type\":\"user\"}],"
	" \"uidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":10}],"
	" \"gidMappings\":[{\"containerID\":0,\"hostID\":5,\"size\":10}]}}";

static struct plan *plan_of(const char *text)
{
	const struct plan_options opt = {.id = "box", .bundle = "/bundle", .run_dir = "/nowhere"};
	struct oci_config *c = arena_new(&arena, struct oci_config, 1);
	struct plan *plan = NULL;
	struct err e = {0};

	if (oci_read(oci_config_table(), text, strlen(text), &arena, c, &e) < 0 ||
	    spec_check(c, NULL, &e) < 0 || plan_create(c, &opt, a_host(), &arena, &plan, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	return plan;
}

/* The dump as text, or NULL with the reason in e. */
static char *dump(const struct plan *plan, struct err *e)
{
	auto_close int fd = memfd_create("dump", MFD_CLOEXEC);
	char *text = NULL;
	size_t len;

	assert_true(fd >= 0);
	if (plan_dump(plan, &arena, fd, e) < 0)
		return NULL;
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(file_read_fd(fd, "dump", 1 << 20, &text, &len, e), 0);
	return text;
}

static void same_input_same_plan(void **state)
{
	struct err e = {0};
	auto_free char *a = dump(plan_of(everything), &e), *b = dump(plan_of(everything), &e);

	(void)state;
	assert_non_null(a);
	assert_string_equal(a, b);
}

/* One pointer out of the arena is enough, whichever it is: the other program would fault on it. */
static void dump_finds_what_is_outside(void **state)
{
	struct plan *good = plan_of(everything), p;
	struct {
		const void **member;
		const char *name;
	} members[] = {
		{(const void **)&p.id, "id"},
		{(const void **)&p.bundle, "bundle"},
		{(const void **)&p.rootfs, "rootfs"},
		{(const void **)&p.hostname, "hostname"},
		{(const void **)&p.domainname, "domainname"},
		{(const void **)&p.ns.join[0].path, "network"},
		{(const void **)&p.idmap.uid, "uid"},
		{(const void **)&p.idmap.gid, "gid"},
		{(const void **)&p.mounts, "mounts"},
		{(const void **)&p.devices, "devices"},
		{(const void **)&p.links, "links"},
		{(const void **)&p.masked, "masked"},
		{(const void **)&p.readonly, "readonly"},
		{(const void **)&p.sysctls, "sysctls"},
		{(const void **)&p.rlimits, "rlimits"},
		{(const void **)&p.cred.groups, "cred.groups"},
		{(const void **)&p.exec.args.v, "arg"},
		{(const void **)&p.exec.env.v, "env"},
		{(const void **)&p.exec.cwd, "cwd"},
		{(const void **)&p.exec.keyring, "keyring"},
		{(const void **)&p.hooks.cwd, "hooks-cwd"},
		{(const void **)&p.hooks.v[PH_CREATE_CONTAINER], "hooks"},
		{(const void **)&p.hooks.state_before[PH_CREATE_CONTAINER], "state"},
		{(const void **)&p.hooks.state_after[PH_CREATE_CONTAINER], "state-end"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		struct plan *copy;
		struct err e = {0};
		const void **member;

		p = *good;
		copy = arena_dup(&arena, &p, sizeof(p));
		member = (const void **)((char *)copy + ((char *)members[i].member - (char *)&p));
		assert_non_null(*member); /* or this tests nothing */
		*member = "a literal";
		assert_null(dump(copy, &e));
		assert_non_null(strstr(e.text, members[i].name));
	}
}

/* ------------------------------------------------------------------ parts */

static void bit_list(const char *text, int result, size_t bits, const char *set)
{
	const unsigned long *mask = NULL;
	char got[256] = "";
	struct str s = STR_ON(got);
	struct err e = {0};
	size_t n = 0;

	assert_int_equal(plan_bit_list(&arena, text, &mask, &n, "/at", &e), result);
	if (result < 0) {
		assert_string_equal(e.where, "/at");
		assert_null(mask);
		return;
	}
	assert_int_equal(n, bits);
	for (size_t i = 0; i < n; i++)
		if (mask[i / LONG_BITS] >> i % LONG_BITS & 1)
			str_addf(&s, " %zu", i);
	assert_string_equal(got, set);
}

static void bit_lists(void **state)
{
	static const char *const bad[] = {",",
					  "1,",
					  ",1",
					  "1,,2",
					  "1-",
					  "-1",
					  "3-1",
					  "a",
					  "1-2-3",
					  "1 2",
					  "65536",
					  "4294967296",
					  "1-99999999999999999999",
					  "0x1",
					  " ",
					  "+1",
					  "1;2"};

	(void)state;
	bit_list("0", 0, 64, " 0");
	bit_list("0-3,7", 0, 64, " 0 1 2 3 7");
	bit_list(" 1 , 3 - 4 ", 0, 64, " 1 3 4");
	bit_list("2,2,1-2", 0, 64, " 1 2");
	bit_list("62", 0, 64, " 62");
	bit_list("63", 0, 128, " 63"); /* one bit has to be left over */
	bit_list("64", 0, 128, " 64");
	bit_list("65535", 0, 65600, " 65535");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bit_list(bad[i], -EINVAL, 0, NULL);
}

static void ids_at_the_ends_of_ranges(void **state)
{
	static const struct plan_id_range r[] = {{10, 0, 5}, {4294967290u, 100, 5}};

	(void)state;
	assert_false(plan_id_mapped(r, 2, 9));
	assert_true(plan_id_mapped(r, 2, 10));
	assert_true(plan_id_mapped(r, 2, 14));
	assert_false(plan_id_mapped(r, 2, 15));
	assert_true(plan_id_mapped(r, 2, 4294967294u));
	assert_false(plan_id_mapped(r, 2, 4294967295u));
	assert_false(plan_id_mapped(r, 2, 0));
	assert_false(plan_id_mapped(r, 0, 10));
}

static void pointers_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(plan_pointer(&arena, "/a", "b"), "/a/b");
	assert_string_equal(plan_pointer(&arena, "", "~/~1"), "/~0~1~01");
	assert_string_equal(plan_pointer(&arena, "/x", ""), "/x/");
}

static void capabilities_have_exact_names(void **state)
{
	static const char *const bad[] = {
		"",	      "7",	    "CAP_",	"CAP_7",
		"CHOWN",      "CAP_CHOWN ", "CAP_CHOW", "CAP_CHOWN,CAP_KILL",
		" CAP_CHOWN", "cap",	    "0"};
	char name[32], little[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cap_number(bad[i]) >= 0)
			fail_msg("`%s` is capability %d", bad[i], cap_number(bad[i]));
	assert_int_equal(cap_number("CAP_CHOWN"), 0);
	assert_int_equal(cap_number("cap_Kill"), 5);
	for (int cap = 0; cap <= 37; cap++) {
		assert_true(cap_spell(cap, name, sizeof(name)));
		assert_int_equal(strncmp(name, "CAP_", 4), 0);
		assert_int_equal(cap_number(name), cap);
	}
	assert_false(cap_spell(63, name, sizeof(name)));
	assert_false(cap_spell(0, little, sizeof(little)));
}

/* ------------------------------------------------------------ environment */

static struct plan *plan_env(const char **env, size_t n)
{
	const struct plan_options opt = {
		.id = "box", .bundle = "/bundle", .listen_fds = 3, .notify_socket = "/n"};
	struct oci_process process = {
		.args = (const char *[]){"x"}, .n_args = 1, .cwd = "/", .terminal = true};
	const struct oci_config c = {.process = &process};
	struct plan_ctx x = {
		.c = &c,
		.process = &process,
		.process_at = "/process",
		.opt = &opt,
		.a = &arena,
		.host = a_host(),
		.plan = arena_new(&arena, struct plan, 1),
	};
	struct err e = {0};

	process.env = env;
	process.n_env = n;
	assert_int_equal(plan_program(&x, &e), 0);
	return x.plan;
}

/* "HOME=..." is added in the container: there has to be a free place, and a NULL behind it. */
static void env_has_room_for_home(void **state)
{
	const char *env[] = {"A=1", "B=2"};
	const struct plan_exec *exec = &plan_env(env, 2)->exec;

	(void)state;
	assert_true(exec->home_missing);
	assert_int_equal(exec->env.n, 6); /* and all that we ever add */
	memset(arena_new(&arena, void *, 8), 'x', 8 * sizeof(void *));
	assert_null(exec->env.v[exec->env.n]);
	assert_null(exec->env.v[exec->env.n + 1]);
}

static void env_names_are_compared_whole(void **state)
{
	const char *env[] = {"HOMER=x", "HOM=y",       "=HOME",	       "PATHS=1",     "path=2",
			     "PATH",	"LISTEN_FD=7", "LISTEN_FDS=7", "LISTEN_PID=7"};
	const struct plan_exec *exec = &plan_env(env, ARRAY_SIZE(env))->exec;

	(void)state;
	assert_true(exec->home_missing);
	assert_null(exec->path);
	assert_int_equal(exec->env.n, ARRAY_SIZE(env) + 2);
	assert_string_equal(exec->env.v[6], "LISTEN_FD=7");
	assert_string_equal(exec->env.v[7], "TERM=xterm");
	assert_string_equal(exec->env.v[8], "LISTEN_FDS=3");
	assert_string_equal(exec->env.v[9], "LISTEN_PID=1");
	assert_string_equal(exec->env.v[10], "NOTIFY_SOCKET=/run/notify/notify.sock");
}

/* Comparing each with each would take minutes. */
static void env_may_be_large(void **state)
{
	enum { N = 300000 };
	auto_free const char **env = calloc(N, sizeof(*env));
	const struct plan_exec *exec;
	struct timespec from, to;

	(void)state;
	assert_non_null(env);
	for (size_t i = 0; i < N; i++)
		env[i] = arena_strf(&arena, "V%zu=%zu", i % (N / 2), i);
	clock_gettime(CLOCK_MONOTONIC, &from);
	exec = &plan_env(env, N)->exec;
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(exec->env.n, N / 2 + 4);
	assert_string_equal(exec->env.v[0], "V0=150000");
	assert_string_equal(exec->env.v[N / 2 - 1], "V149999=299999");
	assert_in_range(to.tv_sec - from.tv_sec, 0, 20);
}

/* ----------------------------------------------------------------- sysctl */

static int sysctl_of(const char *key, const char **path)
{
	struct oci_pair pair = {key, "1"};
	struct oci_linux l = {.sysctl = &pair, .n_sysctl = 1};
	const struct oci_config c = {.linux_ = &l};
	struct plan_ctx x = {.c = &c, .a = &arena, .plan = arena_new(&arena, struct plan, 1)};
	struct err e = {0};
	int r = plan_sysctl(&x, &e);

	*path = r < 0 ? NULL : x.plan->sysctls[0].path;
	return r;
}

/* spec_check() refuses these as well; two locks on the way to /proc/sys/kernel/core_pattern. */
static void sysctls_stay_below_their_prefix(void **state)
{
	static const char *const bad[] = {"",
					  ".",
					  "/",
					  "net..a",
					  "net/../kernel/core_pattern",
					  "net.//.kernel",
					  "net/./a",
					  "/net/a",
					  "net.a.",
					  "..",
					  "net/a/",
					  "net//a"};
	const char *path;

	(void)state;
	assert_int_equal(sysctl_of("net.ipv4.conf.eth0/1.x", &path), 0);
	assert_string_equal(path, "net/ipv4/conf/eth0.1/x");
	assert_int_equal(sysctl_of("net/ipv4/conf/eth0.1/x", &path), 0);
	assert_string_equal(path, "net/ipv4/conf/eth0.1/x");
	assert_int_equal(sysctl_of("net.a...b", &path), -EINVAL);
	assert_int_equal(sysctl_of("net.a//b", &path), 0);
	assert_string_equal(path, "net/a..b");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (sysctl_of(bad[i], &path) != -EINVAL)
			fail_msg("`%s` is below /proc/sys/%s", bad[i], path);
}

/* ------------------------------------------------------------------ hooks */

static void state_halves_fit_together(void **state)
{
	const struct oci_pair annotations[] = {{"a\"b", "\"pid\":2147483647"}, {"c", "d\\"}};
	const struct oci_config c = {.annotations = (struct oci_pair *)annotations,
				     .n_annotations = 2};
	struct plan plan = {.id = "box", .bundle = "/a \"bundle\""};
	struct plan_ctx x = {.c = &c, .a = &arena, .plan = &plan};
	const char *before, *after, *text;
	struct oci_state s = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(plan_state_halves(&x, "created", &before, &after, &e), 0);
	text = arena_strf(&arena, "%s%d%s", before, 42, after);
	assert_int_equal(oci_read(oci_state_table(), text, strlen(text), &arena, &s, &e), 0);
	assert_int_equal(s.pid, 42);
	assert_string_equal(s.id, "box");
	assert_string_equal(s.status, "created");
	assert_string_equal(s.bundle, "/a \"bundle\"");
	assert_int_equal(s.n_annotations, 2);
	assert_string_equal(oci_map_get(s.annotations, 2, "a\"b"), "\"pid\":2147483647");
}

/* ------------------------------------------------------------------- exec */

static struct plan *exec_in(const char *path, const char *sub, struct err *e)
{
	const struct plan_options opt = {.id = "box", .bundle = "/bundle"};
	const struct oci_process process = {.args = (const char *[]){"x"}, .n_args = 1, .cwd = "/"};
	const struct plan_exec_options exec = {
		.process = &process, .process_at = "", .cgroup = sub};
	const struct plan_hierarchy at = {
		.dir = "/cg", .controllers = "", .path = path, .v2 = true};
	const struct oci_config c = {0};
	struct plan *plan = NULL;

	if (plan_exec(&c, &opt, &exec, &at, 1, a_host(), &arena, &plan, e) < 0)
		return NULL;
	return plan;
}

static void exec_stays_below_the_container(void **state)
{
	static const char *const bad[] = {"..", "a/..", "../a", "/..", "a/../../b", "..//"};
	struct err e = {0};

	(void)state;
	assert_string_equal(exec_in("/c", "a/b", &e)->cgroup.hierarchies[0].path, "/c/a/b");
	assert_string_equal(exec_in("/c", "/a", &e)->cgroup.hierarchies[0].path, "/c/a");
	assert_string_equal(exec_in("/c", "...", &e)->cgroup.hierarchies[0].path, "/c/...");
	assert_string_equal(exec_in("/", "a", &e)->cgroup.hierarchies[0].path, "/a");
	assert_string_equal(exec_in("/c", NULL, &e)->cgroup.hierarchies[0].path, "/c");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		e = (struct err){0};
		assert_null(exec_in("/c", bad[i], &e));
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_input_same_plan, begin, end),
		cmocka_unit_test_setup_teardown(dump_finds_what_is_outside, begin, end),
		cmocka_unit_test_setup_teardown(bit_lists, begin, end),
		cmocka_unit_test_setup_teardown(ids_at_the_ends_of_ranges, begin, end),
		cmocka_unit_test_setup_teardown(pointers_are_escaped, begin, end),
		cmocka_unit_test_setup_teardown(capabilities_have_exact_names, begin, end),
		cmocka_unit_test_setup_teardown(env_has_room_for_home, begin, end),
		cmocka_unit_test_setup_teardown(env_names_are_compared_whole, begin, end),
		cmocka_unit_test_setup_teardown(env_may_be_large, begin, end),
		cmocka_unit_test_setup_teardown(sysctls_stay_below_their_prefix, begin, end),
		cmocka_unit_test_setup_teardown(state_halves_fit_together, begin, end),
		cmocka_unit_test_setup_teardown(exec_stays_below_the_container, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
