/* init-limits.c - INIT's resource limits and scheduling. */
#include <errno.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "step/run.h"
#include "step/steps.h"
#include "sys/syscalls.h"

enum { IOPRIO_WHO_PROCESS_ = 1, NOFILE_ENOUGH = 64 };

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

static int set_limit(unsigned resource, uint64_t soft, uint64_t hard, struct err *e)
{
	struct rlimit64 lim = {.rlim_cur = soft, .rlim_max = hard};

	if (syscall(SYS_prlimit64, 0, resource, &lim, NULL) < 0)
		return err_sys(e, "setrlimit", NULL);
	return 0;
}

/* The program's limit of descriptors; at: its place in rlimits, or -1 if hull's own is handed on.
 */
struct nofile {
	uint64_t soft, hard;
	int at;
};

static struct nofile nofile_of(const struct run *run)
{
	const struct plan *plan = run->plan;
	/* hull may have raised its own for many mounts: the program gets what hull was given. */
	struct nofile n = {run->shared->nofile_soft, run->shared->nofile_hard, -1};

	for (size_t i = 0; i < plan->n_rlimits; i++)
		if (plan->rlimits[i].resource == RLIMIT_NOFILE)
			n = (struct nofile){plan->rlimits[i].soft, plan->rlimits[i].hard,
					    (int)plan->rlimits[i].index};
	return n;
}

static int nofile_err(const struct nofile *n, int r, struct err *e)
{
	return r < 0 && n->at >= 0 ? err_at(e, r, "/process/rlimits/%d", n->at) : r;
}

/* To raise it may take a privilege that goes with cred.drop; to lower it takes none. */
static int raise_nofile(const struct nofile *n, struct err *e)
{
	struct rlimit64 now;

	if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &now) < 0)
		return err_sys(e, "getrlimit", NULL);
	if (n->hard <= now.rlim_max)
		return 0;
	return set_limit(RLIMIT_NOFILE, now.rlim_cur, n->hard, e);
}

int limits_set(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	struct nofile n = nofile_of(run);

	for (size_t i = 0; i < plan->n_rlimits; i++) {
		const struct plan_rlimit *l = &plan->rlimits[i];
		int r;

		if (l->resource == RLIMIT_NOFILE)
			continue;
		r = set_limit(l->resource, l->soft, l->hard, e);
		if (r < 0)
			return err_at(e, r, "/process/rlimits/%u", l->index);
	}
	if (!n.hard && n.at < 0)
		return 0;
	return nofile_err(&n,
			  n.soft < NOFILE_ENOUGH ? raise_nofile(&n, e)
						 : set_limit(RLIMIT_NOFILE, n.soft, n.hard, e),
			  e);
}

/* Late, if it is so small that the steps in between could not open what they have to. */
int limits_nofile(struct run *run, struct err *e)
{
	struct nofile n = nofile_of(run);

	if (n.soft >= NOFILE_ENOUGH || (!n.hard && n.at < 0))
		return 0;
	return nofile_err(&n, set_limit(RLIMIT_NOFILE, n.soft, n.hard, e), e);
}
