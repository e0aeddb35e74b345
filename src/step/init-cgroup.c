/*
 * init-cgroup.c - INIT moves itself into the container's cgroups.
 *
 * A process that writes its own number, as 0, to a v1 tasks file is moved at once. To move
 * another, or to write to cgroup.procs at all, the kernel waits for an RCU grace period: some
 * milliseconds. So v2 is entered by the clone (CLONE_INTO_CGROUP), wherever that is possible.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "step/run.h"
#include "step/steps.h"

static int write_zero(int fd, const char *path, struct err *e)
{
	ssize_t n;

	do
		n = write(fd, "0", 1);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_sys(e, "write", path) : 0;
}

/* By path: it is still the host's mounts that we see, and nothing of them stays open. */
static int join_v1(const struct plan_hierarchy *h, struct err *e)
{
	char path[PATH_MAX];
	auto_close int fd = -EBADF;

	snprintf(path, sizeof(path), "%s%s/tasks", h->dir, h->path);
	fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_sys(e, "open", path);
	return write_zero(fd, path, e);
}

/* PARENT could not make them all, and nobody asked for a limit: then it isn't for us to insist. */
static bool tolerable(const struct plan_cgroup *plan, int r)
{
	return plan->tolerate && (r == -ENOENT || r == -EACCES || r == -EPERM || r == -EROFS);
}

int cgroup_join(struct run *run, struct err *e)
{
	const struct plan_cgroup *plan = &run->plan->cgroup;

	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_hierarchy *h = &plan->hierarchies[i];
		int r = h->v2 ? 0 : join_v1(h, e);

		if (h->v2 && run->shared->cgroup_procs >= 0)
			r = write_zero(run->shared->cgroup_procs, "cgroup.procs", e);
		if (r < 0 && !tolerable(plan, r))
			return r;
		if (r < 0) {
			log_debug("the cgroup in `%s` is not joined", h->dir);
			err_drop(e);
		}
	}
	close_keep_errno(&run->shared->cgroup_procs);
	return 0;
}
