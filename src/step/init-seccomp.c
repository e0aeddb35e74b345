/* init-seccomp.c - INIT loads the seccomp filter. From then on it is held to it itself. */
#include <errno.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "step/run.h"
#include "step/steps.h"
#include "sys/channel.h"
#include "sys/seccomp.h"

static bool let_through(const struct plan_seccomp *p, struct seccomp_data call)
{
	call.arch = seccomp_own_arch();
	return seccomp_ask(p->filter, p->n, &call) == SECCOMP_RET_ALLOW;
}

/* Read back from the kernel, if the filter lets the question through: it may kill for it. */
static int verify(const struct plan_seccomp *p, struct err *e)
{
	int mode;

	if (!let_through(p, (struct seccomp_data){.nr = SYS_prctl, .args = {PR_GET_SECCOMP}}))
		return 0;
	mode = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	if (mode < 0)
		return err_sys(e, "prctl", "PR_GET_SECCOMP");
	if (mode != SECCOMP_MODE_FILTER)
		return err_set(e, ERR_PROTO, EPROTO,
			       "seccomp is in mode %d after the filter was loaded", mode);
	return 0;
}

/*
 * The listener goes to PARENT with the next MEET if the filter lets sendmsg(2) through; else PARENT
 * takes it (pidfd_getfd(2)), for which it has to be allowed to trace this process. It is closed
 * on exec in any case.
 */
static void offer(struct run *run, int listener)
{
	struct seccomp_data call = {.nr = SYS_sendmsg,
				    .args = {(uint64_t)run->channel->fd, 0, MSG_NOSIGNAL}};

	if (let_through(&run->plan->seccomp, call))
		run->give = listener;
	else
		atomic_store(&run->shared->seccomp_fd, listener);
	/* Waiting takes read(2) alone then. PARENT has the deadline, and its end is seen. */
	run->channel->waits_ms = -1;
}

int seccomp_apply(struct run *run, struct err *e)
{
	const struct plan_seccomp *p = &run->plan->seccomp;
	int r = seccomp_set_filter(p->filter, p->n, p->flags, e);

	if (r < 0)
		return err_at(e, r, "/linux/seccomp");
	if (p->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		offer(run, r);
	return verify(p, e);
}
