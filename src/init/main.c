/*
 * main.c - the stub: the program that becomes the container.
 *
 *	hull-init FD
 *
 * hull runs it from a sealed memfd (security.md A7: a container that gets hold of its
 * /proc/PID/exe finds a file that nobody can write and that no other container uses). FD is the
 * memory that both share (step/run.h). The stub maps the plan where hull had it, goes down INIT's
 * side of the list, and ends in execve(2). It allocates nothing and links no C library
 * (libc.c), which keeps it at some tens of kilobytes: that, and not hull, is what the container's
 * memory limit is charged for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/num.h"
#include "run/lane.h"
#include "step/fault.h"
#include "step/hooks.h"
#include "step/run.h"
#include "sys/channel.h"
#include "sys/syscalls.h"

enum { WAIT_MS = 120 * 1000 };

static void send_log(enum log_level level, const char *text, void *arg)
{
	channel_send_log(arg, level, text);
}

/* exec has not closed what hull handed over: from here on it would. */
static void close_on_exec(struct shared *s)
{
	fcntl(s->arena_fd, F_SETFD, FD_CLOEXEC);
	fcntl(s->channel_fd, F_SETFD, FD_CLOEXEC);
	fcntl(s->self_fd, F_SETFD, FD_CLOEXEC);
	sys_close_range(3 + s->plan->exec.preserve_fds, ~0U, CLOSE_RANGE_CLOEXEC);
	for (int fd = 3; fd < 3 + (int)s->plan->exec.preserve_fds; fd++) {
		bool ours = fd == s->trace_fd || fd == s->rootfs || fd == s->null_device ||
			    fd == s->notify || fd == s->listener || fd == s->target ||
			    fd == s->cgroup_procs;

		for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++)
			ours |= fd == s->cgroup[i];
		for (size_t i = 0; i < SHARED_NS_MAX; i++)
			ours |= fd == s->join[i];
		for (uint32_t i = 0; i < s->n_fds; i++)
			ours |= fd == s->fds[i];
		if (ours)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
}

static struct shared *map_shared(int fd)
{
	struct stat st;
	struct shared *s;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*s))
		return NULL;
	s = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED || s->size != (uint32_t)st.st_size || s->version != SHARED_VERSION)
		return NULL;
	return s;
}

static int go(struct run *run, struct shared *s, struct err *e)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	void *base;
	int r;

	sigaction(SIGPIPE, &ignore, NULL);
	umask(0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(e, "prctl", "PR_SET_PDEATHSIG");
	r = arena_map(s->arena_fd, s->arena_size, &base, e);
	if (r < 0)
		return r;
	run->plan = s->plan;
	run->features = s->plan->features;
	run->channel->waits_ms = hooks_wait_ms(&s->plan->hooks, WAIT_MS);
	close_on_exec(s);
#ifdef ENABLE_FAULTS
	fault_set(s->fault_step, s->fault_num);
#endif
	run->until = lane_end(run->list);
	return lane_run(run, e);
}

int main(int argc, char **argv)
{
	struct channel channel = {.side = LANE_INIT, .peer = -1, .waits_ms = WAIT_MS};
	struct run run = {.channel = &channel,
			  .lane = LANE_INIT,
			  .give = -1,
			  .given = -1,
			  .proc = -1,
			  .dev_pts = -1,
			  .root = -1,
			  .exec_fd = -1,
			  .program = -1,
			  .init_pidfd = -1,
			  .spawned_pidfd = -1,
			  .terminal = -1};
	struct err e = {0};
	struct shared *s;
	uint64_t fd;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (argc != 2 || !num_u64(argv[1], 1 << 20, &fd) || !(s = map_shared((int)fd)))
		return 127; /* not started by hull: from inside a container, say */
	prctl(PR_SET_NAME, "hull-init");
	run.shared = s;
	run.list = (enum step_list)s->list;
	channel.fd = s->channel_fd;
	channel.at = s->at;
	channel.name = run.list == LIST_CREATE ? create_step_name : exec_step_name;
	log_set_level((enum log_level)s->log_level);
	log_sink(send_log, &channel);
	if (s->trace_fd >= 0)
		log_trace_to(s->trace_fd);
	if (go(&run, s, &e) < 0) {
		s->err = e;
		atomic_store(&s->err_ready, 1);
		if (channel.fd >= 0)
			channel_send_err(&channel, &e);
	}
	return 1;
}
