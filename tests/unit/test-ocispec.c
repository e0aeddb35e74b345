/* test-ocispec.c - the reader, the writer and the locator of OCI documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"

/* ----------------------------------------------------------------- helpers */

struct doc {
	struct arena arena;
	struct err e;
	void *value;
	int r;
};

static struct arena open_arena; /* there is room for one; a test that failed left its own */

/* Reads a copy of exactly len bytes, so that a sanitizer sees a step too far. */
static void doc_read(struct doc *d, const struct oci_table *table, const char *text, size_t len)
{
	auto_free char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(d, 0, sizeof(*d));
	arena_free(&open_arena);
	assert_int_equal(arena_init(&d->arena, OCI_ARENA_BYTES, &d->e), 0);
	open_arena = d->arena;
	d->value = arena_alloc(&d->arena, 1, table->size, _Alignof(max_align_t));
	d->r = oci_read(table, copy, len, &d->arena, d->value, &d->e);
	if (d->r < 0) {
		assert_int_not_equal(d->e.kind, ERR_NONE);
		assert_int_equal(d->r, -d->e.num);
	} else {
		assert_int_equal(d->r, 0);
		assert_int_equal(d->e.kind, ERR_NONE);
	}
	memset(copy, 'X', len); /* nothing of what was read may point here */
}

static void doc_free(struct doc *d)
{
	arena_free(&d->arena);
	open_arena = d->arena;
}

static const struct oci_config *read_config(struct doc *d, const char *text)
{
	doc_read(d, oci_config_table(), text, strlen(text));
	if (d->r < 0)
		fail_msg("refused: %s: %s: %s", text, d->e.where, d->e.text);
	return d->value;
}

static char *compact(const struct oci_table *table, const void *value)
{
	struct err e = {0};
	char *text;
	size_t len;

	assert_int_equal(oci_write(table, value, false, &text, &len, &e), 0);
	assert_int_equal(strlen(text), len);
	return text;
}

static void assert_rewritten(const struct oci_table *table, const char *text, const char *expected)
{
	auto_free char *again = NULL;
	struct doc d;

	doc_read(&d, table, text, strlen(text));
	if (d.r < 0)
		fail_msg("refused: %.200s: %s: %s", text, d.e.where, d.e.text);
	again = compact(table, d.value);
	assert_string_equal(again, expected);
	doc_free(&d);
}

static void assert_refused_n(const char *text, size_t len, const char *where, const char *sentence)
{
	struct doc d;

	doc_read(&d, oci_config_table(), text, len);
	if (d.r == 0)
		fail_msg("accepted: %.200s", text);
	assert_int_equal(d.e.kind, ERR_SPEC);
	assert_int_equal(d.e.num, EINVAL);
	if (strcmp(d.e.where, where) || strcmp(d.e.text, sentence))
		fail_msg("%.200s: %s: %s", text, d.e.where, d.e.text);
	doc_free(&d);
}

static void assert_refused(const char *text, const char *where, const char *sentence)
{
	assert_refused_n(text, strlen(text), where, sentence);
}

/* head, then n times item with commas between, then tail */
static char *repeat(const char *head, const char *item, size_t n, const char *tail, size_t *len)
{
	size_t one = strlen(item), size = strlen(head) + n * (one + 1) + strlen(tail) + 1;
	char *text = malloc(size), *p = text;

	assert_non_null(text);
	p = stpcpy(p, head);
	for (size_t i = 0; i < n; i++) {
		if (i)
			*p++ = ',';
		memcpy(p, item, one);
		p += one;
	}
	p = stpcpy(p, tail);
	*len = (size_t)(p - text);
	return text;
}

#define V "\"ociVersion\":\"1.3.0\""

/* ------------------------------------------------------------------ values */

static void test_values(void **state)
{
	const struct oci_config *c;
	struct doc d;

	(void)state;
	c = read_config(&d, "{" V
			    ",\"process\":{\"cwd\":\"/\",\"terminal\":true,\"args\":[\"sh\",\"\"],"
			    "\"user\":{\"uid\":0,\"additionalGids\":[1,4294967295]}},"
			    "\"mounts\":[{\"destination\":\"/a\"},{\"destination\":\"/b\","
			    "\"options\":[]}],"
			    "\"annotations\":{\"a\":\"1\",\"\":\"2\"},"
			    "\"linux\":{\"netDevices\":{\"eth0\":{\"name\":\"x\"},\"eth1\":{}}}}");
	assert_string_equal(c->oci_version, "1.3.0");
	assert_true(c->process->terminal && c->process->has_terminal);
	assert_false(c->process->has_no_new_privileges);
	assert_int_equal(c->process->n_args, 2);
	assert_string_equal(c->process->args[1], "");
	assert_null(c->process->env);
	assert_true(c->process->user->has_uid);
	assert_int_equal(c->process->user->uid, 0);
	assert_false(c->process->user->has_gid);
	assert_int_equal(c->process->user->n_additional_gids, 2);
	assert_int_equal(c->process->user->additional_gids[1], UINT32_MAX);
	assert_int_equal(c->n_mounts, 2);
	assert_string_equal(c->mounts[1].destination, "/b");
	assert_null(c->mounts[0].options);
	assert_non_null(c->mounts[1].options);
	assert_true(arena_has(&d.arena, c->mounts[1].options));
	assert_int_equal(c->mounts[1].n_options, 0);
	assert_int_equal(c->linux_->n_net_devices, 2);
	assert_string_equal(c->linux_->net_devices[0].key, "eth0");
	assert_string_equal(c->linux_->net_devices[0].value.name, "x");
	assert_string_equal(c->linux_->net_devices[1].key, "eth1");
	assert_null(c->linux_->net_devices[1].value.name);
	assert_string_equal(oci_map_get(c->annotations, c->n_annotations, ""), "2");
	assert_string_equal(oci_map_get(c->annotations, c->n_annotations, "a"), "1");
	assert_null(oci_map_get(c->annotations, c->n_annotations, "b"));
	assert_null(oci_map_get(NULL, 0, "b"));
	doc_free(&d);
}

