/* init-limits.c - INIT's resource limits and scheduling. */
#include <errno.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "step/run.h"
#include "step/steps.h"
#include "sys/syscalls.h"

enum { IOPRIO_WHO_PROCESS_ = 1 };

/* sched_setattr(2); the C library has no wrapper. */
struct sched_attr_ {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int set_policy(const struct plan_sched *s, struct err *e)
{
	struct sched_attr_ a = {.size = sizeof(a),
				.policy = s->policy,
				.flags = s->flags,
				.nice = s->nice,
				.priority = s->priority,
				.runtime = s->runtime,
				.deadline = s->deadline,
				.period = s->period};

	if (syscall(SYS_sched_setattr, 0, &a, 0) < 0)
		return err_at(e, err_sys(e, "sched_setattr", NULL), "/process/scheduler");
	return 0;
}

int sched_set(struct run *run, struct err *e)
{
	const struct plan_sched *s = &run->plan->sched;
	int r;

	if (s->cpu_final && syscall(SYS_sched_setaffinity, 0, s->n_cpu_bytes, s->cpu_final) < 0)
		return err_at(e, err_sys(e, "sched_setaffinity", NULL),
			      "/process/execCPUAffinity/final");
	if (s->set) {
		r = set_policy(s, e);
		if (r < 0)
			return r;
	}
	if (s->io_set && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS_, 0, s->io_prio) < 0)
		return err_at(e, err_sys(e, "ioprio_set", NULL), "/process/ioPriority");
	if (s->mempolicy_set &&
	    syscall(SYS_set_mempolicy, s->mempolicy, s->nodes, s->n_node_bits) < 0)
		return err_at(e, err_sys(e, "set_mempolicy", NULL), "/linux/memoryPolicy");
	if (s->personality_set && syscall(SYS_personality, s->personality) < 0)
		return err_at(e, err_sys(e, "personality", NULL), "/linux/personality");
	return 0;
}

int limits_set(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	bool nofile = false;

	for (size_t i = 0; i < plan->n_rlimits; i++) {
		const struct plan_rlimit *l = &plan->rlimits[i];
		struct rlimit64 lim = {.rlim_cur = l->soft, .rlim_max = l->hard};

		nofile |= l->resource == RLIMIT_NOFILE;
		if (syscall(SYS_prlimit64, 0, l->resource, &lim, NULL) < 0)
			return err_at(e, err_sys(e, "setrlimit", NULL), "/process/rlimits/%u",
				      l->index);
	}
	/* hull may have raised its own for many mounts: the program gets what hull was given. */
	if (!nofile && run->shared->nofile_hard) {
		struct rlimit64 lim = {.rlim_cur = run->shared->nofile_soft,
				       .rlim_max = run->shared->nofile_hard};

		if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &lim, NULL) < 0)
			return err_sys(e, "setrlimit", "RLIMIT_NOFILE");
	}
	return 0;
}
