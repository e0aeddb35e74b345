/* The command line: every spelling that engines and people use, and every way to get it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/command.h"
#include "cmd/opts.h"

struct got {
	bool all, detach, tty_dummy;
	struct opt_bool tty;
	const char *bundle;
	struct opt_strings env;
	unsigned fds;
	int format;
};

static const struct name_value formats[] = {{"table", 1}, {"json", 2}, {NULL, 0}};

static const struct opt rows[] = {
	OPT(got, all, FLAG, "all", 'a', NULL, "all"),
	OPT(got, detach, FLAG, "detach", 'd', NULL, "detach"),
	OPT(got, tty, BOOL, "tty", 't', NULL, "tty"),
	OPT(got, bundle, STRING, "bundle", 'b', "DIR", "bundle"),
	OPT(got, env, STRINGS, "env", 'e', "K=V", "env"),
	OPT(got, fds, UINT, "preserve-fds", 0, "N", "fds"),
	OPT_ONE_OF(got, format, "format", 'f', "F", "format", formats),
	OPT_SKIPPED("criu", "FILE"),
	OPT_HIDDEN(got, tty_dummy, FLAG, "no-subreaper", 0, NULL),
	OPT_END,
};

/* Parses words into got; the arguments are joined by blanks into rest. */
static int parse(const char *words, enum opt_order order, struct got *got, char rest[256],
		 struct err *e)
{
	static char copy[256];
	struct opt_set sets[] = {{rows, got}, {NULL, NULL}};
	struct str joined = {.buf = rest, .size = 256};
	char *args[32];
	size_t n = 0;
	int r;

	*got = (struct got){0};
	*e = (struct err){0};
	rest[0] = '\0';
	strcpy(copy, words);
	for (char *w = copy, *end; *w; w = end) {
		end = w + strcspn(w, " ");
		if (*end)
			*end++ = '\0';
		/* "''" stands for an empty argument */
		args[n++] = strcmp(w, "''") == 0 ? w + 2 : w;
	}
	args[n] = NULL;
	r = opts_parse(sets, args, order, e);
	for (int i = 0; i < r; i++)
		str_addf(&joined, "%s%s", i ? " " : "", args[i]);
	if (r >= 0)
		assert_null(args[r]);
	return r;
}