static void test_null_is_absent(void **state)
{
	const struct oci_config *c;
	struct doc d;

	(void)state;
	c = read_config(&d,
			"{" V ",\"process\":null,\"mounts\":null,\"annotations\":null,"
			"\"hostname\":null,\"linux\":{\"resources\":{\"memory\":{\"limit\":null,"
			"\"disableOOMKiller\":null}},\"unheardOf\":null}}");
	assert_null(c->process);
	assert_null(c->mounts);
	assert_null(c->annotations);
	assert_null(c->hostname);
	assert_false(c->linux_->resources->memory->has_limit);
	assert_false(c->linux_->resources->memory->has_disable_oom_killer);
	doc_free(&d);
	assert_refused("{\"ociVersion\":null}", "/ociVersion",
		       "required property \"ociVersion\" is missing");
	/* but not one of several: what would it mean */
	assert_refused("{" V ",\"mounts\":[null]}", "/mounts/0", "expected an object, found null");
	assert_refused("{" V ",\"annotations\":{\"a\":null}}", "/annotations/a",
		       "expected a string, found null");
}

static void test_integers(void **state)
{
	static const struct {
		const char *limit;
		int64_t value;
	} good[] = {
		{"-9223372036854775808", INT64_MIN},
		{"9223372036854775807", INT64_MAX},
		{"9007199254740993", 9007199254740993}, /* not a double */
		{"-1", -1},
		{"-0", 0},
		{"0", 0},
	};
	static const struct {
		const char *limit, *sentence;
	} bad[] = {
		{"9223372036854775808", "expected an integer from -9223372036854775808 to "
					"9223372036854775807, found 9223372036854775808"},
		{"-9223372036854775809", "expected an integer from -9223372036854775808 to "
					 "9223372036854775807, found -9223372036854775809"},
		{"18446744073709551616", "expected an integer from -9223372036854775808 to "
					 "9223372036854775807, found 18446744073709551616"},
		{"-18446744073709551617", "expected an integer from -9223372036854775808 to "
					  "9223372036854775807, found -18446744073709551617"},
		{"5.0", "expected an integer, found 5.0"},
		{"1e3", "expected an integer, found 1e3"},
		{"1E3", "expected an integer, found 1E3"},
		{"\"1\"", "expected an integer, found a string"},
		{"true", "expected an integer, found true"},
		{"{}", "expected an integer, found an object"},
		{"[]", "expected an integer, found an array"},
	};
	const char *where = "/linux/resources/memory/limit";
	struct doc d;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[200];
		const struct oci_config *c;

		snprintf(text, sizeof(text),
			 "{" V ",\"linux\":{\"resources\":{\"memory\":{\"limit\":%s}}}}",
			 good[i].limit);
		c = read_config(&d, text);
		assert_true(c->linux_->resources->memory->has_limit);
		assert_true(c->linux_->resources->memory->limit == good[i].value);
		doc_free(&d);
		if (strcmp(good[i].limit, "-0"))
			assert_rewritten(oci_config_table(), text, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[200];

		snprintf(text, sizeof(text),
			 "{" V ",\"linux\":{\"resources\":{\"memory\":{\"limit\":%s}}}}",
			 bad[i].limit);
		assert_refused(text, where, bad[i].sentence);
	}
}

#define RLIMIT(soft)                                                                               \
	"{" V ",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"R\",\"soft\":" soft            \
	",\"hard\":0}]}}"
#define UID(uid)   "{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":" uid "}}}"
#define TIMEOUT(t) "{" V ",\"hooks\":{\"poststop\":[{\"path\":\"/x\",\"timeout\":" t "}]}}"

static void test_unsigned(void **state)
{
	const struct oci_config *c;
	struct doc d;

	(void)state;
	c = read_config(&d, RLIMIT("18446744073709551615"));
	assert_true(c->process->rlimits[0].soft == UINT64_MAX);
	doc_free(&d);
	assert_refused(RLIMIT("18446744073709551616"), "/process/rlimits/0/soft",
		       "expected an integer from 0 to 18446744073709551615, found "
		       "18446744073709551616");
	assert_refused(RLIMIT("-1"), "/process/rlimits/0/soft",
		       "expected an integer from 0 to 18446744073709551615, found -1");
	c = read_config(&d, UID("4294967295"));
	assert_int_equal(c->process->user->uid, UINT32_MAX);
	doc_free(&d);
	assert_refused(UID("4294967296"), "/process/user/uid",
		       "expected an integer from 0 to 4294967295, found 4294967296");
	/* what a truncation to 32 bits would make root */
	assert_refused(UID("-4294967296"), "/process/user/uid",
		       "expected an integer from 0 to 4294967295, found -4294967296");
	c = read_config(&d, TIMEOUT("1"));
	assert_int_equal(c->hooks->poststop[0].timeout, 1);
	doc_free(&d);
	assert_refused(TIMEOUT("0"), "/hooks/poststop/0/timeout",
		       "expected an integer from 1 to 2147483647, found 0");
	assert_refused(TIMEOUT("-0"), "/hooks/poststop/0/timeout",
		       "expected an integer from 1 to 2147483647, found -0");
	assert_refused(TIMEOUT("-1"), "/hooks/poststop/0/timeout",
		       "expected an integer from 1 to 2147483647, found -1");
	assert_refused("{" V ",\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}",
		       "/linux/resources/blockIO/weight",
		       "expected an integer from 0 to 65535, found 65536");
	assert_refused("{" V
		       ",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[0,4294967296]}}}",
		       "/process/user/additionalGids/1",
		       "expected an integer from 0 to 4294967295, found 4294967296");
	assert_refused("{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[1.5]}}}",
		       "/process/user/additionalGids/0", "expected an integer, found 1.5");
}

/* ---------------------------------------------------------------- refusals */

