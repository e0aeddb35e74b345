#include <sched.h>
#include <stdio.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/syscalls.h"

static const struct name_value ns_types[] = {
	{"mount", CLONE_NEWNS},	     {"pid", CLONE_NEWPID},   {"network", CLONE_NEWNET},
	{"uts", CLONE_NEWUTS},	     {"ipc", CLONE_NEWIPC},   {"user", CLONE_NEWUSER},
	{"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME},
};

static_assert(ARRAY_SIZE(ns_types) <= PLAN_NS_MAX, "each kind can be joined once");

const char *plan_ns_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(ns_types); i++)
		if (ns_types[i].value == type)
			return ns_types[i].name;
	return NULL;
}

static int add_namespace(struct plan_ctx *x, unsigned index, struct err *e)
{
	const struct oci_namespace *n = &x->c->linux_->namespaces[index];
	const struct name_value *type = name_lookup(ns_types, ARRAY_SIZE(ns_types), n->type);
	struct plan_ns *ns = &x->plan->ns;
	char at[64];

	snprintf(at, sizeof(at), "/linux/namespaces/%u", index);
	if (!type)
		return err_spec(e, at, "there is no namespace of type `%s`", n->type);
	if (plan_ns_private(ns, (uint32_t)type->value))
		return err_spec(e, at, "a second namespace of type `%s`", n->type);
	if (!n->path || !*n->path) {
		ns->make |= (uint32_t)type->value;
		return 0;
	}
	ns->join[ns->n_join++] = (struct plan_ns_join){
		.type = (int)type->value,
		.path = arena_str(x->a, n->path),
		.index = index,
	};
	return 0;
}

static uint32_t ns_features(const struct plan_ns *ns)
{
	uint32_t features = 0;

	if (ns->make & CLONE_NEWUSER)
		features |= PF_USERNS;
	if (plan_ns_private(ns, CLONE_NEWUSER))
		features |= PF_USERNS_ANY;
	if (ns->make & CLONE_NEWNS)
		features |= PF_MOUNTNS;
	if (ns->make & CLONE_NEWCGROUP)
		features |= PF_CGROUPNS;
	if (ns->make & CLONE_NEWNET)
		features |= PF_NETNS;
	if (ns->make & CLONE_NEWTIME)
		features |= PF_TIMENS;
	if (ns->n_join)
		features |= PF_JOIN;
	return features;
}

static void set_offsets(struct plan *plan, const struct oci_time_offsets *offsets)
{
	if (offsets->monotonic) {
		plan->time_monotonic_s = offsets->monotonic->secs;
		plan->time_monotonic_ns = offsets->monotonic->nanosecs;
	}
	if (offsets->boottime) {
		plan->time_boottime_s = offsets->boottime->secs;
		plan->time_boottime_ns = offsets->boottime->nanosecs;
	}
}

int plan_ns(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	struct plan *plan = x->plan;
	int r = 0;

	for (unsigned i = 0; r == 0 && l && i < l->n_namespaces; i++)
		r = add_namespace(x, i, e);
	if (r < 0)
		return r;
	plan->features |= ns_features(&plan->ns);
	if (l && l->time_offsets)
		set_offsets(plan, l->time_offsets);
	if (x->c->hostname && *x->c->hostname) {
		plan->hostname = arena_str(x->a, x->c->hostname);
		plan->features |= PF_HOSTNAME;
	}
	if (x->c->domainname && *x->c->domainname) {
		plan->domainname = arena_str(x->a, x->c->domainname);
		plan->features |= PF_DOMAINNAME;
	}
	return 0;
}
