/* init-seccomp.c */
#include "step/run.h"
#include "step/steps.h"
#include "sys/seccomp.h"

int seccomp_apply(struct run *run, struct err *e)
{
	const struct plan_seccomp *s = &run->plan->seccomp;
	int fd = seccomp_set_filter(s->filter, s->n, s->flags, e);

	if (fd < 0)
		return fd;
	if (run->plan->features & PF_NOTIFY)
		run->shared->seccomp_fd = fd;
	return 0;
}
