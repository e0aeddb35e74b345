/* test-rules.c - config.json judged: each rule broken once, and documents beside it that pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "spec/example.h"
#include "spec/rules.h"
#include "spec/spec.h"

/* Pieces of documents; ' stands for ". */
#define DOC(rest)		 "{'ociVersion':'1.3.0','root':{'path':'rootfs'}" rest "}"
#define PROCESS(rest)		 DOC(",'process':{'cwd':'/','args':['sh']" rest "}")
#define SCHED(rest)		 PROCESS(",'scheduler':{" rest "}")
#define LINUX_TOP(top, ns, rest) DOC(top ",'linux':{'namespaces':[{'type':'mount'}" ns "]" rest "}")
#define LINUX(rest)		 LINUX_TOP("", "", rest)
#define MOUNTS(list)		 LINUX_TOP(",'mounts':[" list "]", "", "")
#define RESOURCES(rest)		 LINUX(",'resources':{" rest "}")
#define SECCOMP(rest)		 LINUX(",'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'" rest "}")
#define SYSCALLS(list)		 SECCOMP(",'syscalls':[" list "]")
#define POLICY(rest)		 LINUX(",'memoryPolicy':{" rest "}")
#define SYSCTL(ns, key)		 LINUX_TOP("", ns, ",'sysctl':{'" key "':'1'}")
#define RANGE			 "{'containerID':0,'hostID':1000,'size':10}"
#define MAPS			 ",'uidMappings':[" RANGE "],'gidMappings':[" RANGE "]"
#define UTS			 ",{'type':'uts'}"
#define NET			 ",{'type':'network'}"
#define ALL_NS                                                                                     \
	",{'type':'uts'},{'type':'network'},{'type':'ipc'},{'type':'pid'},{'type':'cgroup'},"      \
	"{'type':'time'},{'type':'user','path':'/proc/1/ns/user'}"
#define X64	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define NULL_DEVICE "{'type':'c','path':'/dev/null','major':1,'minor':3}"
/* Ids 1 to 9 are mapped: 0 isn't, which is who a process without a user is. */
#define ONE_TO_NINE "[{'containerID':1,'hostID':1000,'size':9}]"
#define MAPPED_PROCESS(rest)                                                                       \
	"{'ociVersion':'1.3.0','root':{'path':'rootfs'},'linux':{'namespaces':[{'type':'user'}],"  \
	"'uidMappings':" ONE_TO_NINE ",'gidMappings':" ONE_TO_NINE "},"                            \
	"'process':{'cwd':'/','args':['sh']" rest "}}"
/* Put in where the document is made: too long to be written down. */
#define RANGES_340 "@340@"
#define RANGES_341 "@341@"
#define SYSCTL_MALFORMED(key)                                                                      \
	"`" key "` is not a sysctl: parts of letters, digits, `_`, `*` and `-` with `.` or `/` "   \
	"between them"
#define CLOS_ID(id)                                                                                \
	"`" id                                                                                     \
	"` can't be a class of service, it is one name without `/`, or `/` for the default "       \
	"class"

static const struct bad {
	const char *document, *pointer, *sentence;
	int line;
} bad[] = {
#define BAD(d, p, s) {d, p, s, __LINE__},
#define GOOD(d)
#include "tests/unit/rules-cases.def"
#undef BAD
#undef GOOD
};

static const struct good {
	const char *document;
	int line;
} good[] = {
#define BAD(d, p, s)
#define GOOD(d) {d, __LINE__},
#include "tests/unit/rules-cases.def"
#undef BAD
#undef GOOD
};

struct doc {
	struct arena arena;
	struct err e;
	struct oci_config *config;
	char *text;
};

static void add_ranges(FILE *out, int n)
{
	for (int i = 0; i < n; i++)
		fprintf(out, "%s{\"containerID\":%d,\"hostID\":%d,\"size\":1}", i ? "," : "", i,
			7 * i);
}

