/* host-spawn.c - PARENT starts the stub, adopts the process that it clones, and ends both on
 * failure. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "step/run.h"
#include "step/steps.h"
#include "step/stub.h"
#include "sys/channel.h"
#include "sys/clone3.h"
#include "sys/process.h"
#include "sys/syscalls.h"

static_assert(6 + SHARED_NS_MAX + SHARED_CGROUPS_MAX <= 64, "gather() has room");

enum { STACK = 64 * 1024, KILL_MS = 10 * 1000 };

/* A copy of the stub that nobody can change any more: memfd_create(2), F_ADD_SEALS in fcntl(2). */
static int sealed_stub(struct err *e)
{
	size_t size = (size_t)(stub_end - stub_start);
	auto_close int fd = memfd_create("hull-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	const char *p = stub_start;

	if (fd < 0 && errno == EINVAL) /* MFD_EXEC: Linux 6.3 */
		fd = memfd_create("hull-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_sys(e, "memfd_create", "hull-init");
	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno != EINTR)
			return err_sys(e, "write", "hull-init");
		if (n > 0) {
			p += n;
			size -= (size_t)n;
		}
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_sys(e, "fcntl F_ADD_SEALS", "hull-init");
	return steal_fd(&fd);
}

/* What INIT is handed, under the same numbers. */
static size_t gather(const struct shared *s, int *out)
{
	const int single[] = {s->rootfs,   s->null_device, s->notify,
			      s->listener, s->target,	   s->cgroup_procs};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		out[n++] = single[i];
	for (size_t i = 0; i < SHARED_NS_MAX; i++)
		out[n++] = s->join[i];
	for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++)
		out[n++] = s->cgroup[i];
	for (uint32_t i = 0; i < s->n_fds; i++)
		out[n++] = s->fds[i];
	return n;
}

struct spawn {
	const struct run *run;
	const int *fds;
	size_t n;
	int stub;
	bool in_cgroup; /* by the clone: INIT has none to join, and gets no directory of the host's
			 */
	int error;
};

static void pass(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

/*
 * In a child that shares our memory and has its own table of descriptors (vfork(2)): what
 * the stub needs goes through execve(2), nothing else does but what was asked to be preserved.
 */
static int become_stub(void *arg)
{
	struct spawn *sp = arg;
	struct shared *s = sp->run->shared;
	char number[16];
	char *argv[] = {"hull-init", number, NULL}, *envp[] = {NULL};

	sys_close_range(3 + sp->run->plan->exec.preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC);
	pass(s->arena_fd);
	pass(s->channel_fd);
	pass(s->self_fd);
	pass(s->trace_fd);
	for (size_t i = 0; i < sp->n; i++)
		pass(sp->fds[i]);
	if (sp->in_cgroup) {
		for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++) {
			close_keep_errno(&s->cgroup[i]); /* in this process' own table */
			s->cgroup[i] = -1;
		}
		close_keep_errno(&s->cgroup_procs);
		s->cgroup_procs = -1;
	}
	snprintf(number, sizeof(number), "%d", s->self_fd);
	syscall(SYS_execveat, sp->stub, "", argv, envp, AT_EMPTY_PATH);
	sp->error = errno;
	_exit(127);
}

/*
 * Into the v2 cgroup at once: to write to cgroup.procs takes milliseconds, and once INIT has
 * entered other namespaces the kernel might not let it in.
 */
static void start_in_cgroup(const struct run *run, struct clone_args *args)
{
	const struct plan_cgroup *plan = &run->plan->cgroup;

	for (size_t i = 0; i < plan->n; i++) {
		if (!plan->hierarchies[i].v2 || run->shared->cgroup[i] < 0)
			continue;
		args->flags |= CLONE_INTO_CGROUP;
		args->cgroup = (uint64_t)run->shared->cgroup[i];
	}
}

static long spawn_clone(struct run *run, struct spawn *sp, struct clone_args *args)
{
	long pid;

	if (run->features & PF_DIRECT)
		args->flags |= run->plan->ns.make & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
	if (run->features & PF_DIRECT || run->list == LIST_EXEC)
		start_in_cgroup(run, args);
	sp->in_cgroup = args->flags & CLONE_INTO_CGROUP;
	pid = clone3_vfork(args, become_stub, sp);
	if (pid < 0 && sp->in_cgroup && run->list == LIST_EXEC) {
		/* Then INIT writes, and what is wrong is said there. */
		args->flags &= ~(uint64_t)CLONE_INTO_CGROUP;
		args->cgroup = 0;
		sp->in_cgroup = false;
		pid = clone3_vfork(args, become_stub, sp);
	}
	return pid;
}

