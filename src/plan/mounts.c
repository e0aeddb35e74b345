#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

static const struct name_value propagations[] = {
	{"private", MS_PRIVATE},
	{"shared", MS_SHARED},
	{"slave", MS_SLAVE},
	{"unbindable", MS_UNBINDABLE},
	{"rprivate", MS_PRIVATE | MS_REC},
	{"rshared", MS_SHARED | MS_REC},
	{"rslave", MS_SLAVE | MS_REC},
	{"runbindable", MS_UNBINDABLE | MS_REC},
};

static int plan_root(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	struct plan *plan = x->plan;
	const struct name_value *p;

	plan->rootfs = plan_path(x->a, x->opt->bundle, x->c->root->path);
	plan->no_pivot = x->opt->no_pivot;
	plan->root_propagation = MS_PRIVATE | MS_REC;
	if (x->c->root->readonly)
		plan->features |= PF_ROOT_READONLY;
	if (!l || !l->rootfs_propagation || !*l->rootfs_propagation)
		return 0;
	p = name_lookup(propagations, ARRAY_SIZE(propagations), l->rootfs_propagation);
	if (!p)
		return err_spec(e, "/linux/rootfsPropagation", "`%s` is not supported",
				l->rootfs_propagation);
	plan->root_propagation = p->value;
	return 0;
}

/* What the words of one mount say, before it is known what to make of them. */
struct words {
	struct mount_flags flags;
	struct plan_data *data; /* with room for the label */
	size_t n_data;
	unsigned first_data; /* which option was the first for the file system */
};

static void read_words(struct plan_ctx *x, const struct oci_mount *m, struct words *w)
{
	w->data = arena_new(x->a, struct plan_data, m->n_options + 1);
	for (unsigned i = 0; i < m->n_options; i++) {
		const char *word = m->options[i], *equals = strchr(word, '=');
		struct plan_data *d = &w->data[w->n_data];

		if (!*word || mount_flags_add(&w->flags, word))
			continue;
		if (w->n_data++ == 0)
			w->first_data = i;
		if (equals) {
			d->key = arena_strn(x->a, word, (size_t)(equals - word));
			d->value = arena_str(x->a, equals + 1);
		} else {
			d->key = arena_str(x->a, word);
		}
	}
}

static bool type_is(const struct oci_mount *m, const char *type)
{
	return m->type && strcmp(m->type, type) == 0;
}

static bool is_bind(const struct oci_mount *m, const struct mount_flags *f)
{
	return f->bind || type_is(m, "bind");
}

/*
 * Where the events of a bound tree come from and go to. The clone of a host's shared mount is a
 * peer of it: left so, what the container mounts there would appear on the host. It stays one
 * only if both the mount and the rootfs were asked to be shared. Otherwise it is cut loose, or
 * made to listen if one of the two wants to hear of the host's mounts.
 */
static uint64_t propagation_before(const struct plan *plan, const struct mount_flags *f)
{
	bool root_shared = plan->root_propagation & MS_SHARED, shared = false, slave = false;

	for (uint32_t i = 0; i < f->n_propagation; i++) {
		shared |= (f->propagation[i] & MS_SHARED) != 0;
		slave |= (f->propagation[i] & MS_SLAVE) != 0;
	}
	if (shared && root_shared)
		return 0;
	if (shared || slave)
		return MS_SLAVE | MS_REC;
	if (!f->n_propagation && plan->root_propagation & (MS_SHARED | MS_SLAVE))
		return MS_SLAVE | MS_REC;
	return MS_PRIVATE | MS_REC;
}

static const struct host_hierarchy *unified_alone(const struct host *host)
{
	return host->n_hierarchies == 1 && host->hierarchies[0].v2 ? &host->hierarchies[0] : NULL;
}