static char *quoted(const char *document)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (const char *p = document; *p; p++) {
		if (*p == '@') {
			add_ranges(out, (int)strtol(p + 1, NULL, 10));
			p += 4;
		} else {
			fputc(*p == '\'' ? '"' : *p, out);
		}
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static void doc_read(struct doc *d, const char *document, int line)
{
	*d = (struct doc){.text = quoted(document)};
	assert_int_equal(arena_init(&d->arena, OCI_ARENA_BYTES, &d->e), 0);
	d->config = arena_new(&d->arena, struct oci_config, 1);
	if (oci_read(oci_config_table(), d->text, strlen(d->text), &d->arena, d->config, &d->e) < 0)
		fail_msg("rules-cases.def:%d: not even read: %s %s: %s", line, d->e.where,
			 d->e.text, d->text);
}

static void doc_free(struct doc *d)
{
	arena_free(&d->arena);
	free(d->text);
}

/* What the rows are called, in their order. */
static const char *const names[] = {
#define RULE(pattern, check, sentence) pattern "  " #check,
#include "spec/rules.def"
#undef RULE
};

static void test_each_rule_is_broken(void **state)
{
	auto_free bool *hit = calloc(spec_n_rules, sizeof(*hit));

	(void)state;
	assert_non_null(hit);
	assert_int_equal(ARRAY_SIZE(names), spec_n_rules);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = {0};
		size_t broken;
		struct doc d;

		doc_read(&d, bad[i].document, bad[i].line);
		if (spec_apply_rules(d.config, NULL, &broken, &e) != -EINVAL)
			fail_msg("rules-cases.def:%d: accepted: %s", bad[i].line, d.text);
		if (broken >= spec_n_rules)
			fail_msg("rules-cases.def:%d: no rule but the ledger refused: %s %s",
				 bad[i].line, e.where, e.text);
		hit[broken] = true;
		if (e.kind != ERR_SPEC || strcmp(e.where, bad[i].pointer) != 0 ||
		    strcmp(e.text, bad[i].sentence) != 0)
			fail_msg("rules-cases.def:%d: refused by [%s] at `%s` with:\n%s\n",
				 bad[i].line, names[broken], e.where, e.text);
		doc_free(&d);
	}
	for (size_t i = 0; i < spec_n_rules; i++)
		if (!hit[i] && strncmp(names[i], "/linux/cgroupsPath  not_systemd", 31) != 0)
			fail_msg("no document in rules-cases.def breaks [%s]", names[i]);
}

static void test_near_misses_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct err e = {0};
		struct doc d;

		doc_read(&d, good[i].document, good[i].line);
		if (spec_check(d.config, NULL, &e) != 0)
			fail_msg("rules-cases.def:%d: refused: %s %s: %s", good[i].line, e.where,
				 e.text, d.text);
		assert_int_equal(e.kind, ERR_NONE);
		doc_free(&d);
	}
}

/* The place that a refusal names can be found in the text, unless it is about what's missing. */
static void test_pointers_lead_somewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		unsigned line, column;
		struct doc d;

		doc_read(&d, bad[i].document, bad[i].line);
		if (!oci_locate(d.text, strlen(d.text), bad[i].pointer, &line, &column))
			fail_msg("rules-cases.def:%d: %s is nowhere", bad[i].line, bad[i].pointer);
		assert_int_equal(line, 1);
		doc_free(&d);
	}
}

static int check(const char *document, const struct spec_context *ctx, struct err *e)
{
	struct doc d;
	int r;

	doc_read(&d, document, 0);
	r = spec_check(d.config, ctx, e);
	doc_free(&d);
	return r;
}