static int spawn_stub(struct run *run, int stub, const int *fds, size_t n, struct err *e)
{
	static char stack[STACK] __attribute__((aligned(16)));
	struct spawn sp = {.run = run, .fds = fds, .n = n, .stub = stub};
	int pidfd = -1;
	struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
				  .exit_signal = SIGCHLD,
				  .pidfd = (uint64_t)(uintptr_t)&pidfd,
				  .stack = (uint64_t)(uintptr_t)stack,
				  .stack_size = STACK};
	bool direct = run->features & PF_DIRECT;
	sigset_t all, before;
	long pid;

	/* No handler of ours may run in the child, which shares our memory. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = spawn_clone(run, &sp, &args);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return err_sys(e, "clone3", NULL);
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	if (direct) {
		run->init_pidfd = pidfd;
		run->init_pid = (pid_t)pid;
		run->shared->init_pid = (int32_t)pid;
	} else {
		run->spawned_pidfd = pidfd;
	}
	if (sp.error) {
		errno = sp.error;
		return err_sys(e, "execveat", "hull-init");
	}
	return 0;
}

int init_spawn(struct run *run, struct err *e)
{
	auto_close int stub = sealed_stub(e);
	auto_free int *fds = NULL;
	int pair[2], r;
	size_t n;

	if (stub < 0)
		return stub;
	fds = malloc((run->shared->n_fds + 64) * sizeof(*fds));
	if (!fds)
		return err_set(e, ERR_SYS, ENOMEM, "malloc");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "socketpair", NULL);
	run->channel->fd = pair[0];
	run->shared->channel_fd = pair[1];
	n = gather(run->shared, fds); /* before INIT, which takes them out as it goes, runs */
	r = spawn_stub(run, stub, fds, n, e);
	close(pair[1]);
	run->channel->peer = run->features & PF_DIRECT ? run->init_pidfd : run->spawned_pidfd;
	run->channel->how_died = process_how_died;
	if (r < 0)
		return r;
	/* They are INIT's now. One that we kept would keep its mount, or its socket, alive. */
	run->handed = true;
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0 && !(run->plan->features & PF_IDMAP))
			close(fds[i]);
	return 0;
}

/*
 * A pidfd of the process that INIT cloned itself as. The number is the kernel's, but where it is
 * kept others may have written: only a child of ours, which is not reaped yet, can be it.
 */
static int open_clone(pid_t pid, struct err *e)
{
	auto_close int fd = pid > 1 ? sys_pidfd_open(pid, 0) : -1;
	siginfo_t info;

	if (pid <= 1)
		return err_set(e, ERR_PROTO, EPROTO, "init was cloned, and has no pid");
	if (fd < 0)
		return err_sys(e, "pidfd_open", NULL);
	if (waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return err_sys(e, "waitid", "init");
	return steal_fd(&fd);
}

/* The process that was spawned has cloned the container's first process and ended. */
int init_adopt(struct run *run, struct err *e)
{
	pid_t pid = atomic_load(&run->shared->init_pid);
	int status, r = open_clone(pid, e);

	if (r < 0)
		return r;
	run->init_pid = pid;
	run->init_pidfd = r;
	run->channel->peer = run->init_pidfd;
	r = process_reap(run->spawned_pidfd, &status, e);
	close_keep_errno(&run->spawned_pidfd);
	run->spawned_pidfd = -1;
	return r;
}

static void end_child(int *pidfd)
{
	struct err e = {0};
	int status;

	if (*pidfd < 0)
		return;
	if (sys_pidfd_send_signal(*pidfd, SIGKILL) < 0 && errno != ESRCH)
		log_warning("kill: %s", strerror(errno));
	if (process_wait_end(*pidfd, KILL_MS, &e) == 0)
		log_warning("init has not ended %d s after SIGKILL", KILL_MS / 1000);
	else if (e.kind == ERR_NONE && process_reap(*pidfd, &status, &e) < 0)
		log_debug("reap: %s", e.op);
	close_keep_errno(pidfd);
	*pidfd = -1;
}

void init_kill(struct run *run)
{
	struct err e = {0};

	end_child(&run->spawned_pidfd);
	if (run->init_pidfd < 0)
		run->init_pidfd = open_clone(atomic_load(&run->shared->init_pid), &e);
	err_drop(&e); /* there was none yet */
	end_child(&run->init_pidfd);
	close_keep_errno(&run->channel->fd);
	run->channel->fd = -1;
}

int exec_await(struct run *run, struct err *e)
{
	return channel_await_end(run->channel, e);
}
