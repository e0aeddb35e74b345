#include "sys/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "sys/cgroup-tree.h"

/* "/sys/fs/cgroup/pids" "/hull-web" "pids.max" -> one path in buf (PATH_MAX). */
static int file_path(const struct cgroup_place *c, const char *file, char *buf, struct err *e)
{
	struct str s = {.buf = buf, .size = PATH_MAX};

	str_addf(&s, "%s%s%s%s", c->dir, c->path, file ? "/" : "", file ? file : "");
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "open", c->path);
	}
	return 0;
}

int cgroupfs_open(const struct cgroup_place *c, const char *file, int flags, struct err *e)
{
	char path[PATH_MAX];
	int fd, r;

	r = file_path(c, file, path, e);
	if (r < 0)
		return r;
	fd = openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, "open", path);
	return fd;
}

int cgroup_read_at(int dir, const char *file, char *buf, size_t size)
{
	auto_close int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t used = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf + used, size - 1 - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (used == size - 1)
			break;
	}
	if (used > 0 && buf[used - 1] == '\n')
		used--;
	buf[used] = '\0';
	return (int)used;
}

int cgroup_write_at(int dir, const char *file, const char *value)
{
	auto_close int fd = openat(dir, file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* err_sys() for what the functions above returned. */
static int failed(int r, const char *op, const char *path, struct err *e)
{
	errno = -r;
	return err_sys(e, op, path);
}

int cgroupfs_read(const struct cgroup_place *c, const char *file, char *buf, size_t size,
		  struct err *e)
{
	char path[PATH_MAX];
	int r = file_path(c, file, path, e);

	if (r < 0)
		return r;
	r = cgroup_read_at(AT_FDCWD, path, buf, size);
	return r < 0 ? failed(r, "read", path, e) : 0;
}

int cgroupfs_write(const struct cgroup_place *c, const char *file, const char *value, struct err *e)
{
	char path[PATH_MAX];
	int r = file_path(c, file, path, e);

	if (r < 0)
		return r;
	r = cgroup_write_at(AT_FDCWD, path, value);
	return r < 0 ? failed(r, "write", path, e) : 0;
}

int cgroupfs_read_u64(const struct cgroup_place *c, const char *file, uint64_t *value,
		      struct err *e)
{
	char text[64];
	int r = cgroupfs_read(c, file, text, sizeof(text), e);

	if (r < 0)
		return r;
	if (strcmp(text, "max") == 0) {
		*value = UINT64_MAX;
		return 0;
	}
	if (!num_u64(text, UINT64_MAX, value))
		return err_set(e, ERR_PROTO, EPROTO,
			       "`%s` of the cgroup `%s` holds no number: `%s`", file, c->path,
			       text);
	return 0;
}

bool cgroupfs_exists(const struct cgroup_place *c)
{
	char path[PATH_MAX];
	struct err ignored = {0};
	struct stat st;

	return file_path(c, NULL, path, &ignored) == 0 &&
	       fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

struct backoff backoff_start(unsigned ms)
{
	return (struct backoff){.until = now_ns() + ms * 1000000ull, .us = 100};
}

bool backoff_wait(struct backoff *b)
{
	struct timespec ts = {.tv_nsec = (long)b->us * 1000};

	if (now_ns() >= b->until)
		return false;
	nanosleep(&ts, NULL);
	b->us = b->us * 2 > 10000 ? 10000 : b->us * 2;
	return true;
}

/* Value of "key N" in a flat keyed file such as cgroup.events, or -1. */
static int flat_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		if (strncmp(p, key, len) == 0 && p[len] == ' ')
			return p[len + 1] == '1';
	return -1;
}

/* A file or cgroup that isn't there (any more) is an answer too. */
static bool gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

int cgroupfs_populated(const struct cgroup_place *c, struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids pids = {0};
	char text[256];
	int r;

	if (!c->v2) {
		r = cgroupfs_pids(c, &pids, e);
		return r < 0 ? r : pids.n > 0;
	}
	r = cgroupfs_read(c, "cgroup.events", text, sizeof(text), e);
	if (gone(r)) {
		err_drop(e);
		return 0;
	}
	return r < 0 ? r : flat_key(text, "populated") == 1;
}

/* 1: frozen, 0: not, 2: on the way. */
static int frozen_now(const struct cgroup_place *c, struct err *e)
{
	char text[256];
	int r;

	r = cgroupfs_read(c, c->v2 ? "cgroup.events" : "freezer.state", text, sizeof(text), e);
	if (r < 0)
		return r;
	if (c->v2)
		return flat_key(text, "frozen") == 1;
	return strcmp(text, "FROZEN") == 0 ? 1 : strcmp(text, "THAWED") == 0 ? 0 : 2;
}

int cgroupfs_is_frozen(const struct cgroup_place *c, struct err *e)
{
	char text[16];
	int r = frozen_now(c, e);

	if (gone(r)) {
		err_drop(e);
		return 0;
	}
	if (r != 0 || !c->v2)
		return r < 0 ? r : r != 0;
	/* An empty cgroup that was told to freeze says "frozen 0", and what enters it is frozen. */
	r = cgroupfs_read(c, "cgroup.freeze", text, sizeof(text), e);
	if (gone(r)) {
		err_drop(e);
		return 0;
	}
	return r < 0 ? r : text[0] == '1';
}

/* After a freeze that did not come about. */
static int freeze_given_up(const struct cgroup_place *c, unsigned ms, struct err *e)
{
	struct err ignored = {0};

	if (cgroupfs_write(c, c->v2 ? "cgroup.freeze" : "freezer.state", c->v2 ? "0" : "THAWED",
			   &ignored) < 0)
		err_drop(&ignored);
	return err_set(e, ERR_STATE, ETIMEDOUT,
		       "the processes of the cgroup `%s%s` did not freeze within %u ms", c->dir,
		       c->path, ms);
}

int cgroupfs_freeze(const struct cgroup_place *c, bool freeze, unsigned ms, struct err *e)
{
	const char *file = c->v2 ? "cgroup.freeze" : "freezer.state";
	const char *value = c->v2 ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
	struct backoff wait = backoff_start(ms);
	int r = cgroupfs_write(c, file, value, e);

	while (r == 0) {
		int now = frozen_now(c, e);

		if (now < 0)
			return now;
		if (now == freeze)
			return 0;
		if (c->v2 && freeze) {
			/* Nobody is in it: there is nothing to wait for. */
			int alive = cgroupfs_populated(c, e);

			if (alive <= 0)
				return alive;
		}
		if (!backoff_wait(&wait))
			return freeze ? freeze_given_up(c, ms, e)
				      : err_set(e, ERR_STATE, ETIMEDOUT,
						"the cgroup `%s%s` did not thaw within %u ms: is a "
						"parent of it frozen?",
						c->dir, c->path, ms);
		/* v1: a process that forks at the wrong moment is only caught by asking again. */
		if (!c->v2)
			r = cgroupfs_write(c, file, value, e);
	}
	return r;
}

int cgroupfs_kill(const struct cgroup_place *c, struct err *e)
{
	int r = cgroupfs_write(c, "cgroup.kill", "1", e);

	if (gone(r)) {
		err_drop(e);
		return 0;
	}
	return r;
}

int cgroupfs_delegate(const struct cgroup_place *c, uid_t uid, struct err *e)
{
	static const char usual[] = "cgroup.procs\ncgroup.threads\ncgroup.subtree_control";
	char files[4096], *save = NULL;
	auto_close int dir = cgroupfs_open(c, NULL, O_RDONLY | O_DIRECTORY, e);

	if (dir < 0)
		return dir;
	if (cgroup_read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof(files)) < 0)
		memcpy(files, usual, sizeof(usual));
	if (fchown(dir, uid, (gid_t)-1) < 0)
		return err_sys(e, "chown", c->path);
	for (char *f = strtok_r(files, "\n", &save); f; f = strtok_r(NULL, "\n", &save)) {
		if (strchr(f, '/'))
			continue;
		/* The list is of all that a kernel may have; a controller may not be enabled. */
		if (fchownat(dir, f, uid, (gid_t)-1, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return err_sys(e, "chown", f);
	}
	return 0;
}
