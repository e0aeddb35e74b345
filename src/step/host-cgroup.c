/* host-cgroup.c - PARENT makes the container's cgroups, sets their limits, and removes them again.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "step/cgroup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/bpf.h"
#include "sys/cgroupfs.h"

enum { UNDO_MS = 10 * 1000 };

/* What goes from one hierarchy to the next while cgroup.create is at work. */
struct creation {
	struct run *run;
	const struct plan_cgroup *plan;
	bool fresh; /* the v2 cgroup is newly made */
	bool made[SHARED_CGROUPS_MAX];
	int refused_by; /* errno with which a parent refused a controller, or 0 */
	char parent[PATH_MAX];
};

/* The file that is open: what is written next often goes there as well (devices.allow). */
struct writer {
	int fd;
	unsigned hierarchy;
	const char *file;
};

static struct cgroup_place place(const struct plan_hierarchy *h)
{
	return (struct cgroup_place){.dir = h->dir, .path = h->path, .v2 = h->v2};
}

static bool not_allowed(int r)
{
	return r == -EACCES || r == -EPERM || r == -EROFS;
}

/* Somebody else's processes would come under our limits, and end with our container. */
static int check_existing(const struct cgroup_place *c, const struct plan_hierarchy *h,
			  struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids pids = {0};
	int r = cgroupfs_pids(c, &pids, e);

	if (r < 0)
		return r;
	if (pids.n > 0)
		return err_set(e, ERR_STATE, EBUSY,
			       "container's cgroup is not empty: %zu process(es) found in `%s%s`",
			       pids.n, c->dir, c->path);
	r = cgroup_is_frozen(h, 1, e);
	if (r > 0)
		return err_set(e, ERR_STATE, EBUSY, "container's cgroup `%s%s` is frozen", c->dir,
			       c->path);
	return r;
}

static bool is_cpuset(const struct plan_hierarchy *h)
{
	const char *p = strstr(h->controllers, "cpuset");

	return p && (p == h->controllers || p[-1] == ',') && (p[6] == ',' || !p[6]);
}

/* Below a threaded cgroup no process with children of its own kind can live: cgroups(7). */
static int check_domain(const struct cgroup_place *c, struct err *e)
{
	char type[32];
	int r;

	if (!strchr(c->path + 1, '/'))
		return 0; /* right below the root, which can't be threaded */
	r = cgroupfs_read(c, "cgroup.type", type, sizeof(type), e);
	if (r < 0)
		return r;
	if (strcmp(type, "domain") != 0)
		return err_set(e, ERR_SYS, EOPNOTSUPP,
			       "the cgroup `%s%s` is of type `%s`: a parent of "
			       "it is threaded, and a container can't be in such a one",
			       c->dir, c->path, type);
	return 0;
}

static int prepare_v2(struct creation *cr, const struct cgroup_place *c, struct err *e)
{
	int r = 0;

	if (cr->plan->enable)
		r = cgroupfs_enable(c, cr->plan->enable, &cr->refused_by, cr->parent,
				    sizeof(cr->parent), e);
	if (r == 0)
		r = check_domain(c, e);
	if (r == 0 && cr->refused_by)
		log_debug("cgroup `%s` does not hand down all of `%s`: %s", cr->parent,
			  cr->plan->enable, strerror(cr->refused_by));
	if (r == 0 && cr->plan->delegate)
		r = cgroupfs_delegate(c, cr->plan->owner, e);
	return r;
}

/*
 * The kernel checks CLONE_INTO_CGROUP with what the caller is at that moment: in a user or cgroup
 * namespace that was joined before the clone it may not be allowed to enter.
 */
static bool joins_before_clone(const struct plan *plan)
{
	for (size_t i = 0; i < plan->ns.n_join; i++)
		if (plan->ns.join[i].type & (CLONE_NEWUSER | CLONE_NEWCGROUP))
			return true;
	return false;
}

