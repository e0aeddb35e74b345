#include <limits.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"

static const struct name_value rlimit_names[] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

/* sched_setattr(2); <sched.h> and <linux/sched.h> don't go together, and neither has ISO. */
static const struct name_value policies[] = {
	{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2},	      {"SCHED_BATCH", 3},
	{"SCHED_ISO", 4},   {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6},
};
enum { POLICY_ISO = 4 };

static const struct name_value sched_flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", 0x01},  {"SCHED_FLAG_RECLAIM", 0x02},
	{"SCHED_FLAG_DL_OVERRUN", 0x04},     {"SCHED_FLAG_KEEP_POLICY", 0x08},
	{"SCHED_FLAG_KEEP_PARAMS", 0x10},    {"SCHED_FLAG_UTIL_CLAMP_MIN", 0x20},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", 0x40},
};

/* ioprio_set(2): the class above, the priority in the low bits. */
static const struct name_value io_classes[] = {
	{"IOPRIO_CLASS_RT", 1},
	{"IOPRIO_CLASS_BE", 2},
	{"IOPRIO_CLASS_IDLE", 3},
};
enum { IO_CLASS_SHIFT = 13 };

/* set_mempolicy(2); the last two are younger than the headers we build with. */
static const struct name_value memory_modes[] = {
	{"MPOL_DEFAULT", MPOL_DEFAULT},	 {"MPOL_PREFERRED", MPOL_PREFERRED},
	{"MPOL_BIND", MPOL_BIND},	 {"MPOL_INTERLEAVE", MPOL_INTERLEAVE},
	{"MPOL_LOCAL", MPOL_LOCAL},	 {"MPOL_PREFERRED_MANY", 5},
	{"MPOL_WEIGHTED_INTERLEAVE", 6},
};

static const struct name_value memory_flags[] = {
	{"MPOL_F_STATIC_NODES", 1 << 15},
	{"MPOL_F_RELATIVE_NODES", 1 << 14},
	{"MPOL_F_NUMA_BALANCING", 1 << 13},
};

static const struct name_value personalities[] = {
	{"LINUX", PER_LINUX},
	{"LINUX32", PER_LINUX32},
};

const char *plan_rlimit_name(int resource)
{
	for (size_t i = 0; i < ARRAY_SIZE(rlimit_names); i++)
		if ((int)rlimit_names[i].value == resource)
			return rlimit_names[i].name;
	return NULL;
}

static int plan_rlimits(struct plan_ctx *x, struct err *e)
{
	const struct oci_process *p = x->process;
	struct plan_rlimit *v = arena_new(x->a, struct plan_rlimit, p->n_rlimits);
	char at[64];

	for (unsigned i = 0; i < p->n_rlimits; i++) {
		const struct oci_rlimit *l = &p->rlimits[i];
		const struct name_value *name =
			name_lookup(rlimit_names, ARRAY_SIZE(rlimit_names), l->type);

		if (!name) {
			snprintf(at, sizeof(at), "%s/rlimits/%u/type", x->process_at, i);
			return err_spec(e, at, "there is no limit `%s`", l->type);
		}
		v[i] = (struct plan_rlimit){(int)name->value, l->soft, l->hard, i};
	}
	x->plan->rlimits = v;
	x->plan->n_rlimits = p->n_rlimits;
	return 0;
}

static int plan_scheduler(struct plan_ctx *x, const struct oci_scheduler *o, struct err *e)
{
	const char *at = plan_pointer(x->a, x->process_at, "scheduler");
	const struct name_value *policy = name_lookup(policies, ARRAY_SIZE(policies), o->policy);
	struct plan_sched *s = &x->plan->sched;

	if (!policy)
		return err_spec(e, at, "there is no policy `%s`", o->policy);
	if (policy->value == POLICY_ISO)
		return err_spec(e, at, "SCHED_ISO is not supported by the kernel");
	for (size_t i = 0; i < o->n_flags; i++) {
		const struct name_value *flag =
			name_lookup(sched_flags, ARRAY_SIZE(sched_flags), o->flags[i]);

		if (!flag)
			return err_spec(e, at, "there is no flag `%s`", o->flags[i]);
		s->flags |= flag->value;
	}
	s->set = true;
	s->policy = (uint32_t)policy->value;
	s->nice = o->nice;
	s->priority = (uint32_t)o->priority;
	s->runtime = o->runtime;
	s->deadline = o->deadline;
	s->period = o->period;
	return 0;
}