/* The container's own directory in the unified hierarchy, or the caller's if it gets none. */
static const char *own_cgroup(struct plan_ctx *x, const struct host_hierarchy *v2)
{
	const struct plan_cgroup *c = &x->plan->cgroup;

	for (size_t i = 0; i < c->n; i++)
		if (c->hierarchies[i].v2)
			return arena_strf(x->a, "%s%s", c->hierarchies[i].dir,
					  c->hierarchies[i].path);
	return arena_strf(x->a, "%s%s", v2->dir, v2->own);
}

static void bind_from(struct plan_ctx *x, struct plan_mount *out, const char *source)
{
	out->kind = PM_BIND;
	out->source = source;
	out->fstype = NULL;
	out->n_data = 0;
	out->propagation_before = propagation_before(x->plan, &out->flags);
}

/*
 * A cgroup namespace shows its own cgroup as the root of a new cgroup2. Without one the
 * container's directory is bound in. On v1 and hybrid hosts it takes a mount a hierarchy.
 */
static void plan_cgroup_mount(struct plan_ctx *x, struct plan_mount *out)
{
	const struct host_hierarchy *v2 = unified_alone(x->host);

	if (!v2) {
		out->kind = PM_CGROUP;
		out->n_data = 0;
	} else if (plan_ns_private(&x->plan->ns, CLONE_NEWCGROUP)) {
		out->kind = PM_NEW;
		out->fstype = arena_str(x->a, "cgroup2");
		if (!(x->plan->ns.make & CLONE_NEWCGROUP)) /* somebody else's: it may be refused */
			out->fallback = own_cgroup(x, v2);
	} else {
		bind_from(x, out, own_cgroup(x, v2));
	}
}

/*
 * The kernel gives a new procfs or sysfs only to who owns the pid or network namespace that it
 * shows. A container that has the host's may have what the host has mounted there.
 */
static const char *fallback(struct plan_ctx *x, const struct oci_mount *m)
{
	const struct plan_ns *ns = &x->plan->ns;

	if (!(x->plan->features & PF_USERNS_ANY) && x->host->init_userns)
		return NULL; /* we own them all */
	if (type_is(m, "proc") && !plan_ns_private(ns, CLONE_NEWPID))
		return arena_str(x->a, "/proc");
	if (type_is(m, "sysfs") && !(ns->make & CLONE_NEWNET))
		return arena_str(x->a, "/sys");
	return NULL;
}

/* These have labels of their own for each file, and the kernel refuses another. */
static bool takes_label(const struct oci_mount *m)
{
	static const char *const without[] = {"proc", "sysfs", "cgroup", "cgroup2"};

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (type_is(m, without[i]))
			return false;
	return true;
}

static int label_key(struct plan_ctx *x, const char **key, struct err *e)
{
	static const char annotation[] = "run.oci.mount_context_type";
	static const char *const types[] = {"context", "fscontext", "defcontext", "rootcontext"};
	const char *type = plan_annotation(x, annotation);

	*key = types[0];
	if (!type)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0) {
			*key = types[i];
			return 0;
		}
	return err_spec(
		e, "/annotations/run.oci.mount_context_type",
		"`%s` is not a type of context: context, fscontext, defcontext or rootcontext",
		type);
}

static int add_label(struct plan_ctx *x, struct words *w, struct plan_mount *out, struct err *e)
{
	const char *key;
	int r;

	if (!x->plan->mount_label)
		return 0;
	r = label_key(x, &key, e);
	if (r < 0)
		return r;
	out->label = x->plan->mount_label;
	w->data[w->n_data++] = (struct plan_data){arena_str(x->a, key), out->label};
	return 0;
}

static int plan_new(struct plan_ctx *x, const struct oci_mount *m, struct words *w,
		    struct plan_mount *out, struct err *e)
{
	int r = 0;

	out->fstype = arena_str(x->a, m->type);
	out->source = arena_str(x->a, m->source && *m->source ? m->source : m->type);
	out->fallback = fallback(x, m);
	if (takes_label(m))
		r = add_label(x, w, out, e);
	out->data = w->data;
	out->n_data = w->n_data;
	if (type_is(m, "cgroup") || type_is(m, "cgroup2"))
		plan_cgroup_mount(x, out);
	return r;
}