static int open_join(struct run *run, unsigned i, const struct cgroup_place *c, struct err *e)
{
	int fd;

	if (joins_before_clone(run->plan)) {
		fd = cgroupfs_open(c, "cgroup.procs", O_WRONLY, e);
		if (fd >= 0)
			run->shared->cgroup_procs = fd;
	} else {
		fd = cgroupfs_open(c, NULL, O_PATH | O_DIRECTORY, e);
		if (fd >= 0)
			run->shared->cgroup[i] = fd;
	}
	return fd < 0 ? fd : 0;
}

static int create_one(struct creation *cr, unsigned i, struct err *e)
{
	const struct plan_hierarchy *h = &cr->plan->hierarchies[i];
	struct cgroup_place c = place(h);
	bool existed;
	int r;

	r = cgroupfs_make(&c, &existed, e);
	if (r == 0 && existed)
		r = check_existing(&c, h, e);
	if (r < 0)
		return r;
	/* From here on it is ours to remove, also if it was there. */
	cr->run->cgroups_made = i + 1;
	if (c.v2)
		cr->fresh = !existed;
	r = c.v2 ? prepare_v2(cr, &c, e) : is_cpuset(h) ? cgroupfs_cpuset_inherit(&c, e) : 0;
	/* Those of v1 INIT opens itself, one after the other. */
	if (r == 0 && c.v2)
		r = open_join(cr->run, i, &c, e);
	if (r < 0)
		return r;
	cr->made[i] = true;
	return 0;
}

static void writer_close(struct writer *w)
{
	close_keep_errno(&w->fd);
	*w = (struct writer){.fd = -EBADF};
}

static int write_value(struct writer *wr, const struct plan_cgroup *plan, unsigned hierarchy,
		       const char *file, const char *value, struct err *e)
{
	struct cgroup_place c = place(&plan->hierarchies[hierarchy]);
	ssize_t n;

	if (wr->fd < 0 || wr->hierarchy != hierarchy || strcmp(wr->file, file) != 0) {
		writer_close(wr);
		wr->fd = cgroupfs_open(&c, file, O_WRONLY, e);
		if (wr->fd < 0)
			return wr->fd;
		wr->hierarchy = hierarchy;
		wr->file = file;
	}
	do
		n = write(wr->fd, value, strlen(value));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		char path[sizeof(e->path)];
		int num = errno;

		log_debug("`%s` was refused by `%s%s/%s`", value, c.dir, c.path, file);
		snprintf(path, sizeof(path), "%s%s/%s", c.dir, c.path, file);
		errno = num;
		return err_sys(e, "write", path);
	}
	return 0;
}

/* checkBeforeUpdate: less than what is in use would kill something at once. */
static int check_not_below(const struct plan_cgroup *plan, const struct plan_cgroup_write *w,
			   struct err *e)
{
	struct cgroup_place c = place(&plan->hierarchies[w->hierarchy]);
	uint64_t used, limit;
	int r;

	if (!w->not_below || !num_u64(w->value, UINT64_MAX, &limit))
		return 0; /* "-1" and "max" are below nothing */
	r = cgroupfs_read_u64(&c, w->not_below, &used, e);
	if (r < 0)
		return r;
	if (limit < used)
		return err_spec(e, w->at, "%s bytes are below the %ju that are in use", w->value,
				used);
	return 0;
}

/* ENOENT, in words: it is the kernel or a parent cgroup that lacks something. */
static int missing_file(const struct creation *cr, const struct plan_cgroup_write *w, struct err *e)
{
	const struct plan_hierarchy *h = &cr->plan->hierarchies[w->hierarchy];
	int len = (int)strcspn(w->file, ".");

	err_drop(e);
	if (h->v2 && cr->refused_by)
		return err_set(e, ERR_SPEC, ENOENT,
			       "`%s` needs the controller `%.*s`, and `%s/cgroup.subtree_control` "
			       "does not take it: %s%s",
			       w->file, len, w->file, cr->parent, strerror(cr->refused_by),
			       cr->refused_by == EBUSY ? " (there are processes in that cgroup)"
						       : "");
	return err_set(e, ERR_SPEC, ENOENT, "the cgroup `%s%s` has no `%s`%s%s%s on this kernel",
		       h->dir, h->path, w->file, w->alternative ? " nor `" : "",
		       w->alternative ? w->alternative : "", w->alternative ? "`" : "");
}

