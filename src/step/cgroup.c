#include "step/cgroup.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "plan/plan.h"
#include "sys/cgroupfs.h"
#include "sys/syscalls.h"

enum {
	FREEZE_TO_KILL_MS = 500, /* a process that can't be frozen must not save the others */
	KILL_ROUNDS = 20,
	AT_ONCE = 8, /* pidfds open at a time: little is needed */
};

static struct cgroup_place place(const struct plan_hierarchy *h)
{
	return (struct cgroup_place){.dir = h->dir, .path = h->path, .v2 = h->v2};
}

static bool has_controller(const struct plan_hierarchy *h, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = h->controllers; *p; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");

		if (n == len && memcmp(p, name, len) == 0)
			return true;
		p += n;
	}
	return false;
}

static int list(const struct plan_hierarchy *h, size_t n, struct cgroup_pids *pids, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);
		int r = cgroupfs_pids(&c, pids, e);

		if (r < 0)
			return r;
	}
	cgroup_pids_sort(pids);
	return 0;
}

int cgroup_pids(const struct plan_hierarchy *h, size_t n, pid_t **pids, size_t *n_pids,
		struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids all = {0};
	size_t hidden;
	int r = list(h, n, &all, e);

	if (r < 0)
		return r;
	/* 0 stands for those of other pid namespaces, which have no number here. */
	hidden = all.n > 0 && all.v[0] == 0;
	*n_pids = all.n - hidden;
	if (hidden)
		memmove(all.v, all.v + 1, *n_pids * sizeof(*all.v));
	*pids = steal_ptr(all.v);
	return 0;
}

int cgroup_populated(const struct plan_hierarchy *h, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);
		int r = cgroupfs_populated(&c, e);

		if (r != 0)
			return r;
	}
	return 0;
}

/* v2's freezer where there is one: what it holds can still be killed. False: there is none. */
static bool find_freezer(const struct plan_hierarchy *h, size_t n, struct cgroup_place *out)
{
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);

		if ((c.v2 || (!found && has_controller(&h[i], "freezer"))) && cgroupfs_exists(&c)) {
			*out = c;
			found = true;
		}
	}
	return found;
}

int cgroup_is_frozen(const struct plan_hierarchy *h, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);
		int r;

		if (!c.v2 && !has_controller(&h[i], "freezer"))
			continue;
		r = cgroupfs_is_frozen(&c, e);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Thaws in every hierarchy: an engine may have used another freezer than ours. */
static int thaw(const struct plan_hierarchy *h, size_t n, unsigned ms, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);
		int r = c.v2 || has_controller(&h[i], "freezer") ? cgroupfs_is_frozen(&c, e) : 0;

		if (r > 0)
			r = cgroupfs_freeze(&c, false, ms, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_freeze(const struct plan_hierarchy *h, size_t n, bool freeze, unsigned ms, struct err *e)
{
	struct cgroup_place c;

	if (!find_freezer(h, n, &c))
		return err_set(e, ERR_STATE, EOPNOTSUPP,
			       "the container has no cgroup with a freezer on this host");
	return freeze ? cgroupfs_freeze(&c, true, ms, e) : thaw(h, n, ms, e);
}

/*
 * A number may have become another process' since it was read. So: pidfds first, then
 * the list again, and the signal goes through the pidfd to those that are still in it. A pidfd
 * that was somebody else's from the start is not: its number can't be in the list.
 */
static int signal_some(const struct plan_hierarchy *h, size_t n, const pid_t *pids, size_t n_pids,
		       int sig, struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids now = {0};
	int fds[AT_ONCE], r;

	for (size_t i = 0; i < n_pids; i++)
		fds[i] = pids[i] > 0 ? sys_pidfd_open(pids[i], 0) : -1;
	r = list(h, n, &now, e);
	for (size_t i = 0, k = 0; i < n_pids; i++) {
		while (k < now.n && now.v[k] < pids[i])
			k++;
		if (r == 0 && fds[i] >= 0 && k < now.n && now.v[k] == pids[i] &&
		    sys_pidfd_send_signal(fds[i], sig) < 0 && errno != ESRCH)
			r = err_sys(e, "kill", NULL);
		close_keep_errno(&fds[i]);
	}
	return r;
}

static int signal_each(const struct plan_hierarchy *h, size_t n, int sig, size_t *found,
		       struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids pids = {0};
	int r = list(h, n, &pids, e);

	*found = pids.n;
	for (size_t i = 0; r == 0 && i < pids.n; i += AT_ONCE)
		r = signal_some(h, n, pids.v + i, pids.n - i < AT_ONCE ? pids.n - i : AT_ONCE, sig,
				e);
	return r;
}

/* All of them, frozen if that can be had: then once is enough. */
static int signal_frozen(const struct plan_hierarchy *h, size_t n, int sig, struct err *e)
{
	struct cgroup_place freezer;
	struct err ignored = {0};
	bool have = find_freezer(h, n, &freezer), frozen = false;
	int was = cgroup_is_frozen(h, n, e), r;
	size_t found = 0;

	if (was < 0)
		return was;
	if (have && !was) {
		frozen = cgroupfs_freeze(&freezer, true, FREEZE_TO_KILL_MS, &ignored) == 0;
		if (!frozen) {
			log_debug("not frozen for the signal: %s", ignored.text);
			err_drop(&ignored);
		}
	}
	r = signal_each(h, n, sig, &found, e);
	if ((was && sig == SIGKILL) || frozen) {
		int thawed = thaw(h, n, FREEZE_TO_KILL_MS, r < 0 ? &ignored : e);

		r = r < 0 ? r : thawed;
	}
	/* Without a freezer some may have been born meanwhile. */
	for (int i = 0; r == 0 && sig == SIGKILL && !frozen && !was && found > 0 && i < KILL_ROUNDS;
	     i++) {
		struct backoff wait = backoff_start(1);

		(void)backoff_wait(&wait);
		r = signal_each(h, n, sig, &found, e);
	}
	return r;
}

int cgroup_kill_all(const struct plan_hierarchy *h, size_t n, int sig, struct err *e)
{
	bool others = false;
	int r = cgroup_populated(h, n, e);

	/* Mostly they have all ended already: then there is nothing to freeze for. */
	if (r <= 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);

		if (!c.v2 || sig != SIGKILL) {
			others = true;
			continue;
		}
		r = cgroupfs_kill(&c, e);
		if (r < 0)
			return r;
	}
	/* Hybrid: cgroup.kill has seen to what is in the v2 cgroup; is anybody left elsewhere? */
	return others ? signal_frozen(h, n, sig, e) : 0;
}

/* v2's cgroup.kill, or the freezer: while somebody is left, it is needed. */
static bool is_for_killing(const struct plan_hierarchy *h)
{
	return h->v2 || has_controller(h, "freezer");
}

bool cgroup_remove_empty(const struct plan_hierarchy *h, size_t n)
{
	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < n; i++) {
			struct cgroup_place c = place(&h[i]);

			if (is_for_killing(&h[i]) == first && !cgroupfs_remove_empty(&c))
				return false;
		}
	return true;
}

int cgroup_remove_all(const struct plan_hierarchy *h, size_t n, unsigned ms, struct err *e)
{
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		struct cgroup_place c = place(&h[i]);
		struct err mine = {0};

		/* Once one has had all the time there is, the others are given a last chance only.
		 */
		if (cgroupfs_remove(&c, result < 0 ? 10 : ms, &mine) == 0)
			continue;
		if (result == 0) {
			*e = mine;
			result = -e->num;
		}
	}
	return result;
}