static void test_refusals(void **state)
{
	static const struct {
		const char *text, *where, *sentence;
	} table[] = {
		{"[]", "", "expected an object, found an array"},
		{"null", "", "expected an object, found null"},
		{"\"x\"", "", "expected an object, found a string"},
		{"7", "", "expected an object, found a number"},
		{"{}", "/ociVersion", "required property \"ociVersion\" is missing"},
		{"{\"ociVersion\":1}", "/ociVersion", "expected a string, found a number"},
		{"{\"ociVersion\":false}", "/ociVersion", "expected a string, found false"},
		{"{" V ",\"root\":{}}", "/root/path", "required property \"path\" is missing"},
		{"{" V ",\"root\":[]}", "/root", "expected an object, found an array"},
		{"{" V ",\"root\":{\"path\":\"x\",\"readonly\":\"true\"}}", "/root/readonly",
		 "expected true or false, found a string"},
		{"{" V ",\"root\":{\"path\":\"x\",\"readonly\":1}}", "/root/readonly",
		 "expected true or false, found a number"},
		{"{" V ",\"mounts\":{}}", "/mounts",
		 "expected an array of objects, found an object"},
		{"{" V ",\"mounts\":[{\"destination\":\"/a\"},{\"source\":\"x\"}]}",
		 "/mounts/1/destination", "required property \"destination\" is missing"},
		{"{" V ",\"mounts\":[[]]}", "/mounts/0", "expected an object, found an array"},
		{"{" V ",\"mounts\":[{\"destination\":\"/a\",\"options\":[\"ro\",7]}]}",
		 "/mounts/0/options/1", "expected a string, found a number"},
		{"{" V ",\"mounts\":[{\"destination\":\"/a\",\"options\":\"ro\"}]}",
		 "/mounts/0/options", "expected an array of strings, found a string"},
		{"{" V ",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":7}}}",
		 "/process/user/additionalGids", "expected an array of integers, found a number"},
		{"{" V ",\"annotations\":[]}", "/annotations",
		 "expected an object, found an array"},
		{"{" V ",\"annotations\":{\"a/b~c\":7}}", "/annotations/a~1b~0c",
		 "expected a string, found a number"},
		{"{" V ",\"annotations\":{\"\\u0061\\/b\":7}}", "/annotations/a~1b",
		 "expected a string, found a number"},
		/* a pointer is one line */
		{"{" V ",\"annotations\":{\"a\\nb\":7}}", "/annotations",
		 "expected a string, found a number"},
		{"{" V ",\"annotations\":{\"\":7}}", "/annotations/",
		 "expected a string, found a number"},
		{"{" V ",\"linux\":{\"netDevices\":{\"eth0\":\"eth1\"}}}", "/linux/netDevices/eth0",
		 "expected an object, found a string"},
		{"{" V ",\"linux\":{\"resources\":{\"pids\":{}}}}", "/linux/resources/pids/limit",
		 "required property \"limit\" is missing"},
		{"{" V ",\"linux\":{\"namespaces\":[{\"type\":\"mnt\"}]}}",
		 "/linux/namespaces/0/type",
		 "expected one of mount, pid, network, uts, ipc, user, cgroup, time, found "
		 "\"mnt\""},
		{"{" V ",\"linux\":{\"namespaces\":[{\"type\":\"Network\"}]}}",
		 "/linux/namespaces/0/type",
		 "expected one of mount, pid, network, uts, ipc, user, cgroup, time, found "
		 "\"Network\"; did you mean \"network\"?"},
		{"{" V ",\"linux\":{\"namespaces\":[{\"type\":\"pid|uts\"}]}}",
		 "/linux/namespaces/0/type",
		 "expected one of mount, pid, network, uts, ipc, user, cgroup, time, found "
		 "\"pid|uts\""},
		{"{" V ",\"linux\":{\"namespaces\":[{\"type\":\"\"}]}}", "/linux/namespaces/0/type",
		 "expected one of mount, pid, network, uts, ipc, user, cgroup, time, found \"\""},
		{"{" V ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":"
		 "[\"SECCOMP_FILTER_FLAG_LOG\",\"a\\n\\\"b\\u007f\"]}}}",
		 "/linux/seccomp/flags/1",
		 "expected one of SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, "
		 "SECCOMP_FILTER_FLAG_SPEC_ALLOW, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, found "
		 "\"a\\n\\\"b\\u007f\""},
		{"{" V ",\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\","
		 "\"architectures\":[\"SCMP_ARCH_X86_46\"]}}}",
		 "/linux/seccomp/architectures/0",
		 "expected one of SCMP_ARCH_X86, SCMP_ARCH_X86_64, SCMP_ARCH_X32, SCMP_ARCH_ARM, "
		 "SCMP_ARCH_AARCH64, SCMP_ARCH_LOONGARCH64, SCMP_ARCH_M68K, SCMP_ARCH_MIPS, "
		 "SCMP_ARCH_MIPS64, SCMP_ARCH_MIPS64N32, SCMP_ARCH_MIPSEL, SCMP_ARCH_MIPSEL64, "
		 "..., "
		 "found \"SCMP_ARCH_X86_46\"; did you mean \"SCMP_ARCH_X86_64\"?"},
		{"{" V
		 ",\"linux\":{\"rootfsPropagation\":\"0123456789012345678901234567890123456789"
		 "01234567890123456789\"}}",
		 "/linux/rootfsPropagation",
		 "expected one of private, shared, slave, unbindable, rprivate, rshared, rslave, "
		 "runbindable, found \"0123456789012345678901234567890123456789012345678...\""},
		{"{" V ",\"hostname\":\"a\\u0000b\"}", "/hostname",
		 "expected a string without NUL, found one with \\u0000"},
		{"{" V ",\"process\":{\"cwd\":\"/\",\"env\":[\"A=1\",\"B=\\u0000\"]}}",
		 "/process/env/1", "expected a string without NUL, found one with \\u0000"},
		{"{" V ",\"annotations\":{\"a\\u0000\":\"b\"}}", "/annotations",
		 "expected keys without NUL, found one with \\u0000"},
		{"{" V ",\"unheardOf\":{\"a\\u0000\":\"b\"}}", "/unheardOf",
		 "expected keys without NUL, found one with \\u0000"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_refused(table[i].text, table[i].where, table[i].sentence);
}

