#include "sys/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "sys/scm.h"

/* sun_path holds 108 bytes: an open directory's name in /proc/self/fd is always short. */
static int address_at(int dirfd, const char *name, struct sockaddr_un *addr, struct err *e)
{
	struct str s = STR_ON(addr->sun_path);

	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	str_addf(&s, "/proc/self/fd/%d/%s", dirfd, name);
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "connect", name);
	}
	return 0;
}

/* Connecting and sending wait as long as the other side's queue is full: not for ever. */
enum { SEND_SECONDS = 10 };

int socket_connect_at(int type, int dirfd, const char *name, struct err *e)
{
	static const struct timeval longest = {.tv_sec = SEND_SECONDS};
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;
	int r;

	if (fd < 0)
		return err_sys(e, "socket", name);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof(longest)) < 0)
		return err_sys(e, "setsockopt", name);
	r = address_at(dirfd, name, &addr, e);
	if (r < 0)
		return r;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return err_sys(e, "connect", name);
	return steal_fd(&fd);
}

int socket_connect(int type, const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/');
	auto_close int dir = -EBADF;
	char parent[PATH_MAX];
	int r;

	if (slash) {
		struct str s = STR_ON(parent);

		str_add(&s, path, (size_t)(slash - path) + 1);
		dir = str_cut(&s) ? -1 : open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	} else {
		dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	if (dir < 0)
		return err_sys(e, "open", path);
	r = socket_connect_at(type, dir, slash ? slash + 1 : path, e);
	if (r < 0 && e->kind == ERR_SYS)
		snprintf(e->path, sizeof(e->path), "%.255s", path);
	return r;
}

int socket_bind_at(int type, int dirfd, const char *name, mode_t mode, struct err *e)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr;
	mode_t umask_before;
	int r;

	if (fd < 0)
		return err_sys(e, "socket", name);
	r = address_at(dirfd, name, &addr, e);
	if (r < 0)
		return r;
	umask_before = umask(0777 & ~mode);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? err_sys(e, "bind", name) : 0;
	umask(umask_before);
	if (r < 0)
		return r;
	if (type != SOCK_DGRAM && listen(fd, 4) < 0)
		return err_sys(e, "listen", name);
	return steal_fd(&fd);
}

int socket_send_fd(int sock, const char *text, size_t len, int fd, const char *name, struct err *e)
{
	ssize_t n = scm_send(sock, text, len, fd);

	if (n < 0)
		return err_sys(e, "sendmsg", name);
	if ((size_t)n != len)
		return err_set(e, ERR_PROTO, EIO, "sendmsg `%s`: %zd of %zu bytes were taken", name,
			       n, len);
	return 0;
}
