/* host-state.c - PARENT's steps that are about the state directory: run/ does them (run_ops). */
#include "step/run.h"
#include "step/steps.h"

int state_claim(struct run *run, struct err *e)
{
	return run->ops->claim(run, e);
}

void state_remove(struct run *run)
{
	run->ops->remove(run);
}

int state_created(struct run *run, struct err *e)
{
	return run->ops->created(run, e);
}

int state_running(struct run *run, struct err *e)
{
	return run->ops->running(run, e);
}