static void test_duplicates(void **state)
{
	static const struct {
		const char *text, *where;
	} bad[] = {
		{"{" V "," V "}", "/ociVersion"},
		{"{" V ",\"hostname\":null,\"hostname\":\"a\"}", "/hostname"},
		{"{" V ",\"hostname\":\"a\",\"\\u0068ostname\":\"a\"}", "/hostname"},
		{"{" V ",\"mounts\":[{\"destination\":\"/\"},{\"type\":\"a\",\"destination\":\"/\","
		 "\"type\":\"b\"}]}",
		 "/mounts/1/type"},
		{"{" V ",\"annotations\":{\"a\":\"1\",\"b\":\"1\",\"a\":\"1\"}}", "/annotations/a"},
		{"{" V ",\"annotations\":{\"a/\":\"1\",\"a\\/\":\"1\"}}", "/annotations/a~1"},
		{"{" V ",\"annotations\":{\"\":\"1\",\"\":\"1\"}}", "/annotations/"},
		{"{" V ",\"linux\":{\"netDevices\":{\"e\":{},\"e\":{}}}}", "/linux/netDevices/e"},
		{"{" V ",\"zos\":{},\"zos\":{}}", "/zos"},
		{"{" V ",\"zos\":{\"a\":1,\"b\":2,\"a\":1}}", "/zos/a"},
		{"{" V ",\"zos\":[7,{\"x\":[{\"a\":1,\"\\u0061\":2}]}]}", "/zos/1/x/0/a"},
		{"{" V ",\"process\":{\"cwd\":\"/\",\"new\":1,\"old\":2,\"new\":3}}",
		 "/process/new"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(bad[i].text, bad[i].where, "this property is here twice");
	/* the same key in different objects, inner and outer, is no duplicate */
	assert_rewritten(oci_config_table(),
			 "{\"zos\":{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"b\":{\"a\":1}}," V
			 ",\"a\":1,\"annotations\":{\"a\":\"\",\"A\":\"\",\"aa\":\"\"}}",
			 "{" V ",\"annotations\":{\"a\":\"\",\"A\":\"\",\"aa\":\"\"}}");
}

static void test_many_keys(void **state)
{
	enum { N = 200000 };
	auto_free char *text = malloc(N * 16 + 100);
	char *p = text, *twice;
	struct doc d;

	(void)state;
	assert_non_null(text);
	p += sprintf(p, "{" V ",\"annotations\":{");
	for (int i = 0; i < N; i++)
		p += sprintf(p, "\"%06d\":\"\",", (int)(i * 7919L % N));
	twice = p;
	p += sprintf(p, "\"%06d\":\"\"}}", N);
	doc_read(&d, oci_config_table(), text, (size_t)(p - text));
	assert_int_equal(d.r, 0);
	assert_int_equal(((struct oci_config *)d.value)->n_annotations, N + 1);
	doc_free(&d);
	memcpy(twice, "\"000123\"", 8);
	assert_refused_n(text, (size_t)(p - text), "/annotations/000123",
			 "this property is here twice");
}

static void test_not_json(void **state)
{
	static const struct {
		const char *text, *where, *sentence;
	} table[] = {
		{"", "@0", "not JSON: the text ends too early"},
		{" \n", "@2", "not JSON: the text ends too early"},
		{"{" V, "@21", "not JSON: the text ends too early"},
		{"{" V ",", "@22", "not JSON: the text ends too early"},
		{"{" V ",\"a", "@24", "not JSON: the text ends too early"},
		{"{]", "@1", "not JSON: expected a key in double quotes"},
		{"{" V ",}", "@22", "not JSON: expected a key in double quotes"},
		{"{" V ",7:7}", "@22", "not JSON: expected a key in double quotes"},
		{"{" V " \"a\":7}", "@22", "not JSON: expected a comma or a closing brace"},
		{"{" V ",\"a\" 7}", "@26", "not JSON: expected a colon after the key"},
		{"{" V ",\"a\"::7}", "@26", "not JSON: this can't be here"},
		{"{" V ",,\"a\":7}", "@22", "not JSON: expected a key in double quotes"},
		{"{" V ",\"a\":[1 2]}", "@29", "not JSON: expected a comma or a closing bracket"},
		{"{" V ",\"a\":[1,]}", "@29", "not JSON: this can't be here"},
		{"{" V ",\"a\":}", "@26", "not JSON: this can't be here"},
		{"{" V ",\"a\":01}", "@27", "not JSON: expected a comma or a closing brace"},
		{"{" V ",\"a\":+1}", "@26", "not JSON: this can't be here"},
		{"{" V ",\"a\":-}", "@27", "not JSON: a number that isn't finished"},
		{"{" V ",\"a\":1.}", "@28", "not JSON: a number that isn't finished"},
		{"{" V ",\"a\":1e}", "@28", "not JSON: a number that isn't finished"},
		{"{" V ",\"a\":nul}", "@29",
		 "not JSON: a word that is neither true, false nor null"},
		{"{" V ",\"a\":NaN}", "@26", "not JSON: this can't be here"},
		{"{" V ",\"a\":'b'}", "@26", "not JSON: this can't be here"},
		{"{" V ",\"a\":\"\\x\"}", "@28",
		 "not JSON: a backslash before a character that needs none"},
		{"{" V ",\"a\":\"\\u00g0\"}", "@31",
		 "not JSON: expected four hexadecimal digits after \\u"},
		{"{" V ",\"a\":\"b\nc\"}", "@28", "not JSON: a raw control character in a string"},
		{"{" V ",\"a\":\"b\x01\"}", "@28", "not JSON: control character 0x01"},
		{"{" V "} x", "@23", "not JSON: something follows the end of the document"},
		{"{" V "}{}", "@22", "not JSON: something follows the end of the document"},
		{"{" V "} \"", "@23", "not JSON: something follows the end of the document"},
		{"{" V "} \"x\\", "@23", "not JSON: something follows the end of the document"},
		{"{" V "} tru", "@23", "not JSON: something follows the end of the document"},
		{"{" V "}}", "@22", "not JSON: something follows the end of the document"},
		{"{" V ",\"a\":tru", "@29", "not JSON: the text ends too early"},
		{"{" V ",\"a\":-", "@27", "not JSON: the text ends too early"},
		{"{" V "} //", "@23", "not JSON: something follows the end of the document"},
		{"{" V ",/* */\"a\":1}", "@22", "not JSON: comments aren't allowed"},
		{"\v{" V "}", "@0", "not JSON: control character 0x0b"},
		{"{\f" V "}", "@1", "not JSON: control character 0x0c"},
		{"\xef\xbb\xbf{" V "}", "@0", "not JSON: this can't be here"},
		{"{" V ",\"a\":\"\\ud800\"}", "@27",
		 "not JSON: \\ud800 is half of a surrogate pair"},
		{"{" V ",\"a\":\"\\udc00\"}", "@27",
		 "not JSON: \\udc00 is half of a surrogate pair"},
		{"{" V ",\"a\":\"\\ud800\\ud800\"}", "@27",
		 "not JSON: \\ud800 is half of a surrogate pair"},
		{"{" V ",\"a\":\"\\\\\\ud800x\"}", "@29",
		 "not JSON: \\ud800 is half of a surrogate pair"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_refused(table[i].text, table[i].where, table[i].sentence);
	assert_refused_n("{" V ",\"a\":\"b\0c\"}", 32, "@28", "not JSON: control character 0x00");
	assert_refused_n("{" V "}\0", 23, "@22", "not JSON: control character 0x00");
}

static void test_utf8(void **state)
{
	static const char *const good[] = {
		"\xc2\x80",	    "\xdf\xbf",		"\xe0\xa0\x80",
		"\xed\x9f\xbf",	    "\xee\x80\x80",	"\xef\xbf\xbf",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb3z",
	};
	static const struct {
		const char *bytes, *where, *sentence;
	} bad[] = {
		{"\x80", "@21", "not UTF-8: byte 0x80 can't be here"},
		{"\xc0\x80", "@21", "not UTF-8: byte 0xc0 can't be here"}, /* NUL, overlong */
		{"\xc1\xbf", "@21", "not UTF-8: byte 0xc1 can't be here"},
		{"a\xc2", "@22", "not UTF-8: byte 0xc2 can't be here"},
		{"\xe0\x9f\xbf", "@21", "not UTF-8: byte 0xe0 can't be here"},
		{"\xed\xa0\x80", "@21", "not UTF-8: byte 0xed can't be here"}, /* surrogate */
		{"\xe2\x82", "@21", "not UTF-8: byte 0xe2 can't be here"},
		{"\xf0\x8f\xbf\xbf", "@21", "not UTF-8: byte 0xf0 can't be here"},
		{"\xf4\x90\x80\x80", "@21", "not UTF-8: byte 0xf4 can't be here"},
		{"\xf5\x80\x80\x80", "@21", "not UTF-8: byte 0xf5 can't be here"},
		{"\xf0\x9f\x90", "@21", "not UTF-8: byte 0xf0 can't be here"},
		{"ab\xff", "@23", "not UTF-8: byte 0xff can't be here"},
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		snprintf(text, sizeof(text), "{" V ",\"hostname\":\"%s\"}", good[i]);
		assert_rewritten(oci_config_table(), text, text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), "{\"zos\":{\"x\":{\"name\":\"%s\"}}," V "}",
			 bad[i].bytes);
		assert_refused(text, bad[i].where, bad[i].sentence);
	}
	/* cut off by the end of the text: no byte behind it may be looked at */
	assert_refused("{\"a\":\"\xe2\x82", "@6", "not UTF-8: byte 0xe2 can't be here");
	assert_refused("{\"a\":\"\\ud800\\ud", "@6",
		       "not JSON: \\ud800 is half of a surrogate pair");
	assert_rewritten(oci_config_table(),
			 "{" V ",\"hostname\":\"\\uD800\\uDC00\\uDBFF\\uDFFF\\uD99f\\udFa9\"}",
			 "{" V
			 ",\"hostname\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xf1\xb7\xbe\xa9\"}");
	assert_refused("{\"a\":\"\\ud800\\u", "@6",
		       "not JSON: \\ud800 is half of a surrogate pair");
	assert_refused("{\"a\":\"\\ud800xxxxxx\"}", "@6",
		       "not JSON: \\ud800 is half of a surrogate pair");
	assert_refused("{\"a\":\"\\ud800\\xdc00\"}", "@6",
		       "not JSON: \\ud800 is half of a surrogate pair");
	assert_refused("{\"a\":\"\\udbff\\ue000\"}", "@6",
		       "not JSON: \\udbff is half of a surrogate pair");
	assert_refused("{\"a\":\"\\udfff\\udfff\"}", "@6",
		       "not JSON: \\udfff is half of a surrogate pair");
	assert_refused("{\"a\":\"\\", "@7", "not JSON: the text ends too early");
	assert_refused("{\"a\":\"\\ud80", "@11", "not JSON: the text ends too early");
	assert_rewritten(
		oci_config_table(),
		"{" V ",\"hostname\":\"\\u00e9\\uD83D\\uDC33\\u20ac\\n\\/\\\\ud800\\\"\\u001f\"}",
		"{" V
		",\"hostname\":\"\xc3\xa9\xf0\x9f\x90\xb3\xe2\x82\xac\\n/\\\\ud800\\\"\\u001f\"}");
}

/* ------------------------------------------------------------------ limits */

static void test_depth(void **state)
{
	enum { ROOM = OCI_MAX_DEPTH - 1 };
	char text[200], *p, where[200];

	(void)state;
	p = stpcpy(text, "{" V ",\"x\":");
	memset(p, '[', ROOM);
	memset(p + ROOM, ']', ROOM);
	stpcpy(p + 2 * ROOM, "}");
	assert_rewritten(oci_config_table(), text, "{" V "}");
	p = stpcpy(text, "{" V ",\"x\":");
	memset(p, '[', ROOM + 1);
	memset(p + ROOM + 1, ']', ROOM + 1);
	stpcpy(p + 2 * (ROOM + 1), "}");
	p = stpcpy(where, "/x");
	for (int i = 0; i < ROOM; i++)
		p = stpcpy(p, "/0");
	assert_refused(text, where, "nested deeper than 64 levels");
	/* a scalar as deep as that is not a level more */
	p = stpcpy(text, "{" V ",\"x\":");
	memset(p, '[', ROOM);
	p[ROOM] = '7';
	memset(p + ROOM + 1, ']', ROOM);
	stpcpy(p + 2 * ROOM + 1, "}");
	assert_rewritten(oci_config_table(), text, "{" V "}");
}

static void test_count(void **state)
{
	size_t len;
	auto_free char *most = repeat("{" V ",\"x\":[", "0", OCI_MAX_VALUES - 3, "]}", &len);
	auto_free char *more = NULL;

	(void)state;
	assert_rewritten(oci_config_table(), most, "{" V "}");
	more = repeat("{" V ",\"x\":[", "0", OCI_MAX_VALUES - 2, "]}", &len);
	assert_refused_n(more, len, "/x/1048573", "the document has more than 1048576 values");
}

static void test_size(void **state)
{
	auto_free char *text = malloc(OCI_MAX_BYTES + 1);
	const char *doc = "{" V "}";
	struct doc d;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', OCI_MAX_BYTES + 1);
	memcpy(text, doc, strlen(doc));
	doc_read(&d, oci_config_table(), text, OCI_MAX_BYTES);
	assert_int_equal(d.r, 0);
	doc_free(&d);
	assert_refused_n(text, OCI_MAX_BYTES + 1, "", "the document is larger than 16 MiB");
}

/* What takes most room for its bytes; a full arena would end this program. */
static void test_arena_is_large_enough(void **state)
{
	static const struct {
		const char *head, *item, *tail;
	} docs[] = {
		{"{" V ",\"hooks\":{\"poststop\":[", "{\"path\":\"\"}", "]}}"},
		{"{" V ",\"mounts\":[", "{\"destination\":\"\"}", "]}"},
		{"{" V ",\"linux\":{\"resources\":{\"devices\":[", "{\"allow\":true}", "]}}}"},
		{"{" V ",\"process\":{\"cwd\":\"\",\"env\":[", "\"\"", "]}}"},
		{"{" V ",\"process\":{\"cwd\":\"\",\"user\":{\"additionalGids\":[", "0", "]}}}"},
		{"{" V ",\"mounts\":[", "{\"destination\":\"\",\"options\":[]}", "]}"},
		{"{" V ",\"linux\":{\"resources\":{\"memory\":{},\"cpu\":{},\"blockIO\":{},"
		 "\"network\":{}},"
		 "\"seccomp\":null,\"intelRdt\":{},\"timeOffsets\":{\"monotonic\":{},\"boottime\":{"
		 "}},"
		 "\"maskedPaths\":[",
		 "\"\"", "]}}"},
		{"{" V ",\"mounts\":[",
		 "{\"destination\":\"\",\"options\":[],\"uidMappings\":[],\"gidMappings\":[]}",
		 "]}"},
		{"{" V ",\"hooks\":{\"poststop\":[", "{\"path\":\"\",\"args\":[],\"env\":[]}",
		 "]}}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(docs); i++) {
		size_t fixed = strlen(docs[i].head) + strlen(docs[i].tail), len, values = 2;
		struct doc d;
		auto_free char *text = NULL;
		const char *p;

		for (p = docs[i].item, values = 1; (p = strchr(p, ':')); p++)
			values++;
		len = (OCI_MAX_BYTES - fixed) / (strlen(docs[i].item) + 1);
		if (len > (OCI_MAX_VALUES - 100) / values)
			len = (OCI_MAX_VALUES - 100) / values;
		text = repeat(docs[i].head, docs[i].item, len, docs[i].tail, &len);
		doc_read(&d, oci_config_table(), text, len);
		if (d.r < 0)
			fail_msg("%s: %s", d.e.where, d.e.text);
		assert_true(d.arena.used < 6 * len + 8192);
		doc_free(&d);
	}
}

static void test_long_pointer(void **state)
{
	size_t len;
	auto_free char *key = repeat("", "0123456789012345678", 10, "", &len), *text = NULL;
	struct doc d;

	(void)state;
	text = malloc(1000);
	snprintf(text, 1000, "{" V ",\"annotations\":{\"%s\":7}}", key);
	doc_read(&d, oci_config_table(), text, strlen(text));
	/* cut at a component, where it can still be found */
	assert_string_equal(d.e.where, "/annotations");
	doc_free(&d);
}

/* --------------------------------------------------------------- near miss */

static char logged[20][256];
static unsigned n_logged;

static void keep_line(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	if (n_logged < ARRAY_SIZE(logged))
		snprintf(logged[n_logged], sizeof(logged[0]), "%s", text);
	n_logged++;
}

static void test_unknown(void **state)
{
	const char *text =
		"{" V ",\"linux\":{\"readonlyPath\":[\"/x\"],\"capabilities\":{},\"Seccomp\":{"
		"\"defaultAction\":7}},\"zos\":{\"namespaces\":7},\"maskedPaths\":[],"
		"\"destination\":7,\"a/b\\n\":7}";
	size_t len;
	auto_free char *many =
		repeat("{" V ",\"mounts\":[", "{\"destination\":\"/\",\"x\":1}", 200, "]}", &len);
	struct doc d;

	(void)state;
	n_logged = 0;
	log_sink(keep_line, NULL);
	log_set_level(LOG_LEVEL_INFO);
	read_config(&d, text);
	doc_free(&d);
	assert_int_equal(n_logged, 0);
	log_set_level(LOG_LEVEL_DEBUG);
	read_config(&d, text);
	assert_null(((struct oci_config *)d.value)->linux_->readonly_paths);
	doc_free(&d);
	assert_int_equal(n_logged, 7);
	assert_string_equal(logged[0], "/linux/: unknown property \"readonlyPath\" skipped; "
				       "did you mean \"readonlyPaths\"?");
	assert_string_equal(logged[1], "/linux/: unknown property \"capabilities\" skipped; "
				       "did you mean /process/capabilities?");
	assert_string_equal(logged[2], "/linux/: unknown property \"Seccomp\" skipped; "
				       "did you mean \"seccomp\"?");
	assert_string_equal(logged[3], "/: unknown property \"zos\" skipped");
	assert_string_equal(logged[4], "/: unknown property \"maskedPaths\" skipped; "
				       "did you mean /linux/maskedPaths?");
	assert_string_equal(logged[5], "/: unknown property \"destination\" skipped; "
				       "did you mean /mounts/*/destination?");
	assert_string_equal(logged[6], "/: unknown property \"a/b\\n\" skipped");
	n_logged = 0;
	read_config(&d, many);
	doc_free(&d);
	assert_int_equal(n_logged, 101);
	log_sink(NULL, NULL);
	log_set_level(LOG_LEVEL_ERROR);
}

/* -------------------------------------------------------------- round trip */

static const struct oci_table *(*const roots[])(void) = {
	oci_config_table, oci_state_table, oci_process_state_table, oci_features_table};

static void sample(FILE *f, const struct oci_table *table);

static void sample_integer(FILE *f, const struct oci_field *field, bool highest)
{
	if (highest)
		fprintf(f, "%llu", (unsigned long long)field->max);
	else
		fprintf(f, "%lld", (long long)field->min);
}

static void sample_string(FILE *f, const struct oci_field *field, const char *otherwise)
{
	if (field->choices)
		fprintf(f, "\"%.*s\"", (int)strcspn(field->choices, "|"), field->choices);
	else
		fprintf(f, "\"%s\"", otherwise);
}

/* As many elements as make it differ from one: nothing, something and something else. */
static void sample_value(FILE *f, const struct oci_field *field)
{
	switch (field->kind) {
	case OCI_STR:
		sample_string(f, field, field->key);
		break;
	case OCI_BOOL:
		fprintf(f, "true");
		break;
	case OCI_INT:
		sample_integer(f, field, true);
		break;
	case OCI_OBJ:
		sample(f, field->object());
		break;
	case OCI_LIST:
		fprintf(f, "[");
		sample(f, field->object());
		fprintf(f, ",");
		sample(f, field->object());
		fprintf(f, "]");
		break;
	case OCI_STRS:
		fprintf(f, "[");
		sample_string(f, field, "");
		fprintf(f, ",");
		sample_string(f, field, "\\u0001\\\"");
		fprintf(f, "]");
		break;
	case OCI_INTS:
		fprintf(f, "[");
		sample_integer(f, field, true);
		fprintf(f, ",");
		sample_integer(f, field, false);
		fprintf(f, "]");
		break;
	case OCI_MAP:
		fprintf(f, "{\"b\":\"1\",\"a\":\"\",\"/~\":\"3\"}");
		break;
	case OCI_MAPOBJ:
		fprintf(f, "{\"b\":");
		sample(f, field->object());
		fprintf(f, ",\"a\":");
		sample(f, field->object());
		fprintf(f, "}");
		break;
	}
}

static void sample(FILE *f, const struct oci_table *table)
{
	fprintf(f, "{");
	for (size_t i = 0; i < table->n_fields; i++) {
		fprintf(f, "%s\"%s\":", i ? "," : "", table->fields[i].key);
		sample_value(f, &table->fields[i]);
	}
	fprintf(f, "}");
}

/* A document with every property that a table has, read and written, stays what it was. */
static void test_every_property(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		auto_free char *text = NULL, *pretty = NULL;
		size_t len, pretty_len;
		FILE *f = open_memstream(&text, &len);
		struct err e = {0};
		struct doc d;

		assert_non_null(f);
		sample(f, roots[i]());
		fclose(f);
		assert_rewritten(roots[i](), text, text);
		doc_read(&d, roots[i](), text, len);
		assert_int_equal(oci_write(roots[i](), d.value, true, &pretty, &pretty_len, &e), 0);
		doc_free(&d);
		assert_int_equal(strlen(pretty), pretty_len);
		assert_rewritten(roots[i](), pretty, text);
	}
}

/* Each object with all that it requires but one thing is refused at just that. */
static void check_required(const struct oci_table *table)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		auto_free char *text = NULL;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		const char *sep = "";
		struct doc d;

		assert_non_null(out);
		fprintf(out, "{");
		for (size_t j = 0; j < table->n_fields; j++) {
			if (j == i || !(table->fields[j].flags & OCI_REQ))
				continue;
			fprintf(out, "%s\"%s\":", sep, table->fields[j].key);
			sample_value(out, &table->fields[j]);
			sep = ",";
		}
		fprintf(out, "}");
		fclose(out);
		doc_read(&d, table, text, len);
		if (table->fields[i].flags & OCI_REQ) {
			char where[200];

			snprintf(where, sizeof(where), "/%s", table->fields[i].key);
			assert_true(d.r < 0);
			assert_string_equal(d.e.where, where);
		} else {
			assert_int_equal(d.r, 0);
		}
		doc_free(&d);
		if (table->fields[i].object)
			check_required(table->fields[i].object());
	}
}

static void test_required(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		check_required(roots[i]());
}

static void check_table(const struct oci_table *table)
{
	assert_in_range(table->n_fields, 1, 64); /* the reader has a bit for each */
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct oci_field *f = &table->fields[i];

		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(f->key, table->fields[j].key);
		if (f->kind == OCI_INT || f->kind == OCI_INTS) {
			assert_true(f->max > 0);
			assert_true(f->width == 2 || f->width == 4 || f->width == 8);
			if (f->width < 8 && f->min < 0) /* the range fits in the member */
				assert_true(f->min >= -(INT64_C(1) << (8 * f->width - 1)) &&
					    f->max < UINT64_C(1) << (8 * f->width - 1));
			else if (f->width < 8)
				assert_true(f->max < UINT64_C(1) << 8 * f->width);
		}
		if (f->choices)
			assert_true(*f->choices && !strstr(f->choices, "||") &&
				    f->choices[strlen(f->choices) - 1] != '|');
		if (f->object)
			check_table(f->object());
	}
}

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		check_table(roots[i]());
}