static void test_spellings(void **state)
{
	static const char *const same[] = {
		"--bundle /x ID", "--bundle=/x ID",
		"-bundle /x ID",  "-bundle=/x ID",
		"-b /x ID",	  "-b/x ID",
		"-b=/x ID",	  "ID -b /x",
		"-b /y -b /x ID", "--bundle /y ID --bundle=/x",
	};
	struct got got;
	char rest[256];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		assert_int_equal(parse(same[i], OPT_ANYWHERE, &got, rest, &e), 1);
		assert_string_equal(got.bundle, "/x");
		assert_string_equal(rest, "ID");
	}
	assert_int_equal(parse("--bundle= ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_string_equal(got.bundle, "");
	assert_int_equal(parse("--bundle '' ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_string_equal(got.bundle, "");
	/* A value may begin with a dash. */
	assert_int_equal(parse("-b -x ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_string_equal(got.bundle, "-x");
}

static void test_flags(void **state)
{
	struct got got;
	char rest[256];
	struct err e;

	(void)state;
	assert_int_equal(parse("-adt x", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_true(got.all && got.detach && got.tty.given && got.tty.on);
	assert_int_equal(parse("-adb/x", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_true(got.all && got.detach);
	assert_string_equal(got.bundle, "/x");
	assert_int_equal(parse("-ab /x", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_string_equal(got.bundle, "/x");
	assert_int_equal(parse("--tty=false", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_true(got.tty.given && !got.tty.on);
	assert_int_equal(parse("--tty=TRUE", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_true(got.tty.on);
	assert_int_equal(parse("-t=0", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_true(got.tty.given && !got.tty.on);
	/* A flag doesn't swallow the word behind it. */
	assert_int_equal(parse("--tty false", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_true(got.tty.on);
	assert_string_equal(rest, "false");
	assert_int_equal(parse("--all --all=false", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_false(got.all);
	assert_int_equal(parse("-no-subreaper ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_true(got.tty_dummy);
	assert_int_equal(parse("--criu /usr/sbin/criu ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_string_equal(rest, "ID");
}

static void test_order(void **state)
{
	struct got got;
	char rest[256];
	struct err e;

	(void)state;
	assert_int_equal(parse("-a ID ls -d --bundle /x", OPT_UNTIL_ARG, &got, rest, &e), 5);
	assert_string_equal(rest, "ID ls -d --bundle /x");
	assert_true(got.all && !got.detach && !got.bundle);
	assert_int_equal(parse("-a -- -d ID", OPT_UNTIL_ARG, &got, rest, &e), 2);
	assert_string_equal(rest, "-d ID");
	assert_int_equal(parse("ID -a -- -d", OPT_ANYWHERE, &got, rest, &e), 2);
	assert_string_equal(rest, "ID -d");
	assert_true(got.all && !got.detach);
	/* A lone dash is an argument; so is an empty one. */
	assert_int_equal(parse("- -a ''", OPT_ANYWHERE, &got, rest, &e), 2);
	assert_true(got.all);
	assert_int_equal(parse("", OPT_ANYWHERE, &got, rest, &e), 0);
}

static void test_values(void **state)
{
	struct opt_set sets[] = {{rows, NULL}, {NULL, NULL}};
	struct got got;
	char rest[256];
	struct err e;

	(void)state;
	assert_int_equal(parse("-e A=1 --env B=2=3 -eC= ID", OPT_ANYWHERE, &got, rest, &e), 1);
	assert_int_equal(got.env.n, 3);
	assert_string_equal(got.env.v[0], "A=1");
	assert_string_equal(got.env.v[1], "B=2=3");
	assert_string_equal(got.env.v[2], "C=");
	assert_null(got.env.v[3]);
	sets[0].into = &got;
	opts_free(sets);
	assert_null(got.env.v);
	assert_int_equal(parse("--format json", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_int_equal(got.format, 2);
	assert_int_equal(parse("--preserve-fds 12", OPT_ANYWHERE, &got, rest, &e), 0);
	assert_int_equal(got.fds, 12);
}

static void test_mistakes(void **state)
{
	static const char *const mistakes[][2] = {
		{"--bndle x", "unknown option `--bndle`; did you mean `--bundle`?"},
		{"--nothing-like-it", "unknown option `--nothing-like-it`"},
		{"--nothing=7", "unknown option `--nothing`"},
		{"-x", "unknown option `-x`"},
		{"-ax", "unknown option `-ax`"},
		{"-adx", "unknown option `-adx`"},
		{"--all=maybe", "--all is either true or false, not `maybe`"},
		{"-a=", "-a is either true or false, not ``"},
		{"--preserve-fds -1",
		 "--preserve-fds wants a number from 0 to 2147483647, not `-1`"},
		{"--preserve-fds=4294967296",
		 "--preserve-fds wants a number from 0 to 2147483647, not `4294967296`"},
		{"--preserve-fds 0x1",
		 "--preserve-fds wants a number from 0 to 2147483647, not `0x1`"},
		{"--format xml", "invalid format: xml (it is one of: table, json)"},
		{"--format ''", "invalid format:  (it is one of: table, json)"},
		{"ID --bundle", "flag needs an argument: --bundle (option requires an argument)"},
		{"-ab", "flag needs an argument: -b (option requires an argument)"},
		{"--", NULL},
		{"---", "unknown option `---`"},
	};
	struct got got;
	char rest[256];
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		int r = parse(mistakes[i][0], OPT_ANYWHERE, &got, rest, &e);

		if (!mistakes[i][1]) {
			assert_int_equal(r, 0);
			continue;
		}
		assert_true(r < 0);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_string_equal(e.text, mistakes[i][1]);
	}
}

/* No name twice but for a hidden second letter; every row says what it is. */
static void check_rows(const char *command, const struct opt *from)
{
	for (const struct opt *o = from; o && o->name; o++) {
		if (!o->hidden && (!o->help || !o->help[0]))
			fail_msg("%s --%s has no help", command, o->name);
		if (opt_takes_value(o) != (o->arg != NULL))
			fail_msg("%s --%s: whether it takes a value is unclear", command, o->name);
		if ((o->kind == OPT_CHOICE) != (o->choices != NULL))
			fail_msg("%s --%s: choices", command, o->name);
		for (const struct opt *p = from; p != o; p++) {
			if (strcmp(p->name, o->name) == 0 && !o->hidden)
				fail_msg("%s --%s is there twice", command, o->name);
			if (p->letter && p->letter == o->letter)
				fail_msg("%s -%c is there twice", command, o->letter);
		}
	}
}

static void test_rows_of_commands(void **state)
{
	(void)state;
	check_rows("hull", global_opts);
	check_rows("common", common_opts);
	for (const struct command *const *c = commands; *c; c++) {
		check_rows((*c)->name, (*c)->opts);
		assert_non_null((*c)->help);
		assert_non_null((*c)->args);
		assert_non_null((*c)->run);
		assert_true((*c)->opts_size <= OPTS_SIZE_MAX);
		assert_ptr_equal(command_find((*c)->name), *c);
		for (const struct opt *o = (*c)->opts; o && o->name; o++) {
			assert_string_not_equal(o->name, "help");
			assert_int_not_equal(o->letter, 'h');
			assert_true(o->offset < (*c)->opts_size || o->kind == OPT_IGNORED);
		}
	}
	assert_null(command_find("creat"));
	assert_null(command_find(""));
}

static void test_unknown_commands(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(command_unknown("creat", &e) < 0);
	assert_string_equal(e.text, "unknown command `creat`; did you mean `create`?");
	err_drop(&e);
	assert_true(command_unknown("zzzzzz", &e) < 0);
	assert_string_equal(e.text, "unknown command `zzzzzz`");
	err_drop(&e);
	assert_true(command_unknown("checkpoint", &e) < 0);
	assert_non_null(strstr(e.text, "is not built in this version"));
	assert_int_equal(e.kind, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_rows_of_commands),
		cmocka_unit_test(test_unknown_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
