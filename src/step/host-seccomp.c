/* host-seccomp.c - PARENT hands the listener of a seccomp filter to the agent. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/syscalls.h"
#include "sys/unixsock.h"

/* Sent by init, or taken from it: see init-seccomp.c. */
static int take_listener(struct run *run, struct err *e)
{
	int fd = steal_fd(&run->given), number;

	if (fd >= 0)
		return fd;
	number = atomic_exchange(&run->shared->seccomp_fd, -1);
	if (number < 0)
		return err_set(e, ERR_PROTO, EPROTO, "init has no listener for the seccomp agent");
	fd = sys_pidfd_getfd(run->init_pidfd, number);
	return fd < 0 ? err_sys(e, "pidfd_getfd", "seccomp listener") : fd;
}

/* When it happens: late in `start`, early in `create`, at any time in a container that runs. */
static const char *status(const struct run *run)
{
	if (run->list == LIST_EXEC)
		return "running";
	return run->features & PF_NNP ? "created" : "creating";
}

/* The container process state (config-linux.md): the plan has all of it but what is between. */
static int make_message(struct run *run, char **text, struct err *e)
{
	auto_free char *state = NULL;
	int r = run->ops->state_json(run, status(run), &state, e);

	if (r < 0)
		return r;
	if (asprintf(text, "%s%d%s%s}", run->plan->seccomp_state, (int)run->init_pid,
		     run->plan->seccomp_state_end, state) < 0) {
		*text = NULL;
		return err_set(e, ERR_SYS, ENOMEM, "malloc");
	}
	return 0;
}

int seccomp_agent(struct run *run, struct err *e)
{
	const char *path = run->plan->seccomp.listener_path;
	auto_close int listener = take_listener(run, e), sock = -EBADF;
	auto_free char *text = NULL;
	int r;

	if (listener < 0)
		return listener;
	r = make_message(run, &text, e);
	if (r < 0)
		return r;
	sock = socket_connect(SOCK_STREAM, path, e);
	r = sock < 0 ? sock : socket_send_fd(sock, text, strlen(text), listener, path, e);
	return r < 0 ? err_at(e, r, "/linux/seccomp/listenerPath") : 0;
}
