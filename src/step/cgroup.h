/*
 * cgroup.h - the cgroups of one container in all hierarchies of the host, as one thing.
 *
 * h and n are a plan's hierarchies, or those that the state file recorded before any of them was
 * made: a cgroup that isn't there is no error anywhere here. Every wait has a deadline, in
 * milliseconds; those that run out are ERR_STATE with ETIMEDOUT or EBUSY.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct plan_hierarchy;

/* Pids as we see them, ascending, each once, of all that lives in them and below; malloc()ed. */
must_check int cgroup_pids(const struct plan_hierarchy *h, size_t n, pid_t **pids, size_t *n_pids,
			   struct err *e);

/* 1 if any process lives there, else 0. */
must_check int cgroup_populated(const struct plan_hierarchy *h, size_t n, struct err *e);

/*
 * Sends sig to every process there, none of which can get away by forking meanwhile: SIGKILL goes
 * by cgroup.kill where there is one, else the processes are frozen while it is done. What was
 * frozen before stays so, but for SIGKILL, which thaws. Doesn't wait for their end.
 */
must_check int cgroup_kill_all(const struct plan_hierarchy *h, size_t n, int sig, struct err *e);

/*
 * Freezes or thaws, and returns when the kernel says that it is so. ERR_STATE if the host
 * has no freezer, or the container no cgroup.
 */
must_check int cgroup_freeze(const struct plan_hierarchy *h, size_t n, bool freeze, unsigned ms,
			     struct err *e);

/* 1 if it is frozen, by whomever, else 0. */
must_check int cgroup_is_frozen(const struct plan_hierarchy *h, size_t n, struct err *e);

/*
 * Removes them if they are empty, which they mostly are once init has ended: there is nothing to
 * list, freeze or kill then. False if one is not; the one that killing takes is left then, too.
 */
bool cgroup_remove_empty(const struct plan_hierarchy *h, size_t n);

/*
 * Removes them, with what is below, and the parents that hull made and nobody needs any more. Waits
 * for processes that are dying. On an error all hierarchies have been tried.
 */
must_check int cgroup_remove_all(const struct plan_hierarchy *h, size_t n, unsigned ms,
				 struct err *e);
