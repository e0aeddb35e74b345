/* init-ns.c - INIT enters and makes namespaces, and clones itself into them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/net.h"
#include "sys/proc.h"
#include "sys/syscalls.h"

/*
 * Before the clone: a user namespace first, for it gives the right to enter the others. After
 * setns(2) into a pid namespace it is the clone that will be in it.
 */
int ns_join(struct run *run, struct err *e)
{
	const struct plan_ns *ns = &run->plan->ns;

	for (int user = 1; user >= 0; user--) {
		for (size_t i = 0; i < ns->n_join; i++) {
			const struct plan_ns_join *j = &ns->join[i];

			if ((j->type == CLONE_NEWUSER) != user)
				continue;
			if (setns(run->shared->join[i], j->type) < 0)
				return err_at(e, err_sys(e, "setns", j->path),
					      "/linux/namespaces/%u/path", j->index);
			close_keep_errno(&run->shared->join[i]);
			run->shared->join[i] = -1;
		}
	}
	return 0;
}

/* A root that is no mount namespace's is entered by itself: setns(2) would leave us above it. */
static int enter_root(int *root, struct err *e)
{
	if (*root < 0)
		return 0;
	if (fchdir(*root) < 0)
		return err_sys(e, "fchdir", "the container's root");
	if (chroot(".") < 0)
		return err_sys(e, "chroot", "the container's root");
	close_keep_errno(root);
	*root = -1;
	return 0;
}

/* exec: all of the container's namespaces at once, through the pidfd of its init. */
int ns_enter(struct run *run, struct err *e)
{
	int types = (int)run->plan->ns.make;

	if (types && setns(run->shared->target, types) < 0) {
		if (errno == ESRCH)
			return err_set(e, ERR_STATE, ESRCH,
				       "container not running: no such process");
		return err_sys(e, "setns", "the container's namespaces");
	}
	return enter_root(&run->shared->rootfs, e);
}

/* After a clone parents are another's, and what tells us of their end is gone. */
static int tie_to_parent(struct err *e)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(e, "prctl", "PR_SET_PDEATHSIG");
	return 0;
}

/*
 * CLONE_PARENT makes the clone a child of PARENT. The kernel stores its pid, as PARENT
 * sees it, before it runs. This process ends here; the clone goes on.
 */
int init_clone(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	struct shared *s = run->shared;
	struct clone_args args = {
		.flags = CLONE_PARENT | CLONE_PARENT_SETTID,
		.parent_tid = (uint64_t)(uintptr_t)&s->init_pid,
	};
	long pid;

	if (run->list == LIST_CREATE)
		args.flags |= plan->ns.make & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
	for (size_t i = 0; run->list == LIST_CREATE && i < plan->cgroup.n; i++) {
		if (plan->cgroup.hierarchies[i].v2 && s->cgroup[i] >= 0) {
			args.flags |= CLONE_INTO_CGROUP;
			args.cgroup = (uint64_t)s->cgroup[i];
		}
	}
	/* An unprivileged PARENT can write the maps of a dumpable process alone. Nobody else is in
	 * the new namespace yet; userns.enter takes it back. */
	if (plan->features & PF_USERNS && !(plan->features & PF_HOST_SOURCES))
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	pid = sys_clone3(&args);
	if (pid < 0)
		return err_sys(e, "clone3", NULL);
	if (pid > 0)
		_exit(0);
	for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++)
		close_keep_errno(&s->cgroup[i]);
	close_keep_errno(&s->target);
	return tie_to_parent(e);
}

/* As the user that owns the namespace, if it has one: what is made from now on is root's there. */
int userns_enter(struct run *run, struct err *e)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_DUMPABLE");
	if (setresgid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, "setresgid", "0");
	if (setresuid(0, 0, 0) < 0 && errno != EINVAL)
		return err_sys(e, "setresuid", "0");
	if (!run->plan->idmap.deny_setgroups && syscall(SYS_setgroups, 0, NULL) < 0 &&
	    errno != EPERM)
		return err_sys(e, "setgroups", NULL);
	/* Changed ids make the kernel forget it. */
	return tie_to_parent(e);
}

int ns_cgroup(struct run *run, struct err *e)
{
	(void)run;
	if (unshare(CLONE_NEWCGROUP) < 0)
		return err_sys(e, "unshare", "cgroup namespace");
	return 0;
}

static int own_proc(struct run *run, struct err *e)
{
	if (run->proc < 0)
		run->proc = proc_open_own(e);
	return run->proc < 0 ? run->proc : 0;
}

/*
 * unshare(2) is for children alone, and the offsets can be written until the first process is
 * in: so make it, write them, and only then go in ourselves (time_namespaces(7)).
 */
int ns_time(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	auto_close int ns = -EBADF;
	char text[128];
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_XDEV};
	int r = own_proc(run, e);

	if (r < 0)
		return r;
	if (unshare(CLONE_NEWTIME) < 0)
		return err_sys(e, "unshare", "time namespace");
	snprintf(text, sizeof(text), "monotonic %lld %u\nboottime %lld %u\n",
		 (long long)plan->time_monotonic_s, plan->time_monotonic_ns,
		 (long long)plan->time_boottime_s, plan->time_boottime_ns);
	r = proc_write(run->proc, "self/timens_offsets", text, e);
	if (r < 0)
		return err_at(e, r, "/linux/timeOffsets");
	/* The one magic link that is followed: our own, in a procfs of our own. */
	ns = sys_openat2(run->proc, "self/ns/time_for_children", &how);
	if (ns < 0 && errno == EXDEV)
		ns = openat(run->proc, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return err_sys(e, "open", "/proc/self/ns/time_for_children");
	if (setns(ns, CLONE_NEWTIME) < 0)
		return err_sys(e, "setns", "time namespace");
	return 0;
}

int net_loopback(struct run *run, struct err *e)
{
	(void)run;
	return net_loopback_up(e);
}

int uts_hostname(struct run *run, struct err *e)
{
	const char *name = run->plan->hostname;

	if (sethostname(name, strlen(name)) < 0)
		return err_at(e, err_sys(e, "sethostname", name), "/hostname");
	return 0;
}

int uts_domainname(struct run *run, struct err *e)
{
	const char *name = run->plan->domainname;

	if (setdomainname(name, strlen(name)) < 0)
		return err_at(e, err_sys(e, "setdomainname", name), "/domainname");
	return 0;
}

int sysctl_write(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	int r = own_proc(run, e);

	for (size_t i = 0; r == 0 && i < plan->n_sysctls; i++) {
		const struct plan_sysctl *s = &plan->sysctls[i];
		char path[256];

		snprintf(path, sizeof(path), "sys/%s", s->path);
		r = proc_write(run->proc, path, s->value, e);
		if (r < 0)
			return err_at(e, r, "/linux/sysctl/%s", s->key);
	}
	return r;
}
