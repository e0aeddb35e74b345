/* init-copyup.h - parts of mounting that init-mount.c leaves to others. */
#pragma once

#include "base/err.h"
#include "plan/plan.h"

struct run;

/*
 * tmpcopyup: copies the tree at `from` (O_PATH) into the detached mount `to`: directories, files,
 * links and nodes with owner, mode and times; bounded in depth. name: for errors.
 */
must_check int copy_up(int from, int to, const char *name, struct err *e);

/* A v1 or hybrid host's cgroups: a tmpfs on target, with one mount for each hierarchy. */
must_check int mount_cgroups_v1(struct run *run, const struct plan_mount *m, int target,
				struct err *e);
