#include <linux/capability.h>
#include <stdio.h>

#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/probe.h"

static const struct plan_id_range *ranges(struct arena *a, const struct oci_id_mapping *m, size_t n)
{
	struct plan_id_range *r = arena_new(a, struct plan_id_range, n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct plan_id_range){
			.inside = m[i].container_id,
			.outside = m[i].host_id,
			.size = m[i].size,
		};
	return r;
}

static bool has_cap(const struct host *host, int cap)
{
	return host->caps >> cap & 1;
}

/* One's own id alone: the kernel lets anybody map that, user_namespaces(7). */
static bool own_id_alone(const struct plan_id_range *r, size_t n, uint32_t own)
{
	return n == 1 && r[0].size == 1 && r[0].outside == own;
}

static void decide_writer(struct plan_idmap *m, const struct host *host)
{
	bool own_uid = own_id_alone(m->uid, m->n_uid, host->euid);
	bool own_gid = own_id_alone(m->gid, m->n_gid, host->egid);
	bool may_uid = has_cap(host, CAP_SETUID), may_gid = has_cap(host, CAP_SETGID);

	m->by_helper = (!may_uid && !own_uid) || (!may_gid && !own_gid);
	m->deny_setgroups = !may_gid && own_gid;
}

static int check_id(const struct plan_ctx *x, bool group, uint32_t id, const char *at,
		    struct err *e)
{
	const struct plan_idmap *m = &x->plan->idmap;

	if (group ? plan_id_mapped(m->gid, m->n_gid, id) : plan_id_mapped(m->uid, m->n_uid, id))
		return 0;
	return err_spec(e, at, "%s %u has no mapping in the container's user namespace",
			group ? "group" : "user", id);
}

static int check_user(const struct plan_ctx *x, const struct oci_user *u, struct err *e)
{
	char at[96];
	int r;

	snprintf(at, sizeof(at), "%s/user/uid", x->process_at);
	r = check_id(x, false, u->uid, at, e);
	if (r < 0)
		return r;
	snprintf(at, sizeof(at), "%s/user/gid", x->process_at);
	r = check_id(x, true, u->gid, at, e);
	for (size_t i = 0; r == 0 && i < u->n_additional_gids; i++) {
		snprintf(at, sizeof(at), "%s/user/additionalGids/%zu", x->process_at, i);
		r = check_id(x, true, u->additional_gids[i], at, e);
	}
	if (r < 0)
		return r;
	if (x->plan->idmap.deny_setgroups && u->n_additional_gids) {
		snprintf(at, sizeof(at), "%s/user/additionalGids", x->process_at);
		return err_spec(
			e, at,
			"additional groups can't be had when only one's own group is mapped, "
			"without privilege");
	}
	return 0;
}

/* Nodes are bound in from the host with the owners they have there; only a FIFO is made. */
static int check_devices(const struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	char at[64];
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->n_devices; i++) {
		if (l->devices[i].type[0] != 'p')
			continue;
		snprintf(at, sizeof(at), "/linux/devices/%zu/uid", i);
		r = check_id(x, false, l->devices[i].uid, at, e);
		if (r < 0)
			break;
		snprintf(at, sizeof(at), "/linux/devices/%zu/gid", i);
		r = check_id(x, true, l->devices[i].gid, at, e);
	}
	return r;
}

int plan_ids(struct plan_ctx *x, struct err *e)
{
	static const struct oci_user root;
	const struct oci_linux *l = x->c->linux_;
	struct plan_idmap *m = &x->plan->idmap;
	int r;

	if (!(x->plan->features & PF_USERNS_ANY) || !l)
		return 0;
	m->uid = ranges(x->a, l->uid_mappings, l->n_uid_mappings);
	m->gid = ranges(x->a, l->gid_mappings, l->n_gid_mappings);
	m->n_uid = l->n_uid_mappings;
	m->n_gid = l->n_gid_mappings;
	if (!m->n_uid || !m->n_gid)
		return 0; /* of a namespace that we join: its own, which nobody told us */
	decide_writer(m, x->host);
	r = x->exec ? 0 : check_devices(x, e);
	if (r == 0 && x->process)
		r = check_user(x, x->process->user ? x->process->user : &root, e);
	return r;
}
