/* Small modules that put things into words: signals, near, rfc3339, pathwalk; JSON strings. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/near.h"
#include "base/pathwalk.h"
#include "base/rfc3339.h"
#include "base/signals.h"
#include "base/table.h"
#include "cmd/logfile.h"

static void test_signals(void **state)
{
	const struct {
		const char *name;
		int sig;
	} good[] = {
		{"TERM", SIGTERM},
		{"SIGTERM", SIGTERM},
		{"sigterm", SIGTERM},
		{"15", SIGTERM},
		{"0", 0},
		{"KILL", SIGKILL},
		{"9", SIGKILL},
		{"64", SIGRTMAX},
		{"WINCH", SIGWINCH},
		{"POLL", SIGPOLL},
		{"CLD", SIGCHLD},
		{"RTMIN", SIGRTMIN},
		{"SIGRTMIN+3", SIGRTMIN + 3},
		{"rtmin+0", SIGRTMIN},
		{"RTMIN+30", SIGRTMIN + 30},
		{"RTMAX", SIGRTMAX},
		{"SIGRTMAX-2", SIGRTMAX - 2},
	};
	static const char *const bad[] = {
		"",	  "SIG",     "65",	   "-9",      "+9",	    "9 ",
		" 9",	  "KILLL",   "SIGSIGKILL", "RTMIN-1", "RTMIN+",	    "RTMIN+31",
		"RTMIN3", "RTMAX+1", "RTMAX-31",   "0x9",     "4294967305", "RTMIN+-1",
	};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(signal_from_name(good[i].name), good[i].sig);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (signal_from_name(bad[i]) != -EINVAL)
			fail_msg("`%s` is taken for %d", bad[i], signal_from_name(bad[i]));
	/* There and back, for all of them. */
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		signal_name(sig, buf, sizeof(buf));
		if (strncmp(buf, "SIG", 3) == 0)
			assert_int_equal(signal_from_name(buf), sig);
		else
			assert_true(sig == 32 || sig == 33);
	}
	assert_string_equal(signal_name(SIGABRT, buf, sizeof(buf)), "SIGABRT");
	assert_string_equal(signal_name(99, buf, sizeof(buf)), "signal 99");
	assert_string_equal(signal_name(0, buf, sizeof(buf)), "signal 0");
}

static const char *nearest(const char *word)
{
	static const char *const known[] = {"create", "delete", "state", "start", "readonlyPaths"};
	struct near n = {.word = word};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		near_try(&n, known[i]);
	return near_best(&n);
}

static void test_near(void **state)
{
	char longest[200];

	(void)state;
	assert_string_equal(nearest("creat"), "create");
	assert_string_equal(nearest("craete"), "create");
	assert_string_equal(nearest("DELETE"), "delete");
	assert_string_equal(nearest("stat"), "state");
	assert_string_equal(nearest("readonlyPath"), "readonlyPaths");
	assert_null(nearest("xyz"));
	assert_null(nearest("s"));
	assert_null(nearest(""));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(nearest(longest));
}

static void test_rfc3339(void **state)
{
	static const struct {
		time_t secs;
		const char *text;
	} days[] = {
		{0, "1970-01-01T00:00:00.000000007Z"},
		{951782399, "2000-02-28T23:59:59.000000007Z"},
		{951782400, "2000-02-29T00:00:00.000000007Z"},
		{951868800, "2000-03-01T00:00:00.000000007Z"},
		{1709164800, "2024-02-29T00:00:00.000000007Z"},
		{1767225599, "2025-12-31T23:59:59.000000007Z"},
		{4107542400, "2100-03-01T00:00:00.000000007Z"},
		{253402300799, "9999-12-31T23:59:59.000000007Z"},
	};
	char buf[RFC3339_SIZE], other[RFC3339_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(days); i++)
		assert_string_equal(rfc3339(&(struct timespec){days[i].secs, 7}, buf),
				    days[i].text);
	/* Against the C library, a day and a bit at a time, for 130 years. */
	for (time_t t = 0; t < 4102444800; t += 90061) {
		struct tm tm;

		rfc3339(&(struct timespec){t, 0}, buf);
		assert_true(strftime(other, sizeof(other), "%Y-%m-%dT%H:%M:%S.000000000Z",
				     gmtime_r(&t, &tm)));
		assert_string_equal(buf, other);
	}
}

static void explain(const char *path, const char *expected, const char *dir)
{
	char full[300], out[600] = "", want[600];
	struct str s = STR_ON(out);
	bool said;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	said = path_explain(full, &s);
	if (!expected) {
		assert_false(said);
		assert_string_equal(out, "");
		return;
	}
	assert_true(said);
	snprintf(want, sizeof(want), "`%s%s", dir, expected);
	assert_string_equal(out, want);
}

static void test_pathwalk(void **state)
{
	char dir[] = "/tmp/hull-test-XXXXXX", path[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/a/file", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/a/dangling", dir);
	assert_int_equal(symlink("nowhere", path), 0);
	snprintf(path, sizeof(path), "%s/a/loop", dir);
	assert_int_equal(symlink("loop", path), 0);

	explain("a", NULL, dir);
	explain("a/file", NULL, dir);
	explain("a/missing", NULL, dir);
	explain("b/c/d", "/b` is missing", dir);
	explain("a/b//c", "/a/b` is missing", dir);
	explain("a/file/x", "/a/file` is not a directory", dir);
	explain("a/file/x/y", "/a/file` is not a directory", dir);
	explain("a/dangling", "/a/dangling` is a symlink to `nowhere`, which is missing", dir);
	explain("a/dangling/x", "/a/dangling` is a symlink to `nowhere`, which is missing", dir);
	explain("a/loop/x", "/a/loop` is a symlink that leads in a circle", dir);
	assert_false(path_explain("", &(struct str){path, sizeof(path), 0}));
	assert_false(path_explain("/", &(struct str){path, sizeof(path), 0}));

	snprintf(path, sizeof(path), "%s/a/loop", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a/dangling", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a/file", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/a", dir);
	rmdir(path);
	rmdir(dir);
}

static void test_json_string(void **state)
{
	static const char *const pairs[][2] = {
		{"", "\"\""},
		{"a \"b\" \\", "\"a \\\"b\\\" \\\\\""},
		{"1\n2\t3\r\x1b\x7f", "\"1\\n2\\t3\\u000d\\u001b\\u007f\""},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3",
		 "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xb3\""},
		{"\xff", "\"\\ufffd\""},
		{"\xc3", "\"\\ufffd\""},
		{"\xc3(", "\"\\ufffd(\""},
		{"\xc0\x80", "\"\\ufffd\\ufffd\""},			  /* overlong */
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},		  /* a surrogate */
		{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* above U+10FFFF */
		{"\xe2\x82", "\"\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		char buf[64];
		struct str s = STR_ON(buf);

		json_string(&s, pairs[i][0]);
		assert_string_equal(buf, pairs[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),	    cmocka_unit_test(test_near),
		cmocka_unit_test(test_rfc3339),	    cmocka_unit_test(test_pathwalk),
		cmocka_unit_test(test_json_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
