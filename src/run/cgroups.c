#include "run/cgroups.h"

#include <signal.h>
#include <stdlib.h>

#include "step/cgroup.h"
#include "step/run.h"

enum { FREEZE_MS = 10 * 1000, REMOVE_MS = 10 * 1000 };

size_t cgroups_of(const struct state_file *s, struct plan_hierarchy *out)
{
	size_t n = 0;

	for (; n < s->n_cgroups && n < SHARED_CGROUPS_MAX; n++)
		out[n] = (struct plan_hierarchy){
			.dir = s->cgroups[n].dir,
			.path = s->cgroups[n].path,
			.controllers = s->cgroups[n].controllers ? s->cgroups[n].controllers : "",
			.v2 = s->cgroups[n].v2};
	return n;
}

int cgroups_frozen(const struct state_file *s, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_is_frozen(h, cgroups_of(s, h), e);
}

int cgroups_freeze(const struct state_file *s, bool freeze, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_freeze(h, cgroups_of(s, h), freeze, FREEZE_MS, e);
}

int cgroups_pids(const struct state_file *s, pid_t **pids, size_t *n, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_pids(h, cgroups_of(s, h), pids, n, e);
}

int cgroups_kill(const struct state_file *s, int sig, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_kill_all(h, cgroups_of(s, h), sig, e);
}

bool cgroups_remove_empty(const struct state_file *s)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_remove_empty(h, cgroups_of(s, h));
}

int cgroups_remove(const struct state_file *s, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];

	return cgroup_remove_all(h, cgroups_of(s, h), REMOVE_MS, e);
}
