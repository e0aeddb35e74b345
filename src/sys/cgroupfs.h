/*
 * cgroupfs.h - one cgroup of one hierarchy, v1 or v2, through its file system.
 *
 * A cgroup is named by two strings: where its hierarchy is mounted ("/sys/fs/cgroup/pids")
 * and its path below that ("/hull-web"). Both are the host's; what lies below the cgroup
 * may have been made by the container, and is reached by descriptors, never by following
 * a link. Every wait has a deadline. Nothing here decides which limits there should be, nor
 * knows that a container has several hierarchies: see plan/cgroup.c and step/cgroup.h.
 *
 * cgroups(7), Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/err.h"

struct cgroup_place {
	const char *dir;  /* mount point of the hierarchy */
	const char *path; /* below it, begins with '/' */
	bool v2;
};

/*
 * Makes the cgroup, with the parents that are missing; those are marked (the sticky
 * bit of the directory), so that whoever removes the last cgroup below them removes
 * them too. *existed: it was there already. A parent that is removed meanwhile is made again.
 */
must_check int cgroupfs_make(const struct cgroup_place *c, bool *existed, struct err *e);

/*
 * Removes the cgroup, those below it first, then each marked parent that is empty. Not there is
 * success. Waits up to ms milliseconds for processes that are still dying; those that remain
 * are named in the error, -EBUSY.
 */
must_check int cgroupfs_remove(const struct cgroup_place *c, unsigned ms, struct err *e);

/*
 * The same without waiting, if nobody is in it and nothing below it. Whether it is gone: then
 * nobody was left in it.
 */
bool cgroupfs_remove_empty(const struct cgroup_place *c);

/*
 * v2: makes each of controllers ("cpu io", blanks between) available to the cgroup, by enabling it
 * in the parents on the way down. A controller that a parent refuses is not an error here, for no
 * limit may need it: *refused_by then is 0, or the errno of the last refusal, with the
 * parent's directory in parent (size bytes).
 */
must_check int cgroupfs_enable(const struct cgroup_place *c, const char *controllers,
			       int *refused_by, char *parent, size_t size, struct err *e);

/* v1 cpuset: a new cgroup may use no CPU at all; gives it (and empty parents) what its parent has.
 */
must_check int cgroupfs_cpuset_inherit(const struct cgroup_place *c, struct err *e);

/* A descriptor of the cgroup's directory, or of a file in it; flags as for open(2), close-on-exec.
 */
must_check int cgroupfs_open(const struct cgroup_place *c, const char *file, int flags,
			     struct err *e);

/* The text of a file, at most size - 1 bytes, without the last newline. */
must_check int cgroupfs_read(const struct cgroup_place *c, const char *file, char *buf, size_t size,
			     struct err *e);

/* One write(2). */
must_check int cgroupfs_write(const struct cgroup_place *c, const char *file, const char *value,
			      struct err *e);

/* "max", a number, or a flat "key number" file's value: what limits and counters look like. */
must_check int cgroupfs_read_u64(const struct cgroup_place *c, const char *file, uint64_t *value,
				 struct err *e);

bool cgroupfs_exists(const struct cgroup_place *c);

/* Pids, as this process sees them; 0 is a process of a pid namespace that it can't see. */
struct cgroup_pids {
	pid_t *v;
	size_t n, room;
};

static inline void cgroup_pids_free(struct cgroup_pids *p)
{
	free(p->v);
	*p = (struct cgroup_pids){0};
}

/* auto_call(cgroup_pids_free) struct cgroup_pids pids = {0}; */
static inline void cgroup_pids_free_ptr(struct cgroup_pids *p)
{
	cgroup_pids_free(p);
}

/* Appends those of the cgroup and of all below it. No cgroup, no pids: that is success. */
must_check int cgroupfs_pids(const struct cgroup_place *c, struct cgroup_pids *pids, struct err *e);

/* Ascending, each once. */
void cgroup_pids_sort(struct cgroup_pids *pids);

/* "12 13 14 ..." for a message. */
void cgroup_pids_print(const struct cgroup_pids *pids, struct str *out);

/* Whether a process lives in it or below: 1, 0, or an error. No cgroup: 0. */
must_check int cgroupfs_populated(const struct cgroup_place *c, struct err *e);

/*
 * Freezes or thaws the cgroup and what is below, and waits until the kernel says it is so. If
 * freezing takes longer than ms, it is taken back: -ETIMEDOUT. On v1 the hierarchy has to be the
 * freezer's.
 */
must_check int cgroupfs_freeze(const struct cgroup_place *c, bool freeze, unsigned ms,
			       struct err *e);

/* 1: asked to freeze, or frozen by a parent; 0: not, or there is no freezer here. */
must_check int cgroupfs_is_frozen(const struct cgroup_place *c, struct err *e);

/* v2, Linux 5.14: SIGKILL to all processes in it and below, at once. */
must_check int cgroupfs_kill(const struct cgroup_place *c, struct err *e);

/* v2: gives the directory, and the files that /sys/kernel/cgroup/delegate lists, to uid. */
must_check int cgroupfs_delegate(const struct cgroup_place *c, uid_t uid, struct err *e);

/* Sleeps, longer each time, from 100 us to 10 ms; false once `until` (CLOCK_MONOTONIC, ns) is over.
 */
struct backoff {
	uint64_t until;
	unsigned us;
};
struct backoff backoff_start(unsigned ms);
bool backoff_wait(struct backoff *b);