static void test_refused_properties(void **state)
{
	static const struct bad cases[] = {
		{LINUX_TOP("", NET, ",'netDevices':{'eth0':{'name':'fifteen-bytes-x'}}"),
		 "/linux/netDevices", "it has no way yet to move network devices", 0},
		{LINUX(",'intelRdt':{}"), "/linux/intelRdt", "it has no way yet to use resctrl", 0},
		{LINUX(",'intelRdt':{'closID':'/','memBwSchema':'MB:','schemata':['L3:0=f']}"),
		 "/linux/intelRdt", "it has no way yet to use resctrl", 0},
		{DOC(",'vm':{'kernel':{'path':'/vmlinuz'}}"), "/vm",
		 "it has no virtual machines, containers are made of namespaces alone", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char sentence[256];
		struct err e = {0};

		snprintf(sentence, sizeof(sentence), "not supported by this version of hull: %s",
			 cases[i].sentence);
		assert_int_equal(check(cases[i].document, NULL, &e), -EINVAL);
		assert_int_equal(e.kind, ERR_SPEC);
		assert_string_equal(e.where, cases[i].pointer);
		assert_string_equal(e.text, sentence);
	}
}

static void test_other_platforms_are_skipped(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(check(DOC(",'windows':{'layerFolders':['x']},'solaris':{'milestone':'m'},"
				   "'zos':{'namespaces':[]},'freebsd':{'jail':{'vnet':'new'}},"
				   "'process':{'cwd':'/','args':['a'],'commandLine':'a b',"
				   "'user':{'username':'u'}}"),
			       NULL, &e),
			 0);
}

static void test_systemd_form(void **state)
{
	static const char *const wrong[] = {"/a/b", "a.slice:b", "a.slice:b:", "a.slice:b:c:d"};
	static const char *const right[] = {"a.slice:b:c", ":b:c", "::c", ""};
	const struct spec_context systemd = {.systemd_cgroup = true}, cgroupfs = {0};
	char document[256], sentence[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct err e = {0};

		snprintf(document, sizeof(document), LINUX(",'cgroupsPath':'%s'"), wrong[i]);
		snprintf(sentence, sizeof(sentence),
			 "cgroupsPath has to be \"slice:prefix:name\" with --systemd-cgroup, `%s` "
			 "is not",
			 wrong[i]);
		assert_int_equal(check(document, &cgroupfs, &e), 0);
		assert_int_equal(check(document, &systemd, &e), -EINVAL);
		assert_string_equal(e.where, "/linux/cgroupsPath");
		assert_string_equal(e.text, sentence);
	}
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		struct err e = {0};

		snprintf(document, sizeof(document), LINUX(",'cgroupsPath':'%s'"), right[i]);
		assert_int_equal(check(document, &systemd, &e), 0);
	}
}

/* What an author writes is shown without what would break a line of the log, and not all of it. */
static void test_values_are_shown_printable(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(check(PROCESS(",'env':['a\\nb\\u001b[31m\\u007f']"), NULL, &e), -EINVAL);
	assert_string_equal(e.text,
			    "`a?b?[31m?` has no `=`, an entry of env has the form NAME=VALUE");

	e = (struct err){0};
	assert_int_equal(check(PROCESS(",'env':['" X64 X64 "']"), NULL, &e), -EINVAL);
	assert_string_equal(e.text,
			    "`" X64 "xxxxxxxxxxxxxxxx...` has no `=`, an entry of env has the "
			    "form NAME=VALUE");

	e = (struct err){0}; /* 79 bytes, then a character of two that would be cut in the middle */
	assert_int_equal(check(PROCESS(",'env':['" X64 "xxxxxxxxxxxxxxx\u00e9x']"), NULL, &e),
			 -EINVAL);
	assert_string_equal(e.text,
			    "`" X64 "xxxxxxxxxxxxxxx...` has no `=`, an entry of env has the "
			    "form NAME=VALUE");
}

/* The value of an entry of env may be a secret. */
static void test_values_of_env_stay_out(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(check(PROCESS(",'env':['=hunter2']"), NULL, &e), -EINVAL);
	assert_null(strstr(e.text, "hunter2"));
}

