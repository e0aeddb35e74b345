/* init-start.c - INIT between `create` and `start`. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/channel.h"
#include "sys/syscalls.h"

static void end_by_signal(int sig)
{
	_exit(128 + sig);
}

/* The kernel gives the first process of a pid namespace only the signals that it has handlers for.
 */
static void end_on_signals(void)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
	struct sigaction sa = {.sa_handler = end_by_signal};
	sigset_t none;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * From here PARENT may end: `create` does. If it is killed before it has said "create.done", the
 * channel's end tells, and this process ends as well.
 */
int parent_untie(struct run *run, struct err *e)
{
	(void)run;
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_PDEATHSIG");
	return 0;
}

static int accept_start(int listener, struct err *e)
{
	int fd;

	do
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EAGAIN));
	if (fd < 0)
		return err_sys(e, "accept4", "start.sock");
	return fd;
}

/*
 * `create` is over when its end of the channel closes. `start` is another process: it calls, gets
 * the shared memory, and from then on is PARENT.
 */
int start_wait(struct run *run, struct err *e)
{
	struct channel *ch = run->channel;
	sigset_t all;
	int fd, r;

	end_on_signals();
	close_keep_errno(&ch->fd);
	ch->fd = -1;
	fd = accept_start(run->shared->listener, e);
	if (fd < 0)
		return fd;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	close_keep_errno(&run->shared->listener);
	ch->fd = fd;
	ch->peer = -1;
	r = channel_tell(ch, run->reached, run->shared->self_fd, e);
	return r < 0 ? r : channel_tell(ch, run->reached, run->shared->arena_fd, e);
}

/*
 * Everything of ours is close-on-exec since the stub began; this is in case something isn't. A
 * seccomp filter that is older than the call is no reason to fail, then.
 */
static int close_between(unsigned first, unsigned last, struct err *e)
{
	if (sys_close_range(first, last, 0) == 0)
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return err_sys(e, "close_range", NULL);
	log_debug("the seccomp filter doesn't know close_range(2)");
	return 0;
}

/* All but what is asked for, the channel, the program, and what a listener of seccomp needs. */
int fds_close(struct run *run, struct err *e)
{
	struct shared *s = run->shared;
	unsigned first = 3 + run->plan->exec.preserve_fds;
	int keep[] = {run->channel->fd, run->program, s->trace_fd, s->seccomp_fd};

	/* Ascending; what lies between is closed now, what stays is close-on-exec. */
	for (unsigned at = first;;) {
		int next = -1;

		for (size_t i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
			if (keep[i] >= (int)at && (next < 0 || keep[i] < next))
				next = keep[i];
		if (next < 0)
			return close_between(at, ~0U, e);
		if (next > (int)at) {
			int r = close_between(at, (unsigned)next - 1, e);

			if (r < 0)
				return r;
		}
		at = (unsigned)next + 1;
	}
}
