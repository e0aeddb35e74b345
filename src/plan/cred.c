#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/capname.h"
#include "sys/probe.h"

/* What runtimes have always had; the spec leaves it open, and shims start us with 0. */
enum { UMASK_DEFAULT = 0022, UMASK_BITS = 0777 };

/* config.md: a capability that is unknown or can't be had is worth a warning, not an error. */
static uint64_t read_set(const struct plan_ctx *x, const char **names, size_t n)
{
	uint64_t set = 0;

	for (size_t i = 0; i < n; i++) {
		int cap = cap_number(names[i]);

		if (cap < 0)
			log_warning("capability `%s` is not known: left out", names[i]);
		else if (cap > x->host->last_cap)
			log_warning("this kernel has no capability `%s`: left out", names[i]);
		else
			set |= UINT64_C(1) << cap;
	}
	return set;
}

/* Leaves out of *set what is not in limit, and says so. */
static void keep_within(uint64_t *set, uint64_t limit, const char *name, const char *why)
{
	char text[32];

	for (int cap = 0; cap < 64; cap++) {
		if (!((*set & ~limit) >> cap & 1))
			continue;
		if (!cap_spell(cap, text, sizeof(text)))
			snprintf(text, sizeof(text), "%d", cap);
		log_warning("%s capability %s %s: left out", name, text, why);
	}
	*set &= limit;
}

/*
 * capabilities(7): what capset(2) and prctl(PR_CAP_AMBIENT) refuse is left out here, so that
 * what the plan says is exactly what the program will have.
 */
static void make_grantable(const struct plan_ctx *x, struct plan_cred *c)
{
	bool userns = x->plan->features & PF_USERNS_ANY;

	if (!userns) {
		static const char why[] = "is not one of ours";

		keep_within(&c->bounding, x->host->caps, "bounding", why);
		keep_within(&c->permitted, x->host->caps, "permitted", why);
		keep_within(&c->inheritable, x->host->caps, "inheritable", why);
	}
	keep_within(&c->effective, c->permitted, "effective", "is not in the permitted set");
	keep_within(&c->inheritable, c->bounding, "inheritable", "is not in the bounding set");
	keep_within(&c->ambient, c->permitted & c->inheritable, "ambient",
		    "is not both permitted and inheritable");
}

static void plan_caps(const struct plan_ctx *x, struct plan_cred *c)
{
	const struct oci_capabilities *o = x->process->capabilities;

	if (!o)
		return; /* nothing asked for, nothing given */
	c->bounding = read_set(x, o->bounding, o->n_bounding);
	c->effective = read_set(x, o->effective, o->n_effective);
	c->inheritable = read_set(x, o->inheritable, o->n_inheritable);
	c->permitted = read_set(x, o->permitted, o->n_permitted);
	c->ambient = read_set(x, o->ambient, o->n_ambient);
	make_grantable(x, c);
}

static int plan_labels(struct plan_ctx *x, struct plan_cred *c, struct err *e)
{
	const struct oci_process *p = x->process;

	if (p->apparmor_profile && *p->apparmor_profile) {
		if (!x->host->apparmor)
			return err_spec(e, plan_pointer(x->a, x->process_at, "apparmorProfile"),
					"AppArmor is not enabled in this kernel");
		c->apparmor = arena_str(x->a, p->apparmor_profile);
	}
	if (p->selinux_label && *p->selinux_label) {
		if (!x->host->selinux)
			return err_spec(e, plan_pointer(x->a, x->process_at, "selinuxLabel"),
					"SELinux is not enabled in this kernel");
		c->selinux = arena_str(x->a, p->selinux_label);
	}
	if (c->apparmor || c->selinux)
		x->plan->features |= PF_LSM;
	return 0;
}

static void plan_user(struct plan_ctx *x, struct plan_cred *c)
{
	const struct oci_user *u = x->process->user;
	const char *keep = plan_annotation(x, "run.oci.keep_original_groups");

	c->umask = UMASK_DEFAULT;
	c->keep_groups = keep && strcmp(keep, "0") != 0;
	if (!u)
		return;
	c->uid = u->uid;
	c->gid = u->gid;
	if (u->has_umask)
		c->umask = u->umask & UMASK_BITS;
	c->groups = arena_dup(x->a, u->additional_gids, u->n_additional_gids * sizeof(gid_t));
	c->n_groups = u->n_additional_gids;
}

int plan_cred(struct plan_ctx *x, struct err *e)
{
	struct plan_cred *c = &x->plan->cred;

	c->last_cap = x->host->last_cap;
	c->umask = UMASK_DEFAULT;
	if (!x->process)
		return 0;
	plan_user(x, c);
	plan_caps(x, c);
	c->no_new_privs = x->process->no_new_privileges;
	if (c->no_new_privs)
		x->plan->features |= PF_NNP;
	return plan_labels(x, c, e);
}
