#include "step/init-copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { DEPTH_MAX = 64, CHUNK = 1 << 20 };

struct linux_dirent64 {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static int copy_dir(int from, int to, const char *name, int depth, struct err *e);

/* Owner before mode: chown(2) clears the set-id bits. */
static int copy_meta(int fd, const struct stat *st, const char *name, struct err *e)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	if (fchown(fd, st->st_uid, st->st_gid) < 0)
		return err_sys(e, "fchown", name);
	if (fchmod(fd, st->st_mode & 07777) < 0)
		return err_sys(e, "fchmod", name);
	if (futimens(fd, times) < 0)
		return err_sys(e, "futimens", name);
	return 0;
}

static int copy_file(int dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	auto_close int in = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_close int out = -EBADF;
	ssize_t n;

	if (in < 0)
		return err_sys(e, "open", name);
	out = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(e, "create", name);
	while ((n = sendfile(out, in, NULL, CHUNK)) > 0)
		;
	if (n < 0)
		return err_sys(e, "sendfile", name);
	return copy_meta(out, st, name, e);
}

static int copy_link(int dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	char to[4096];
	ssize_t n = readlinkat(dir, name, to, sizeof(to) - 1);

	if (n < 0)
		return err_sys(e, "readlink", name);
	to[n] = '\0';
	if (symlinkat(to, to_dir, name) < 0)
		return err_sys(e, "symlinkat", name);
	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "fchownat", name);
	return 0;
}

static int copy_sub(int dir, int to_dir, const char *name, const struct stat *st, int depth,
		    struct err *e)
{
	auto_close int in = -EBADF, out = -EBADF;
	int r;

	if (mkdirat(to_dir, name, 0700) < 0)
		return err_sys(e, "mkdirat", name);
	in = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	out = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return err_sys(e, "open", name);
	r = copy_dir(in, out, name, depth + 1, e);
	return r < 0 ? r : copy_meta(out, st, name, e);
}

static int copy_one(int dir, int to_dir, const char *name, int depth, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "fstatat", name);
	if (S_ISDIR(st.st_mode))
		return copy_sub(dir, to_dir, name, &st, depth, e);
	if (S_ISREG(st.st_mode))
		return copy_file(dir, to_dir, name, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_link(dir, to_dir, name, &st, e);
	if (mknodat(to_dir, name, st.st_mode, st.st_rdev) < 0)
		return err_sys(e, "mknodat", name);
	if (fchownat(to_dir, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "fchownat", name);
	return 0;
}

static int copy_dir(int from, int to, const char *name, int depth, struct err *e)
{
	char buf[2048] __attribute__((aligned(8)));

	if (depth > DEPTH_MAX) {
		errno = ELOOP;
		return err_sys(e, "copy", name);
	}
	for (;;) {
		long n = syscall(SYS_getdents64, from, buf, sizeof(buf));

		if (n < 0)
			return err_sys(e, "getdents64", name);
		if (n == 0)
			return 0;
		for (long at = 0; at < n;) {
			struct linux_dirent64 *d = (struct linux_dirent64 *)(buf + at);
			int r = 0;

			at += d->len;
			if (strcmp(d->name, ".") != 0 && strcmp(d->name, "..") != 0)
				r = copy_one(from, to, d->name, depth, e);
			if (r < 0)
				return r;
		}
	}
}

int copy_up(int from, int to, const char *name, struct err *e)
{
	auto_close int in = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int out = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (in < 0 || out < 0 || fstat(in, &st) < 0)
		return err_sys(e, "open", name);
	r = copy_dir(in, out, name, 0, e);
	return r < 0 ? r : copy_meta(out, &st, name, e);
}
