/*
 * file.h - whole small files, read and written with care.
 *
 * Paths here are the host's own (state directory, config.json, /proc of the host).
 * Nothing below a container's rootfs is reached through this module: see sys/rooted.h.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Reads a regular file of at most max bytes into malloc()ed memory, with a NUL
 * added behind the last byte. dirfd and path as for openat(2). The file is opened
 * O_NONBLOCK: a FIFO or a device there is refused, not waited for.
 */
must_check int file_read(int dirfd, const char *path, size_t max, char **text, size_t *len,
			 struct err *e);

/* As file_read(), for a descriptor that is open already, whatever it is (stdin, a memfd). */
must_check int file_read_fd(int fd, const char *name, size_t max, char **text, size_t *len,
			    struct err *e);

/* Writes all of buf, going on after short writes and EINTR. name is for the error. */
must_check int file_write_all(int fd, const char *name, const void *buf, size_t n, struct err *e);

/* One write(2) of all of text: what kernel files (/proc, cgroupfs) need. */
must_check int file_write_once(int dirfd, const char *path, const char *text, struct err *e);

/*
 * Replaces dirfd/path whole: a temporary file beside it, then rename(2), so that
 * a reader sees the old text or the new one. No newline is added.
 */
must_check int file_replace(int dirfd, const char *path, const void *buf, size_t n, mode_t mode,
			    struct err *e);