/* ------------------------------------------------------------------ writer */

static void test_writer(void **state)
{
	struct oci_pair pairs[] = {{"k\"", "v\\"}, {"\x7f\x01\xff", "a\xc3(\xed\xa0\x80"}};
	struct oci_state values[2] = {
		{.oci_version = "1.3.0", .id = "a", .status = "stopped", .bundle = "/b"},
		{.oci_version = "1.3.0",
		 .id = "b",
		 .has_pid = true,
		 .pid = 7,
		 .status = "running",
		 .bundle = "/\b\f\n\r\t",
		 .annotations = pairs,
		 .n_annotations = 2},
	};
	struct oci_mount mount = {.destination = "/", .options = (const char *[]){NULL}};
	auto_free char *list = NULL, *none = NULL, *pretty = NULL, *empty = NULL;
	struct err e = {0};
	size_t len;

	(void)state;
	assert_int_equal(oci_write_list(oci_state_table(), values, 2, false, &list, &len, &e), 0);
	assert_string_equal(list,
			    "[{" V ",\"id\":\"a\",\"status\":\"stopped\",\"bundle\":\"/b\"},"
			    "{" V ",\"id\":\"b\",\"pid\":7,\"status\":\"running\","
			    "\"bundle\":\"/\\b\\f\\n\\r\\t\",\"annotations\":{\"k\\\"\":\"v\\\\\","
			    "\"\\u007f\\u0001\xef\xbf\xbd\":"
			    "\"a\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}}]");
	assert_int_equal(strlen(list), len);
	assert_int_equal(oci_write_list(oci_state_table(), NULL, 0, true, &none, &len, &e), 0);
	assert_string_equal(none, "[]\n");
	assert_int_equal(oci_write(oci_state_table(), &values[0], true, &pretty, &len, &e), 0);
	assert_string_equal(pretty, "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"a\",\n"
				    "  \"status\": \"stopped\",\n  \"bundle\": \"/b\"\n}\n");
	assert_int_equal(len, strlen(pretty));
	assert_int_equal(oci_write(oci_mount_table(), &mount, true, &empty, &len, &e), 0);
	assert_string_equal(empty, "{\n  \"destination\": \"/\",\n  \"options\": []\n}\n");
}

