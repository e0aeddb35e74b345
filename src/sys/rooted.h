/*
 * rooted.h - paths inside a root directory that may be hostile.
 *
 * The tree below `root` belongs to the container: any component may be a
 * symlink planted to lead outside, or be exchanged while we look. Nothing in
 * this program opens, makes or mounts on a path below a rootfs except through these
 * calls, which resolve once, with RESOLVE_IN_ROOT (openat2(2)), and give a descriptor.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Opens path inside root, following links as if root were "/". flags and mode as for
 * openat(2); O_CLOEXEC is added. Never waits on a FIFO or a device: O_NONBLOCK | O_NOCTTY
 * are added unless O_PATH is given.
 */
must_check int rooted_open(int root, const char *path, int flags, mode_t mode, struct err *e);

/* As rooted_open(), but a last or inner component that is a symlink is an error (ELOOP). */
must_check int rooted_open_plain(int root, const char *path, int flags, struct err *e);

/*
 * An O_PATH descriptor of path, which is made if it isn't there: missing directories on the
 * way (0755) and the last component as a directory (type S_IFDIR) or an empty file (S_IFREG).
 * What a dangling symlink names is made inside root. An existing one of the other type is
 * returned as it is: the caller's mount will say so.
 */
must_check int rooted_make(int root, const char *path, mode_t type, mode_t mode, struct err *e);

/* The same, when the caller has just found that it isn't there. It may be by now. */
must_check int rooted_make_missing(int root, const char *path, mode_t type, mode_t mode,
				   struct err *e);

/*
 * An O_PATH descriptor of the directory that holds path's last component, made if missing;
 * *name points at that component inside path. For mknodat(2) and symlinkat(2), which
 * make exactly one name there and follow nothing.
 */
must_check int rooted_parent(int root, const char *path, const char **name, struct err *e);

/*
 * Reads a regular file of at most max - 1 bytes into buf, and adds a NUL. Returns the length;
 * -ENOENT and friends as they are; larger or not a regular file: ERR_SPEC.
 */
must_check ssize_t rooted_read(int root, const char *path, char *buf, size_t max, struct err *e);
