/* init-hooks.c - the hooks that run inside: createContainer and startContainer. */
#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "step/hooks.h"
#include "step/run.h"
#include "step/steps.h"

static int run_inside(struct run *run, enum plan_hook_kind kind, const char *cwd, struct err *e)
{
	const struct plan_hooks *h = &run->plan->hooks;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (size_t i = 0; i < h->n[kind]; i++) {
		int r = hook_run(&h->v[kind][i], kind, cwd, h->state_before[kind], pid,
				 h->state_after[kind], e);

		if (r < 0)
			return r;
	}
	return 0;
}

/* In the container's namespaces, with the host's root still in place: before the pivot. */
int hooks_container(struct run *run, struct err *e)
{
	return run_inside(run, PH_CREATE_CONTAINER, run->plan->hooks.cwd, e);
}

int hooks_start(struct run *run, struct err *e)
{
	return run_inside(run, PH_START_CONTAINER, "/", e);
}
