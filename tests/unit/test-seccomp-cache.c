/* The cache of compiled filters: what is found again, and what never is. */
#include <fcntl.h>
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

#include "base/table.h"
#include "plan/seccomp-cache.h"
#include "seccomp-fixture.h"

#define X86 "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],"

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
		with_dir(kept_and_found), with_dir(damage),	   with_dir(not_ours),
		with_dir(bounded),	  with_dir(compiled_once), with_dir(every_part_counts),
		with_dir(no_cache),
	};

	return cmocka_run_group_tests(tests, make_arena, NULL);
}
