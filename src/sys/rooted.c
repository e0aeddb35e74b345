#include "sys/rooted.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "sys/syscalls.h"

enum { TRIES = 128, LINKS_MAX = 40 };

static int open_resolved(int root, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.mode = mode,
		.resolve = RESOLVE_NO_MAGICLINKS | resolve,
	};
	int tries = 0, fd;

	if (!(flags & O_PATH))
		how.flags |= O_NONBLOCK | O_NOCTTY;
	/* EAGAIN: something was renamed while the kernel walked. Bounded, or a busy
	 * container could keep us here. */
	do
		fd = sys_openat2(root, path, &how);
	while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < TRIES);
	return fd;
}

int rooted_open(int root, const char *path, int flags, mode_t mode, struct err *e)
{
	int fd = open_resolved(root, path, flags, mode, RESOLVE_IN_ROOT);

	if (fd < 0)
		return err_sys(e, "openat2", path);
	return fd;
}

int rooted_open_plain(int root, const char *path, int flags, struct err *e)
{
	int fd = open_resolved(root, path, flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

	if (fd < 0)
		return err_sys(e, "openat2", path);
	return fd;
}

/* The next component of *path: where it begins; *len is 0 at the end. Skips "//" and "/./". */
static const char *next_part(const char **path, size_t *len)
{
	const char *p = *path;

	for (;;) {
		while (*p == '/')
			p++;
		*len = strcspn(p, "/");
		*path = p + *len;
		if (*len != 1 || *p != '.')
			return p;
		p += *len;
	}
}

/* Whether anything but slashes and dots follows. */
static bool is_last(const char *rest)
{
	size_t len;

	next_part(&rest, &len);
	return len == 0;
}

static int make_one(int parent, const char *name, mode_t type, mode_t mode)
{
	int fd;

	if (type == S_IFDIR)
		return mkdirat(parent, name, mode);
	fd = openat(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, mode);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/*
 * The name is taken by a link to nothing: spells out in `into` what the whole path then is,
 * so that the target is made, inside root. Returns false if it isn't a link.
 */
static bool follow_dangling(int parent, const char *done, const char *name, const char *rest,
			    struct str *into)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	if (n <= 0)
		return false;
	target[n] = '\0';
	if (target[0] != '/')
		str_addf(into, "%s/", done);
	str_addf(into, "%s%s", target, rest);
	return !str_cut(into);
}

/*
 * Walks path from root, one component a time, making what is missing. Each step is resolved anew
 * from root, so ".." and links are the kernel's business. Returns -EAGAIN, with no error
 * set, when a dangling link was met: *again is the path to walk instead.
 */
static int walk_make(int root, const char *path, mode_t type, mode_t mode, struct str *again,
		     struct err *e)
{
	char done[PATH_MAX] = "", name[NAME_MAX + 1];
	struct str so_far = STR_ON(done);
	auto_close int at = open_resolved(root, "/", O_PATH | O_DIRECTORY, 0, RESOLVE_IN_ROOT);

	if (at < 0)
		return err_sys(e, "openat2", "/");
	for (;;) {
		size_t len, before = so_far.len;
		const char *part = next_part(&path, &len);
		bool last = is_last(path);
		int next;

		if (len == 0)
			return steal_fd(&at);
		if (len > NAME_MAX || str_cut(&so_far)) {
			errno = ENAMETOOLONG;
			return err_sys(e, "openat2", done);
		}
		memcpy(name, part, len);
		name[len] = '\0';
		str_addf(&so_far, "/%s", name);
		next = open_resolved(root, done, O_PATH, 0, RESOLVE_IN_ROOT);
		if (next < 0 && errno == ENOENT) {
			if (make_one(at, name, last ? type : S_IFDIR, last ? mode : 0755) < 0 &&
			    errno != EEXIST)
				return err_sys(e, last && type != S_IFDIR ? "create" : "mkdirat",
					       done);
			next = open_resolved(root, done, O_PATH, 0, RESOLVE_IN_ROOT);
			if (next < 0 && errno == ENOENT) {
				done[before] = '\0';
				if (follow_dangling(at, done, name, path, again))
					return -EAGAIN;
				done[before] = '/';
				errno = ENOENT;
			}
		}
		if (next < 0)
			return err_sys(e, "openat2", done);
		close(at);
		at = next;
	}
}

/* The directory that holds path's last component, and that: -EINVAL if it has none by name. */
static int split_last(const char *path, char dir[static PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');
	struct str s = {.buf = dir, .size = PATH_MAX};

	*name = slash ? slash + 1 : path;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return -EINVAL;
	str_add(&s, path, slash ? (size_t)(slash - path) : 0);
	str_add(&s, "/", 1);
	return str_cut(&s) ? -ENAMETOOLONG : 0;
}

/*
 * What is mostly the case: the last component alone is missing. Returns -1 if it isn't so, or
 * something else is in the way: walk_make() sees to that then, and finds the words.
 */
static int make_last(int root, const char *path, mode_t type, mode_t mode)
{
	char dir[PATH_MAX];
	auto_close int parent = -EBADF;
	const char *name;

	if (split_last(path, dir, &name) < 0)
		return -1;
	parent = open_resolved(root, dir, O_PATH | O_DIRECTORY, 0, RESOLVE_IN_ROOT);
	if (parent < 0 || make_one(parent, name, type, mode) < 0)
		return -1;
	return open_resolved(parent, name, O_PATH, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
}

int rooted_make_missing(int root, const char *path, mode_t type, mode_t mode, struct err *e)
{
	char paths[2][PATH_MAX];
	int fd = make_last(root, path, type, mode);

	if (fd >= 0)
		return fd;
	for (int links = 0; links < LINKS_MAX; links++) {
		struct str again = STR_ON(paths[links % 2]);

		fd = walk_make(root, path, type, mode, &again, e);
		if (fd != -EAGAIN || e->kind != ERR_NONE)
			return fd;
		path = paths[links % 2];
	}
	errno = ELOOP;
	return err_sys(e, "openat2", path);
}

int rooted_make(int root, const char *path, mode_t type, mode_t mode, struct err *e)
{
	int fd = open_resolved(root, path, O_PATH, 0, RESOLVE_IN_ROOT);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return err_sys(e, "openat2", path);
	return rooted_make_missing(root, path, type, mode, e);
}

int rooted_parent(int root, const char *path, const char **name, struct err *e)
{
	char dir[PATH_MAX];
	int r = split_last(path, dir, name);

	if (r == -EINVAL)
		return err_set(e, ERR_SPEC, EINVAL, "`%s` has no last component", path);
	if (r < 0) {
		errno = -r;
		return err_sys(e, "openat2", path);
	}
	return rooted_make(root, dir, S_IFDIR, 0755, e);
}

ssize_t rooted_read(int root, const char *path, char *buf, size_t max, struct err *e)
{
	auto_close int fd = rooted_open(root, path, O_RDONLY, 0, e);
	size_t used = 0;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", path);
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size >= max)
		return err_set(e, ERR_SPEC, EFBIG,
			       "`%s` is not a regular file of less than %zu bytes", path, max);
	while (used < max - 1) {
		ssize_t n = read(fd, buf + used, max - 1 - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read", path);
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}