static int plan_io_priority(struct plan_ctx *x, const struct oci_io_priority *o, struct err *e)
{
	const char *at = plan_pointer(x->a, x->process_at, "ioPriority");
	const struct name_value *class = name_lookup(io_classes, ARRAY_SIZE(io_classes), o->class);

	if (!class)
		return err_spec(e, at, "there is no class `%s`", o->class);
	x->plan->sched.io_set = true;
	x->plan->sched.io_prio = (int)class->value << IO_CLASS_SHIFT | o->priority;
	return 0;
}

static int plan_memory_policy(struct plan_ctx *x, const struct oci_memory_policy *o, struct err *e)
{
	static const char at[] = "/linux/memoryPolicy";
	const struct name_value *mode =
		name_lookup(memory_modes, ARRAY_SIZE(memory_modes), o->mode);
	struct plan_sched *s = &x->plan->sched;

	if (!mode)
		return err_spec(e, "/linux/memoryPolicy/mode", "there is no mode `%s`", o->mode);
	s->mempolicy = (int)mode->value;
	for (size_t i = 0; i < o->n_flags; i++) {
		const struct name_value *flag =
			name_lookup(memory_flags, ARRAY_SIZE(memory_flags), o->flags[i]);

		if (!flag)
			return err_spec(e, at, "there is no flag `%s`", o->flags[i]);
		s->mempolicy |= (int)flag->value;
	}
	s->mempolicy_set = true;
	if (!o->nodes || !*o->nodes)
		return 0;
	return plan_bit_list(x->a, o->nodes, &s->nodes, &s->n_node_bits,
			     "/linux/memoryPolicy/nodes", e);
}

static int plan_personality(struct plan_ctx *x, const struct oci_personality *o, struct err *e)
{
	const struct name_value *domain =
		name_lookup(personalities, ARRAY_SIZE(personalities), o->domain);

	if (!domain)
		return err_spec(e, "/linux/personality/domain", "there is no domain `%s`",
				o->domain);
	x->plan->sched.personality_set = true;
	x->plan->sched.personality = domain->value;
	return 0;
}

/* One mask, given as much room as the other: one length serves both. */
static const unsigned long *widen(struct arena *a, const unsigned long *mask, size_t bits,
				  size_t want)
{
	unsigned long *wide;

	if (!mask || bits == want)
		return mask;
	wide = arena_new(a, unsigned long, want / (sizeof(long) * CHAR_BIT));
	memcpy(wide, mask, bits / CHAR_BIT);
	return wide;
}

/* Of `exec` alone, config.md says; and an empty list leaves things as they are. */
static int plan_affinity(struct plan_ctx *x, const struct oci_exec_cpu_affinity *o, struct err *e)
{
	struct plan_sched *s = &x->plan->sched;
	const char *at = plan_pointer(x->a, x->process_at, "execCPUAffinity");
	size_t initial = 0, final = 0, bits;
	int r = 0;

	if (o->initial && *o->initial)
		r = plan_bit_list(x->a, o->initial, &s->cpu_initial, &initial,
				  plan_pointer(x->a, at, "initial"), e);
	if (r == 0 && o->final && *o->final)
		r = plan_bit_list(x->a, o->final, &s->cpu_final, &final,
				  plan_pointer(x->a, at, "final"), e);
	if (r < 0)
		return r;
	bits = initial > final ? initial : final;
	s->cpu_initial = widen(x->a, s->cpu_initial, initial, bits);
	s->cpu_final = widen(x->a, s->cpu_final, final, bits);
	s->n_cpu_bytes = bits / CHAR_BIT;
	return 0;
}

static int plan_process_limits(struct plan_ctx *x, struct err *e)
{
	const struct oci_process *p = x->process;
	int r = plan_rlimits(x, e);

	if (r == 0 && p->scheduler)
		r = plan_scheduler(x, p->scheduler, e);
	if (r == 0 && p->io_priority)
		r = plan_io_priority(x, p->io_priority, e);
	if (r == 0 && x->exec && p->exec_cpu_affinity)
		r = plan_affinity(x, p->exec_cpu_affinity, e);
	if (r < 0 || !p->has_oom_score_adj)
		return r;
	x->plan->oom_score_adj = (int)p->oom_score_adj;
	x->plan->features |= PF_OOM;
	return 0;
}

int plan_limits(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	const struct plan_sched *s = &x->plan->sched;
	int r = x->process ? plan_process_limits(x, e) : 0;

	if (r == 0 && l && l->memory_policy)
		r = plan_memory_policy(x, l->memory_policy, e);
	if (r == 0 && l && l->personality)
		r = plan_personality(x, l->personality, e);
	if (r < 0)
		return r;
	if (s->set || s->io_set || s->mempolicy_set || s->personality_set || s->n_cpu_bytes)
		x->plan->features |= PF_SCHED;
	return 0;
}
