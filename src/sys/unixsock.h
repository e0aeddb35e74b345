/* unixsock.h - local sockets of the host: whatever the length of their path. */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/*
 * Connects; type SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM. The path may exceed 108 bytes. Neither
 * this nor sending waits for more than 10 s: -EAGAIN.
 */
must_check int socket_connect(int type, const char *path, struct err *e);

/* As socket_connect(), for `name` in an open directory. */
must_check int socket_connect_at(int type, int dirfd, const char *name, struct err *e);

/* A socket bound to `name` in an open directory, listening when type is not SOCK_DGRAM. */
must_check int socket_bind_at(int type, int dirfd, const char *name, mode_t mode, struct err *e);

/* One sendmsg(2): text as payload, fd by SCM_RIGHTS. */
must_check int socket_send_fd(int sock, const char *text, size_t len, int fd, const char *name,
			      struct err *e);