static void test_a_process_for_exec(void **state)
{
	static const struct {
		const char *document, *at, *pointer;
	} cases[] = {
		{"{'cwd':'srv','args':['sh']}", "", "/cwd"},
		{"{'cwd':'srv','args':['sh']}", "/process", "/process/cwd"},
		{"{'cwd':'/'}", "", ""},
		{"{'cwd':'/','args':['sh'],'env':['A=b','C']}", "", "/env/1"},
		{"{'cwd':'/','args':['sh'],'user':{'additionalGids':[4294967295]}}", "/p",
		 "/p/user/additionalGids/0"},
		{"{'cwd':'/','args':['sh'],'rlimits':[{'type':'RLIMIT_X','soft':0,'hard':0}]}", "",
		 "/rlimits/0/type"},
		{"{'cwd':'/','args':['sh'],'scheduler':{'policy':'SCHED_FIFO'}}", "", "/scheduler"},
		{"{'cwd':'/','args':['sh'],'user':{'uid':7,'gid':7,'additionalGids':[7]}}", "",
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *text = quoted(cases[i].document);
		struct oci_process *p;
		struct arena arena;
		struct err e = {0};
		int r;

		assert_int_equal(arena_init(&arena, OCI_ARENA_BYTES, &e), 0);
		p = arena_new(&arena, struct oci_process, 1);
		assert_int_equal(oci_read(oci_process_table(), text, strlen(text), &arena, p, &e),
				 0);
		r = spec_check_process(p, cases[i].at, &e);
		if (cases[i].pointer) {
			assert_int_equal(r, -EINVAL);
			assert_string_equal(e.where, cases[i].pointer);
			assert_true(e.text[0]);
		} else {
			assert_int_equal(r, 0);
		}
		arena_free(&arena);
	}
}

static char last_line[512];

static void keep_line(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	assert_int_equal(level, LOG_LEVEL_WARNING);
	snprintf(last_line, sizeof(last_line), "%s", text);
}

static void test_a_newer_version_is_warned_of(void **state)
{
	struct err e = {0};

	(void)state;
	log_sink(keep_line, NULL);
	log_set_level(LOG_LEVEL_WARNING);
	last_line[0] = '\0';
	assert_int_equal(check("{'ociVersion':'1.3.9','root':{'path':'r'}}", NULL, &e), 0);
	assert_string_equal(last_line, "");
	assert_int_equal(check("{'ociVersion':'1.10.0','root':{'path':'r'}}", NULL, &e), 0);
	assert_string_equal(last_line,
			    "config.json is for version 1.10.0 of the runtime-spec, this is 1.3.0");
	log_sink(NULL, NULL);
	log_set_level(LOG_LEVEL_ERROR);
}

/* What `hull spec` writes has to be right, for root and for anybody. */
static void test_our_example_passes(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(spec_check(spec_example(false, 0, 0), NULL, &e), 0);
	assert_int_equal(spec_check(spec_example(true, 4242, 4343), NULL, &e), 0);
}

/* A document may be large: what would take the square of its length must not. */
static void test_many_devices_take_no_time(void **state)
{
	enum { MANY = 100000 };
	struct err e = {0};
	size_t broken;
	struct doc d;
	struct oci_device *v;

	(void)state;
	doc_read(&d, LINUX(",'devices':[" NULL_DEVICE "]"), 0);
	v = arena_new(&d.arena, struct oci_device, MANY);
	for (size_t i = 0; i < MANY; i++) {
		v[i] = d.config->linux_->devices[0];
		v[i].path = arena_strf(&d.arena, "/dev/%zu", i);
	}
	d.config->linux_->devices = v;
	d.config->linux_->n_devices = MANY;
	alarm(20);
	assert_int_equal(spec_apply_rules(d.config, NULL, &broken, &e), 0);
	v[MANY - 1].path = v[0].path;
	v[MANY - 1].minor++;
	assert_int_equal(spec_apply_rules(d.config, NULL, &broken, &e), -EINVAL);
	assert_string_equal(e.where, "/linux/devices/99999/path");
	alarm(0);
	doc_free(&d);
}

/* ---- spec_load() */

struct dir {
	char path[64];
};

static int dir_make(void **state)
{
	static struct dir dir;

	snprintf(dir.path, sizeof(dir.path), "/tmp/hull-test-rules-XXXXXX");
	*state = &dir;
	return mkdtemp(dir.path) ? 0 : -1;
}

static int dir_remove(void **state)
{
	static const char *const files[] = {"config.json", "fifo", "large"};
	struct dir *dir = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir->path, files[i]);
		if (unlink(path) < 0)
			rmdir(path);
	}
	return rmdir(dir->path);
}

