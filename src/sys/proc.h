/*
 * proc.h - a procfs of our own.
 *
 * What lies on /proc may be covered, redirected or not procfs at all. Everything that
 * is written to procfs or read from it inside a container goes through a detached
 * instance that nobody else can mount on (security.md A3).
 */
#pragma once

#include <sys/types.h>

#include "base/err.h"

/*
 * A detached procfs of our pid namespace. Where the kernel refuses a new one (a user namespace
 * whose own /proc is covered in part), a detached copy of /proc, checked to be procfs.
 */
must_check int proc_open_own(struct err *e);

/* One write(2) of text to path ("sys/net/ipv4/ip_forward", "self/attr/exec"); links are not
 * followed but for `self` and `thread-self` themselves. name: for the error, NULL: "/proc/PATH". */
must_check int proc_write(int proc, const char *path, const char *text, struct err *e);

/* Reads at most max - 1 bytes and adds a NUL; returns the length. */
must_check ssize_t proc_read(int proc, const char *path, char *buf, size_t max, struct err *e);