/* A string longer than the writer's first buffer, with escapes all over. */
static void test_long_string(void **state)
{
	size_t len;
	auto_free char *text =
		repeat("{" V ",\"hostname\":\"", "0123456\\n\xe2\x82\xac", 5000, "\"}", &len);

	(void)state;
	assert_rewritten(oci_config_table(), text, text);
}

/* ------------------------------------------------------------------ locate */

static const char located[] =
	"\n{ \"a\" : [ 1,\n"							    /* 2 */
	"  \"x]\\\"\", {\"b\":\n"						    /* 3 */
	"\ttrue } ],\n"								    /* 4 */
	"\"c/d~\":{\"\":7}, \"\\u00e9\\uD83d\\udc33\\n\": null,\n"		    /* 5 */
	"\"x1y0/~\":-1.5e3, \"\\u0080\\u0800\\u07fF\": [[],[{}]] ,\n"		    /* 6 */
	"\"\\ud800\\udc00\\udbff\\udfff\\ue000\\ud7ff\\u007f\\u0009\" :\"\\\\\",\n" /* 7 */
	"\"\\/\\\\\\\"\\b\\f\\n\\r\\t\": {\"z\":false},\n"			    /* 8 */
	"\"broken\": [ 1, }";							    /* 9 */

static const struct {
	const char *pointer;
	unsigned line, column;
} places[] = {
	{"", 2, 1},
	{"/a", 2, 9},
	{"/a/0", 2, 11},
	{"/a/1", 3, 3},
	{"/a/2", 3, 11},
	{"/a/2/b", 4, 2},
	{"/c~1d~0", 5, 8},
	{"/c~1d~0/", 5, 12},
	{"/\xc3\xa9\xf0\x9f\x90\xb3\n", 5, 40},
	{"/x1y0~1~0", 6, 10},
	{"/\xc2\x80\xe0\xa0\x80\xdf\xbf", 6, 40},
	{"/\xc2\x80\xe0\xa0\x80\xdf\xbf/0", 6, 41},
	{"/\xc2\x80\xe0\xa0\x80\xdf\xbf/1/0", 6, 45},
	{"/\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xee\x80\x80\xed\x9f\xbf\x7f\t", 7, 53},
	{"/~1\\\"\b\f\n\r\t", 8, 21},
	{"/~1\\\"\b\f\n\r\t/z", 8, 26},
	{"/broken", 9, 11},
	{"/broken/0", 9, 13},
};

