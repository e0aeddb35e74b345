/*
 * mountapi.h - the mount calls that work on descriptors.
 *
 * New mounts are made detached, given their attributes, and only then moved in: at no
 * time is a read-only mount writable, nor a nosuid one suid. Linux 5.14 has all of it.
 * open_tree(2), fsopen(2), mount_setattr(2), move_mount(2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* A detached copy of the mount at path; flags: AT_RECURSIVE, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
must_check int mount_clone(int dirfd, const char *path, unsigned flags, struct err *e);

/* A file system context, its parameters one a time (value NULL: a flag), and the detached mount. */
must_check int mount_fs_open(const char *type, struct err *e);
must_check int mount_fs_set(int fs, const char *type, const char *key, const char *value,
			    struct err *e);
must_check int mount_fs_mount(int fs, const char *type, uint64_t attrs, struct err *e);

/* The context of a file system that is mounted (O_PATH descriptor), to be changed and then applied.
 */
must_check int mount_fs_pick(int mounted, const char *name, struct err *e);
must_check int mount_fs_reconfigure(int fs, const char *type, struct err *e);

/* Sets and clears attributes and the propagation; at: 0, or AT_RECURSIVE for the tree below. */
must_check int mount_set_attr(int fd, unsigned at, uint64_t set, uint64_t clear,
			      uint64_t propagation, struct err *e);

/* MOUNT_ATTR_IDMAP with the mappings of the user namespace userns. */
must_check int mount_set_idmap(int fd, bool recursive, int userns, struct err *e);

/* Attaches the detached mount `from` on what `to` (an O_PATH descriptor) is. name: for the error.
 */
must_check int mount_move(int from, int to, const char *name, struct err *e);

/* S_IFDIR or S_IFREG: what a mount point for the root of this mount has to be. */
mode_t mount_root_type(int fd);
