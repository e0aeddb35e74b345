#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int file_read_fd(int fd, const char *name, size_t max, char **text, size_t *len, struct err *e)
{
	size_t used = 0, room = 0;
	auto_free char *buf = NULL;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		room = (size_t)st.st_size + 1;
	if (room < 4096)
		room = 4096;
	if (room > max + 1)
		room = max + 1;
	buf = malloc(room + 1);
	if (!buf)
		return err_set(e, ERR_SYS, ENOMEM, "read");
	for (;;) {
		ssize_t n;

		if (used > max)
			return err_set(e, ERR_SPEC, EFBIG, "`%s` has more than %zu bytes", name,
				       max);
		if (used == room) {
			char *more = realloc(buf, room * 2 + 1);

			if (!more)
				return err_set(e, ERR_SYS, ENOMEM, "read");
			buf = more;
			room *= 2;
		}
		n = read(fd, buf + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read", name);
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buf[used] = '\0';
	*text = steal_ptr(buf);
	*len = used;
	return 0;
}

int file_read(int dirfd, const char *path, size_t max, char **text, size_t *len, struct err *e)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", path);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return err_sys(e, "read", path);
	}
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_SPEC, EINVAL, "`%s` is not a regular file", path);
	return file_read_fd(fd, path, max, text, len, e);
}

int file_write_all(int fd, const char *name, const void *buf, size_t n, struct err *e)
{
	const char *p = buf;

	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_sys(e, "write", name);
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

int file_write_once(int dirfd, const char *path, const char *text, struct err *e)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "open", path);
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "write", path);
	if ((size_t)n != len)
		return err_set(e, ERR_PROTO, EIO, "write `%s`: %zd of %zu bytes were taken", path,
			       n, len);
	return 0;
}

/*
 * Exchanged rather than replaced where there is an old one: ext4 writes a file that replaces
 * another to the disk there and then (ext4(5), auto_da_alloc), which takes milliseconds and is
 * worth nothing below /run.
 */
static int put_in_place(int dirfd, const char *tmp, const char *path, struct err *e)
{
	if (renameat2(dirfd, tmp, dirfd, path, RENAME_EXCHANGE) == 0)
		return unlinkat(dirfd, tmp, 0) < 0 ? err_sys(e, "unlink", tmp) : 0;
	if (renameat(dirfd, tmp, dirfd, path) < 0)
		return err_sys(e, "rename", path);
	return 0;
}

int file_replace(int dirfd, const char *path, const void *buf, size_t n, mode_t mode, struct err *e)
{
	char tmp[4096];
	struct str s = STR_ON(tmp);
	int r;

	str_addf(&s, "%s.%d.tmp", path, (int)getpid());
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "open", path);
	}

	auto_close int fd =
		openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return err_sys(e, "open", tmp);
	r = file_write_all(fd, tmp, buf, n, e);
	if (r == 0)
		r = put_in_place(dirfd, tmp, path, e);
	if (r < 0)
		unlinkat(dirfd, tmp, 0);
	return r;
}
