#include "plan/seccomp-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"

/* As it lies in the file. Of this machine's byte order: magic shows when it isn't. */
struct head {
	uint64_t magic;
	uint8_t key[BLAKE2B_BYTES];  /* a file that was renamed is found out */
	uint8_t hash[BLAKE2B_BYTES]; /* of all of the file, with zeroes here */
	uint32_t n;
	uint32_t reserved;
};

static const uint64_t magic = 0x31504d434c4c5548; /* "HULLCMP1" */

struct name {
	char text[2 * BLAKE2B_BYTES + 1];
};

static struct name key_name(const struct seccomp_key *key)
{
	static const char digits[] = "0123456789abcdef";
	struct name name;

	for (size_t i = 0; i < BLAKE2B_BYTES; i++) {
		name.text[2 * i] = digits[key->hash[i] >> 4];
		name.text[2 * i + 1] = digits[key->hash[i] & 15];
	}
	name.text[2 * BLAKE2B_BYTES] = '\0';
	return name;
}

static void content_hash(const struct head *head, const void *filter, uint8_t out[BLAKE2B_BYTES])
{
	struct head blank = *head;
	struct blake2b b;

	memset(blank.hash, 0, sizeof(blank.hash));
	blake2b_init(&b);
	blake2b_add(&b, &blank, sizeof(blank));
	blake2b_add(&b, filter, head->n * sizeof(struct sock_filter));
	blake2b_end(&b, out);
}

static void log_failure(const char *what, struct err *e)
{
	char buf[512];
	struct str text = STR_ON(buf);

	if (log_wants(LOG_LEVEL_DEBUG)) {
		err_format(e, &text);
		log_debug("the cache of seccomp filters can't be %s: %s", what, buf);
	}
	err_drop(e);
}

/* Ours, and nobody else may write to it. */
static bool trusted(int fd, mode_t type, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return true;
	log_debug("`%s` in the cache of seccomp filters is not used: not ours alone", name);
	return false;
}

/* Returns a descriptor, or -1 when there is none to be trusted. */
static int open_dir(const char *run_dir, bool make)
{
	auto_close int root = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC), dir = -EBADF;

	if (root < 0)
		return -1;
	if (make && mkdirat(root, SECCOMP_CACHE_DIR, 0700) < 0 && errno != EEXIST)
		return -1;
	dir = openat(root, SECCOMP_CACHE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || !trusted(dir, S_IFDIR, SECCOMP_CACHE_DIR))
		return -1;
	return steal_fd(&dir);
}

static bool whole(const char *text, size_t len, const struct seccomp_key *key, struct head *head)
{
	uint8_t hash[BLAKE2B_BYTES];

	if (len < sizeof(*head))
		return false;
	memcpy(head, text, sizeof(*head));
	if (head->magic != magic || memcmp(head->key, key->hash, sizeof(head->key)) != 0 ||
	    head->n == 0 || head->n > SECCOMP_FILTER_MAX ||
	    len != sizeof(*head) + head->n * sizeof(struct sock_filter))
		return false;
	content_hash(head, text + sizeof(*head), hash);
	return memcmp(hash, head->hash, sizeof(hash)) == 0;
}

bool seccomp_cache_get(const char *run_dir, const struct seccomp_key *key, struct arena *a,
		       const struct sock_filter **filter, unsigned short *n)
{
	struct name name = key_name(key);
	auto_close int dir = open_dir(run_dir, false), fd = -EBADF;
	auto_free char *text = NULL;
	struct err e = {0};
	struct head head;
	size_t len;

	if (dir < 0)
		return false;
	fd = openat(dir, name.text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !trusted(fd, S_IFREG, name.text))
		return false;
	if (file_read_fd(fd, name.text,
			 sizeof(head) + SECCOMP_FILTER_MAX * sizeof(struct sock_filter), &text,
			 &len, &e) < 0) {
		log_failure("read", &e);
		return false;
	}
	if (!whole(text, len, key, &head)) {
		log_debug("`%s` in the cache of seccomp filters is damaged: compiling anew",
			  name.text);
		return false;
	}
	*filter = arena_dup(a, text + sizeof(head), head.n * sizeof(struct sock_filter));
	*n = (unsigned short)head.n;
	return true;
}

struct oldest {
	char name[NAME_MAX + 1];
	struct timespec when;
	size_t count; /* of all files */
};

static bool before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Half-written files of runtimes that were killed are in there too, and go the same way. */
static void find_oldest(DIR *d, struct oldest *o)
{
	struct dirent *entry;

	o->count = 0;
	rewinddir(d);
	while ((entry = readdir(d))) {
		struct stat st;

		if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    S_ISDIR(st.st_mode))
			continue;
		if (o->count++ == 0 || before(&st.st_mtim, &o->when)) {
			memcpy(o->name, entry->d_name, strlen(entry->d_name) + 1);
			o->when = st.st_mtim;
		}
	}
}

static void prune(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct oldest o;

	if (!d) {
		close_keep_errno(&copy);
		return;
	}
	for (find_oldest(d, &o); o.count > SECCOMP_CACHE_FILES; find_oldest(d, &o))
		if (unlinkat(dir, o.name, 0) < 0 && errno != ENOENT)
			break;
	closedir(d);
}

void seccomp_cache_put(const char *run_dir, const struct seccomp_key *key,
		       const struct sock_filter *filter, unsigned short n)
{
	struct name name = key_name(key);
	auto_close int dir = open_dir(run_dir, true);
	struct head head = {.magic = magic, .n = n};
	size_t size = n * sizeof(*filter);
	auto_free char *text = NULL;
	struct err e = {0};

	if (dir < 0) {
		log_debug("there is no cache of seccomp filters below `%s`", run_dir);
		return;
	}
	text = malloc(sizeof(head) + size);
	if (!text)
		return;
	memcpy(head.key, key->hash, sizeof(head.key));
	content_hash(&head, filter, head.hash);
	memcpy(text, &head, sizeof(head));
	memcpy(text + sizeof(head), filter, size);
	if (file_replace(dir, name.text, text, sizeof(head) + size, 0600, &e) < 0)
		log_failure("written", &e);
	prune(dir);
}
