/*
 * cgroup-tree.h - what cgroupfs.c and cgroup-tree.c share.
 *
 * Both return bytes read, 0, or -errno without a struct err: their callers often go on.
 */
#pragma once

#include <stddef.h>

/* The text of a file, at most size - 1 bytes, without the last newline. */
int cgroup_read_at(int dir, const char *file, char *buf, size_t size);

/* One write(2). */
int cgroup_write_at(int dir, const char *file, const char *value);