/* What is absent: the nearest enclosing value. */
static const struct {
	const char *pointer;
	unsigned line, column;
} absent[] = {
	{"/a/3", 2, 9},	   {"/a/x", 2, 9},	 {"/a/0/q", 2, 11},
	{"/a/2/q", 3, 11}, {"/a/2/b/c", 4, 2},	 {"/nope", 2, 1},
	{"/nope/0", 2, 1}, {"/broken/1", 9, 16}, {"/a/", 2, 9},
	{"/c", 2, 1},	   {"/c~1d", 2, 1},	 {"/c~1d~0x", 2, 1},
	{"/A", 2, 1},	   {"/c/d~0", 2, 1},	 {"/a/99999999999999999999", 2, 9},
	{"/a/01x", 3, 3},  {"/a~0", 2, 1},	 {"/x1y0~1", 2, 1},
	{"a", 2, 1},
};

/* In a copy of exactly that many bytes, so that a sanitizer sees a step too far. */
static bool locate(size_t len, const char *pointer, unsigned *line, unsigned *column)
{
	auto_free char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, located, len);
	return oci_locate(copy, len, pointer, line, column);
}

static size_t offset_of(unsigned line, unsigned column)
{
	const char *p = located;

	while (--line)
		p = strchr(p, '\n') + 1;
	return (size_t)(p - located) + column - 1;
}

