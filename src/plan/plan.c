#include "plan/plan.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "sys/probe.h"

static struct plan *begin(const struct plan_options *opt, struct arena *a)
{
	struct plan *plan = arena_new(a, struct plan, 1);

	plan->id = arena_str(a, opt->id);
	plan->bundle = arena_str(a, opt->bundle);
	if (opt->wait_start)
		plan->features |= PF_WAIT_START;
	return plan;
}

/*
 * A user namespace has to be mapped, and a pid namespace entered, by a process that then clones
 * another one. Without either, the first process can be the container's (step/host-spawn.c).
 */
static bool can_be_direct(const struct plan *plan)
{
#if !defined(__x86_64__) && !defined(__aarch64__)
	return false; /* sys/clone3.h has no code for this processor */
#endif
	for (size_t i = 0; i < plan->ns.n_join; i++)
		if (plan->ns.join[i].type == CLONE_NEWPID)
			return false;
	return !(plan->features & PF_USERNS_ANY);
}

int plan_create(const struct oci_config *c, const struct plan_options *opt, const struct host *host,
		struct arena *a, struct plan **plan, struct err *e)
{
	static int (*const parts[])(struct plan_ctx * x, struct err * e) = {
		plan_ns,   plan_ids,	plan_cgroup,  plan_mounts,  plan_devices, plan_sysctl,
		plan_cred, plan_limits, plan_seccomp, plan_program, plan_hooks,
	};
	struct plan_ctx x = {
		.c = c,
		.process = c->process,
		.process_at = "/process",
		.opt = opt,
		.host = host,
		.a = a,
		.plan = begin(opt, a),
	};

	if (opt->notify_socket)
		x.plan->notify_dir = arena_strf(a, "%s/%s/notify", opt->run_dir, opt->id);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int r = parts[i](&x, e);

		if (r < 0)
			return r;
	}
	if (can_be_direct(x.plan))
		x.plan->features |= PF_DIRECT;
	*plan = x.plan;
	return 0;
}

/* Parts between the slashes; none may lead upwards. */
static bool below(const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0)
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

/* The cgroup that the container is in, and with --cgroup one below it, in each hierarchy. */
static int exec_cgroup(struct plan_ctx *x, const struct plan_hierarchy *from, size_t n,
		       struct err *e)
{
	struct plan_hierarchy *v = arena_new(x->a, struct plan_hierarchy, n);
	const char *sub = x->exec->cgroup;

	if (sub)
		sub += strspn(sub, "/");
	if (sub && !below(sub))
		return err_set(e, ERR_USAGE, EINVAL, "cgroup `%s` is not below the container's",
			       x->exec->cgroup);
	for (size_t i = 0; i < n; i++) {
		const char *gap = strcmp(from[i].path, "/") == 0 ? "" : "/";

		v[i] = (struct plan_hierarchy){
			.dir = arena_str(x->a, from[i].dir),
			.controllers = arena_str(x->a, from[i].controllers),
			.path = sub && *sub ? arena_strf(x->a, "%s%s%s", from[i].path, gap, sub)
					    : arena_str(x->a, from[i].path),
			.v2 = from[i].v2,
		};
	}
	x->plan->cgroup.hierarchies = v;
	x->plan->cgroup.n = n;
	x->plan->cgroup.disabled = x->opt->cgroup_disabled;
	x->plan->cgroup.tolerate = !(x->host->privileged && x->host->cgroup_writable);
	if (n)
		x->plan->features |= PF_CGROUP;
	return 0;
}

int plan_exec(const struct oci_config *c, const struct plan_options *opt,
	      const struct plan_exec_options *exec, const struct plan_hierarchy *hierarchies,
	      size_t n_hierarchies, const struct host *host, struct arena *a, struct plan **plan,
	      struct err *e)
{
	static int (*const parts[])(struct plan_ctx * x, struct err * e) = {
		plan_ids, plan_cred, plan_limits, plan_seccomp, plan_program,
	};
	struct plan_ctx x = {
		.c = c,
		.exec = exec,
		.process = exec->process,
		.process_at = exec->process_at,
		.opt = opt,
		.host = host,
		.a = a,
		.plan = begin(opt, a),
	};
	int r = exec_cgroup(&x, hierarchies, n_hierarchies, e);

	x.plan->ns.make = exec->ns_types;
	if (exec->ns_types || exec->own_root)
		x.plan->features |= PF_JOIN;
	if (exec->in_userns)
		x.plan->features |= PF_USERNS_ANY;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](&x, e);
	if (r == 0)
		*plan = x.plan;
	return r;
}