static int plan_bind(struct plan_ctx *x, const struct oci_mount *m, const struct words *w,
		     struct plan_mount *out, struct err *e)
{
	char at[96];

	if (w->n_data) {
		snprintf(at, sizeof(at), "/mounts/%u/options/%u", out->index, w->first_data);
		return err_spec(e, at, "a bind mount has no use for `%s`: it makes no file system",
				m->options[w->first_data]);
	}
	out->flags.bind = true;
	bind_from(x, out, plan_path(x->a, x->opt->bundle, m->source));
	return 0;
}

static const struct plan_id_range *mount_ranges(struct plan_ctx *x, const struct oci_id_mapping *m,
						size_t n)
{
	struct plan_id_range *r = arena_new(x->a, struct plan_id_range, n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct plan_id_range){m[i].container_id, m[i].host_id, m[i].size};
	return r;
}

/* Mappings without the word mean the word: config.md says that it SHOULD be there. */
static void plan_idmapped(struct plan_ctx *x, const struct oci_mount *m, struct plan_mount *out)
{
	struct plan_idmap *map;

	if (m->n_uid_mappings && !(out->flags.extra & (MX_IDMAP | MX_RIDMAP)))
		out->flags.extra |= MX_IDMAP;
	if (!(out->flags.extra & (MX_IDMAP | MX_RIDMAP)))
		return;
	x->plan->features |= PF_IDMAP;
	if (!m->n_uid_mappings)
		return; /* the container's own */
	map = arena_new(x->a, struct plan_idmap, 1);
	map->uid = mount_ranges(x, m->uid_mappings, m->n_uid_mappings);
	map->gid = mount_ranges(x, m->gid_mappings, m->n_gid_mappings);
	map->n_uid = m->n_uid_mappings;
	map->n_gid = m->n_gid_mappings;
	out->idmap = map;
}

static int plan_mount(struct plan_ctx *x, unsigned index, struct plan_mount *out, struct err *e)
{
	const struct oci_mount *m = &x->c->mounts[index];
	struct words w = {0};

	read_words(x, m, &w);
	out->index = index;
	out->flags = w.flags;
	out->target = plan_path(x->a, "", m->destination); /* a relative one is below / */
	plan_idmapped(x, m, out);
	if (w.flags.extra & MX_REMOUNT) {
		out->kind = PM_REMOUNT;
		out->data = w.data;
		out->n_data = w.n_data;
		return 0;
	}
	if (is_bind(m, &w.flags))
		return plan_bind(x, m, &w, out, e);
	return plan_new(x, m, &w, out, e);
}

static const char *const *copy_paths(struct arena *a, const char **v, size_t n, size_t *count)
{
	*count = n;
	return plan_strs_copy(a, v, n, 0).v;
}

int plan_mounts(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	struct plan *plan = x->plan;
	struct plan_mount *mounts;
	int r = plan_root(x, e);

	if (r < 0)
		return r;
	if (x->host->privileged)
		plan->features |= PF_HOST_SOURCES;
	if (l && l->mount_label && *l->mount_label) {
		if (!x->host->selinux)
			return err_spec(e, "/linux/mountLabel",
					"SELinux is not enabled in this kernel");
		plan->mount_label = arena_str(x->a, l->mount_label);
	}
	mounts = arena_new(x->a, struct plan_mount, x->c->n_mounts);
	for (unsigned i = 0; i < x->c->n_mounts; i++) {
		r = plan_mount(x, i, &mounts[i], e);
		if (r < 0)
			return err_at(e, r, "/mounts/%u", i);
	}
	plan->mounts = mounts;
	plan->n_mounts = x->c->n_mounts;
	if (l) {
		plan->masked =
			copy_paths(x->a, l->masked_paths, l->n_masked_paths, &plan->n_masked);
		plan->readonly =
			copy_paths(x->a, l->readonly_paths, l->n_readonly_paths, &plan->n_readonly);
	}
	return 0;
}