static void test_locate(void **state)
{
	const size_t full = sizeof(located) - 1;
	unsigned line, column;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		/* what follows the value makes no difference, be it nothing */
		for (size_t len = full; len > offset_of(places[i].line, places[i].column); len--) {
			line = column = 0;
			if (!locate(len, places[i].pointer, &line, &column) ||
			    line != places[i].line || column != places[i].column)
				fail_msg("%s in %zu bytes: %u:%u", places[i].pointer, len, line,
					 column);
		}
		/* and where it isn't there yet, something before it is found, or nothing */
		for (size_t len = offset_of(places[i].line, places[i].column); len > 0; len--)
			if (locate(len, places[i].pointer, &line, &column))
				assert_true(offset_of(line, column) < len);
	}
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		line = column = 0;
		if (!locate(full, absent[i].pointer, &line, &column) || line != absent[i].line ||
		    column != absent[i].column)
			fail_msg("%s: %u:%u", absent[i].pointer, line, column);
	}
}

static void test_locate_offset(void **state)
{
	const char *text = "a\n\nbc\n";
	unsigned line, column;

	(void)state;
	for (size_t i = 0; i <= 6; i++) {
		static const unsigned lines[] = {1, 1, 2, 3, 3, 3, 4},
				      columns[] = {1, 2, 1, 1, 2, 3, 1};
		char pointer[8];

		snprintf(pointer, sizeof(pointer), "@%zu", i);
		assert_true(oci_locate(text, 6, pointer, &line, &column));
		assert_int_equal(line, lines[i]);
		assert_int_equal(column, columns[i]);
	}
	assert_false(oci_locate(text, 6, "@7", &line, &column));
	assert_false(oci_locate(text, 6, "@99999999999999999999999", &line, &column));
	assert_false(oci_locate(text, 6, "@1x", &line, &column));
	assert_false(oci_locate("", 0, "/a", &line, &column));
	assert_false(oci_locate(" \n", 2, "", &line, &column));
	/* bytes that no reader gets past must not hold us up either */
	assert_true(oci_locate("[\0,[\0", 5, "/1/0", &line, &column));
	assert_int_equal(column, 5);
	assert_true(oci_locate("[\0", 2, "/1", &line, &column));
	assert_int_equal(column, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_null_is_absent),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_not_json),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_arena_is_large_enough),
		cmocka_unit_test(test_long_pointer),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_every_property),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_long_string),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_locate_offset),
	};

	return cmocka_run_group_tests_name("ocispec", tests, NULL, NULL);
}
