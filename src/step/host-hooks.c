/* host-hooks.c - the hooks that run on the host: prestart, createRuntime, poststart. */
#include "base/cleanup.h"
#include "step/hooks.h"
#include "step/run.h"
#include "step/steps.h"

static int run_kind(struct run *run, enum plan_hook_kind kind, const char *status, struct err *e)
{
	const struct plan_hooks *h = &run->plan->hooks;
	auto_free char *state = NULL;
	int r;

	if (h->n[kind] == 0)
		return 0;
	r = run->ops->state_json(run, status, &state, e);
	for (size_t i = 0; r == 0 && i < h->n[kind]; i++)
		r = hook_run(&h->v[kind][i], kind, h->cwd, state, NULL, NULL, e);
	return r;
}

int hooks_runtime(struct run *run, struct err *e)
{
	int r = run_kind(run, PH_PRESTART, "creating", e);

	return r < 0 ? r : run_kind(run, PH_CREATE_RUNTIME, "creating", e);
}

int hooks_poststart(struct run *run, struct err *e)
{
	return run_kind(run, PH_POSTSTART, "running", e);
}