static int write_one(const struct creation *cr, struct writer *wr,
		     const struct plan_cgroup_write *w, struct err *e)
{
	int r = check_not_below(cr->plan, w, e);

	if (r == 0)
		r = write_value(wr, cr->plan, w->hierarchy, w->file, w->value, e);
	if (r == -ENOENT && w->alternative) {
		err_drop(e);
		r = write_value(wr, cr->plan, w->hierarchy, w->alternative,
				w->alternative_value ? w->alternative_value : w->value, e);
	}
	if (r < 0 && w->optional) {
		log_warning("%s: `%s` could not be written: %s", w->at, w->file, strerror(-r));
		err_drop(e);
		return 0;
	}
	if (r == -ENOENT)
		r = missing_file(cr, w, e);
	return r < 0 ? err_at(e, r, "%s", w->at) : 0;
}

static int write_limits(const struct creation *cr, struct err *e)
{
	const struct plan_cgroup *plan = cr->plan;
	struct writer wr = {.fd = -EBADF};
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_writes; i++) {
		const struct plan_cgroup_write *w = &plan->writes[i];

		/* Tolerated: it was not made, and nothing that is asked for is lost by that. */
		if (!cr->made[w->hierarchy])
			continue;
		r = write_one(cr, &wr, w, e);
		if (r == -EINVAL && w->either_order && i + 1 < plan->n_writes) {
			err_drop(e);
			r = write_one(cr, &wr, w + 1, e);
			if (r == 0)
				r = write_one(cr, &wr, w, e);
			i++;
		}
	}
	writer_close(&wr);
	return r;
}

static int attach_program(const struct creation *cr, struct err *e)
{
	const struct plan_cgroup *plan = cr->plan;

	for (size_t i = 0; i < plan->n && plan->n_device_prog > 0; i++) {
		struct cgroup_place c = place(&plan->hierarchies[i]);
		auto_close int dir = -EBADF;
		int r;

		if (!c.v2 || !cr->made[i])
			continue;
		dir = r = cgroupfs_open(&c, NULL, O_PATH | O_DIRECTORY, e);
		if (r >= 0)
			r = bpf_device_set(dir, cr->fresh, plan->device_prog, plan->n_device_prog,
					   e);
		if (r < 0)
			return err_at(e, r, "/linux/resources/devices");
	}
	return 0;
}

/* The limit that makes us insist, if that is why it has to be made. */
static const char *first_limit(const struct plan_cgroup *plan)
{
	for (size_t i = 0; i < plan->n_writes; i++)
		if (!plan->writes[i].optional)
			return plan->writes[i].at;
	return "/linux/cgroupsPath";
}

/* One line for all of them: there may be ten, all for the same reason. */
static void say_tolerated(const struct plan_cgroup *plan, size_t without, int num)
{
	if (without > 0)
		log_warning("%zu of %zu hierarchies have no cgroup for the container: %s", without,
			    plan->n, strerror(num));
}

int cgroup_create(struct run *run, struct err *e)
{
	const struct plan_cgroup *plan = &run->plan->cgroup;
	struct creation cr = {.run = run, .plan = plan};
	size_t without = 0;
	int r, num = 0;

	for (unsigned i = 0; i < plan->n; i++) {
		r = create_one(&cr, i, e);
		if (not_allowed(r) && plan->tolerate) {
			without++;
			num = -r;
			err_drop(e);
			continue;
		}
		if (not_allowed(r))
			return err_at(e, r, "%s", first_limit(plan));
		if (r < 0)
			return r;
	}
	say_tolerated(plan, without, num);
	r = write_limits(&cr, e);
	return r < 0 ? r : attach_program(&cr, e);
}

