/*
 * run.h - one run of a list of steps: what changes while it goes on.
 *
 * What does not change is in the plan, and stays there. The two processes have a
 * struct run each. What PARENT hands INIT is in struct shared, one mapping of
 * which both see the same bytes; descriptors named there are open under the
 * same number in both, because INIT inherits them.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "plan/plan.h"

struct channel;

enum lane { LANE_PARENT, LANE_INIT };
enum step_list { LIST_CREATE, LIST_EXEC };

enum { SHARED_CGROUPS_MAX = 32, SHARED_NS_MAX = PLAN_NS_MAX };

/* Counts up with any change to struct shared, struct plan or the list of steps. */
#define SHARED_VERSION 4

struct shared {
	uint32_t size;		 /* of this, with fds[] */
	uint32_t version;	 /* SHARED_VERSION: `start` may be of another build than `create` */
	uint32_t list;		 /* enum step_list */
	const struct plan *plan; /* in the arena, at the same address in both */
	uint64_t arena_size;
	int32_t arena_fd, channel_fd, self_fd, trace_fd;
	int32_t log_level;
	_Atomic uint32_t at[2]; /* the step that each lane is in; see sys/channel.h */

	/* From PARENT, -1 when there is none. */
	int32_t rootfs;	     /* sources.open -> mount.root: the detached rootfs tree; exec: what
				ns.enter takes for its root, if that isn't the mount namespace's */
	int32_t null_device; /* sources.open -> mount.mask: the host's /dev/null, checked */
	int32_t notify;	     /* sources.open -> mount.entries: the directory of notify.sock */
	int32_t listener;    /* init.spawn -> start.wait: the socket that `start` calls */
	int32_t target;	     /* init.spawn -> ns.enter: pidfd of the container's init */
	int32_t join[SHARED_NS_MAX];	    /* plan->ns.join[i], opened and checked by PARENT */
	int32_t cgroup[SHARED_CGROUPS_MAX]; /* plan->cgroup.hierarchies[i]: the directory of v2,
					       for CLONE_INTO_CGROUP; -1 for v1 */
	int32_t cgroup_procs; /* where that may not be: cgroup.procs of v2, to write 0 to */
	uint64_t nofile_soft, nofile_hard; /* RLIMIT_NOFILE as hull was started with */
	char fault_step[32];		   /* --enable-faults: see step/fault.h */
	int32_t fault_num;

	/* From INIT. */
	_Atomic int32_t init_pid; /* init.clone: the container's first process, as PARENT sees it */
	_Atomic int32_t
		seccomp_fd; /* seccomp.*: number of the listener in INIT, for pidfd_getfd(2) */
	_Atomic int32_t pid_inside; /* its pid as it sees itself */
	_Atomic uint32_t
		err_ready; /* err is filled: last words when nothing may be sent any more */
	struct err err;

	uint32_t n_fds;
	int32_t fds[]; /* sources.open: plan->mounts[i] (-1: none), then plan->devices[i] that are
			  bound */
};

struct run {
	const struct plan *plan;
	struct shared *shared;
	struct channel *channel;
	enum lane lane;
	enum step_list list;
	unsigned reached;     /* steps below this one are done */
	unsigned from, until; /* the part that this command does */
	uint32_t features;    /* PF_: the plan's */
	int give;	      /* a descriptor that goes along with the next MEET of ours, or -1 */
	int given;	      /* what came along with the last one of INIT's, or -1 */

	/* PARENT's own. */
	struct container *container; /* state.claim -> everything; run/ knows what it is */
	const struct run_ops *ops;
	size_t shared_size; /* of the mapping: what it says itself is INIT's word */
	bool handed;	/* init.spawn: what shared names is INIT's, and not open here any more */
	int init_pidfd; /* init.adopt -> the end */
	pid_t init_pid;
	int spawned_pidfd; /* init.spawn -> init.adopt: the process that clones INIT */
	int terminal;	   /* tty.send: the pty, when `run` or `exec` in the foreground keeps it */
	const char *console_socket; /* where the pty goes, or NULL */
	int notify;	       /* state.claim, or `start`: the container's NOTIFY_SOCKET, or -1 */
	const char *state_dir; /* absolute; the container's directory */
	int state_fd;	       /* of that directory */
	unsigned cgroups_made; /* cgroup.create -> cgroup.destroy: hierarchies that have been begun
				*/

	/* INIT's own. */
	int proc;    /* a detached procfs, -1 until proc is first needed */
	int dev_pts; /* mount.entries -> tty.open: the devpts that we mounted, else -1 */
	int root;    /* mount.root -> root.pivot: the rootfs, as a mounted tree */
	int exec_fd; /* exec.find */
	int program; /* exec.find -> exec.program */
	const char *program_path;
	const char *const *env; /* exec.prepare -> exec.program */
};

/*
 * What the state.* steps and the hooks of PARENT need from run/, which lies above
 * step/: the object that the command works on fills this in.
 */
struct run_ops {
	int (*claim)(struct run *run, struct err *e);
	void (*remove)(struct run *run);
	int (*created)(struct run *run, struct err *e);
	int (*running)(struct run *run, struct err *e);
	/* JSON of the state, for a hook's stdin: malloc()ed. */
	int (*state_json)(struct run *run, const char *status, char **text, struct err *e);
};
