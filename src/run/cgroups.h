/* cgroups.h - the cgroups of a container, as its state file names them. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"
#include "run/state.h"

/* The state's list in the planner's words; at most SHARED_CGROUPS_MAX. Returns how many. */
size_t cgroups_of(const struct state_file *s, struct plan_hierarchy *out);

/* 1: frozen, 0: not, or there is no freezer. */
must_check int cgroups_frozen(const struct state_file *s, struct err *e);
must_check int cgroups_freeze(const struct state_file *s, bool freeze, struct err *e);

/* All host pids, ascending; malloc()ed. */
must_check int cgroups_pids(const struct state_file *s, pid_t **pids, size_t *n, struct err *e);

/* sig to every process in them. SIGKILL: until none is left or a deadline. */
must_check int cgroups_kill(const struct state_file *s, int sig, struct err *e);

/* Removes them all if nobody is in them, or none is left below; else some may be gone. */
bool cgroups_remove_empty(const struct state_file *s);

/* Removes them all, waiting for what is dying. */
must_check int cgroups_remove(const struct state_file *s, struct err *e);