static void close_all(struct shared *s)
{
	for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++) {
		close_keep_errno(&s->cgroup[i]);
		s->cgroup[i] = -1;
	}
	close_keep_errno(&s->cgroup_procs);
	s->cgroup_procs = -1;
}

/* Whatever is in there came with the container: it was empty. A hook may have left something. */
void cgroup_destroy(struct run *run)
{
	const struct plan_hierarchy *h = run->plan->cgroup.hierarchies;
	struct err e = {0};
	int r = 0;

	if (!run->handed)
		close_all(run->shared);
	if (run->cgroups_made)
		r = cgroup_kill_all(h, run->cgroups_made, SIGKILL, &e);
	if (r == 0)
		r = cgroup_remove_all(h, run->cgroups_made, UNDO_MS, &e);
	if (r < 0) {
		char text[512] = "";
		struct str s = STR_ON(text);

		err_format(&e, &s);
		log_warning("the container's cgroups could not be removed: %s", text);
		return; /* state.claim's undo sees that there is something left */
	}
	run->cgroups_made = 0;
}

/*
 * A container that manages cgroups of its own (systemd in it, say) has its processes in
 * sub-cgroups, and the kernel lets none in beside them. Then a new one goes to where the
 * first is. path: PATH_MAX bytes.
 */
static int leaf_of(const struct cgroup_place *c, char *path, struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids pids = {0};
	char text[4096], name[64];
	const char *own;
	int r = cgroupfs_read(c, "cgroup.subtree_control", text, sizeof(text), e);

	if (r < 0 || !text[0])
		return r;
	r = cgroupfs_pids(c, &pids, e);
	if (r < 0 || pids.n == 0)
		return r;
	cgroup_pids_sort(&pids);
	snprintf(name, sizeof(name), "%d", (int)pids.v[pids.v[0] == 0 && pids.n > 1]);
	r = cgroupfs_read(&(struct cgroup_place){.dir = "/proc/", .path = name}, "cgroup", text,
			  sizeof(text), e);
	if (r < 0)
		return r;
	own = str_starts(text, "0::/") ? text : strstr(text, "\n0::/");
	if (own) {
		own = strchr(own, '/');
		snprintf(path, PATH_MAX, "%.*s", (int)strcspn(own, "\n"), own);
	}
	return 0;
}

static int open_for_exec(struct run *run, unsigned i, struct err *e)
{
	struct cgroup_place c = place(&run->plan->cgroup.hierarchies[i]);
	struct shared *s = run->shared;
	char leaf[PATH_MAX] = "";
	int r;

	if (!c.v2)
		return 0;
	r = leaf_of(&c, leaf, e);
	if (r < 0)
		return r;
	if (leaf[0])
		c.path = leaf;
	r = cgroupfs_open(&c, NULL, O_PATH | O_DIRECTORY, e);
	if (r < 0)
		return r;
	s->cgroup[i] = r;
	/* For a kernel that does not let us clone into it: then INIT has to write. */
	r = cgroupfs_open(&c, "cgroup.procs", O_WRONLY, e);
	if (r >= 0)
		s->cgroup_procs = r;
	return r < 0 ? r : 0;
}

int cgroup_open(struct run *run, struct err *e)
{
	const struct plan_cgroup *plan = &run->plan->cgroup;
	size_t without = 0;
	int num = 0;

	for (unsigned i = 0; i < plan->n; i++) {
		int r = open_for_exec(run, i, e);

		if ((not_allowed(r) || r == -ENOENT) && plan->tolerate) {
			without++;
			num = -r;
			err_drop(e);
			continue;
		}
		if (r < 0)
			return r;
	}
	say_tolerated(plan, without, num);
	return 0;
}