static void load_fails(const char *path, int num, const char *before, const char *name,
		       const char *behind)
{
	char sentence[256], *text = (char *)1;
	struct oci_config *c = NULL;
	struct arena arena;
	struct err e = {0};
	size_t len;

	snprintf(sentence, sizeof(sentence), "%s`%s`%s", before, name, behind);
	assert_int_equal(arena_init(&arena, OCI_ARENA_BYTES, &e), 0);
	assert_int_equal(spec_load(path, &arena, &c, &text, &len, &e), -num);
	assert_int_equal(e.kind, ERR_SPEC);
	assert_string_equal(e.text, sentence);
	assert_null(text);
	assert_null(c);
	arena_free(&arena);
}

static void test_load_refuses_what_is_no_file(void **state)
{
	const char *dir = ((struct dir *)*state)->path;
	char path[128], missing[128];
	int fd;

	snprintf(path, sizeof(path), "%s/config.json", dir);
	load_fails(path, ENOENT, "bundle ", dir, " has no config.json");

	snprintf(missing, sizeof(missing), "%s/none", dir);
	snprintf(path, sizeof(path), "%s/none/config.json", dir);
	load_fails(path, ENOENT, "bundle ", missing, " does not exist");

	snprintf(path, sizeof(path), "%s/config.json", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	load_fails(path, EISDIR, "", path, " is a directory, it has to be a file");

	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	load_fails(path, EINVAL, "", path, " is not a regular file");

	snprintf(missing, sizeof(missing), "%s/fifo", dir);
	snprintf(path, sizeof(path), "%s/fifo/config.json", dir);
	load_fails(path, ENOTDIR, "bundle ", missing, " is not a directory");

	snprintf(path, sizeof(path), "%s/large", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, OCI_MAX_BYTES + 1), 0);
	assert_int_equal(close(fd), 0);
	load_fails(path, EFBIG, "", path, " has more than 16777216 bytes");
}

static void test_load_gives_text_and_config(void **state)
{
	static const char document[] = "{\"ociVersion\":\"1.3.0\",\n \"hostname\":\"h\"}",
			  broken[] = "{\"ociVersion\":\n  7}";
	const char *dir = ((struct dir *)*state)->path;
	struct oci_config *c = NULL;
	struct arena arena;
	struct err e = {0};
	char path[128], *text;
	unsigned line, column;
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/config.json", dir);
	assert_non_null(f = fopen(path, "w"));
	fputs(document, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(arena_init(&arena, OCI_ARENA_BYTES, &e), 0);
	assert_int_equal(spec_load(path, &arena, &c, &text, &len, &e), 0);
	assert_int_equal(len, sizeof(document) - 1);
	assert_string_equal(text, document);
	assert_string_equal(c->hostname, "h");
	free(text);

	/* The text comes with a refusal too, or nobody could say where it is. */
	assert_non_null(f = fopen(path, "w"));
	fputs(broken, f);
	assert_int_equal(fclose(f), 0);
	c = NULL;
	assert_int_equal(spec_load(path, &arena, &c, &text, &len, &e), -EINVAL);
	assert_null(c);
	assert_string_equal(e.where, "/ociVersion");
	assert_true(oci_locate(text, len, e.where, &line, &column));
	assert_int_equal(line, 2);
	assert_int_equal(column, 3);
	free(text);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_rule_is_broken),
		cmocka_unit_test(test_near_misses_pass),
		cmocka_unit_test(test_pointers_lead_somewhere),
		cmocka_unit_test(test_refused_properties),
		cmocka_unit_test(test_other_platforms_are_skipped),
		cmocka_unit_test(test_systemd_form),
		cmocka_unit_test(test_values_are_shown_printable),
		cmocka_unit_test(test_values_of_env_stay_out),
		cmocka_unit_test(test_a_process_for_exec),
		cmocka_unit_test(test_a_newer_version_is_warned_of),
		cmocka_unit_test(test_our_example_passes),
		cmocka_unit_test(test_many_devices_take_no_time),
		cmocka_unit_test_setup_teardown(test_load_refuses_what_is_no_file, dir_make,
						dir_remove),
		cmocka_unit_test_setup_teardown(test_load_gives_text_and_config, dir_make,
						dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
