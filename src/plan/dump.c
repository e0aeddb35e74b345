#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/table.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/capname.h"
#include "sys/syscalls.h"

/*
 * What is NULL, zero or false is left out: a line is there because something will be done.
 * Nothing here depends on addresses or on the host, so equal plans give equal text.
 */
struct dump {
	FILE *out;
	const struct arena *a;
	const char *stray; /* the first member found to point out of the arena */
};

/* Whether there is something at p; notes it if that isn't in the arena, and nobody looks at it
 * then. */
static bool have(struct dump *d, const void *p, const char *name)
{
	if (!p)
		return false;
	if (arena_has(d->a, p))
		return true;
	if (!d->stray)
		d->stray = name;
	return false;
}

/* An array of none may have its place at the very end of the arena. */
static bool have_n(struct dump *d, const void *p, size_t n, const char *name)
{
	return n && have(d, p, name);
}

static void indent(struct dump *d, int depth)
{
	fprintf(d->out, "%*s", 2 * depth, "");
}

static void put_text(struct dump *d, const char *text)
{
	putc('"', d->out);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(d->out, "\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			fprintf(d->out, "\\x%02x", *p);
		else
			putc(*p, d->out);
	}
	putc('"', d->out);
}

static void put_string(struct dump *d, int depth, const char *name, const char *text)
{
	if (!have(d, text, name))
		return;
	indent(d, depth);
	fprintf(d->out, "%s ", name);
	put_text(d, text);
	putc('\n', d->out);
}

static void put_number(struct dump *d, int depth, const char *name, int64_t value)
{
	if (!value)
		return;
	indent(d, depth);
	fprintf(d->out, "%s %" PRId64 "\n", name, value);
}

static void put_unsigned(struct dump *d, int depth, const char *name, uint64_t value)
{
	if (!value)
		return;
	indent(d, depth);
	fprintf(d->out, "%s %" PRIu64 "\n", name, value);
}

static void put_hex(struct dump *d, int depth, const char *name, uint64_t value)
{
	if (!value)
		return;
	indent(d, depth);
	fprintf(d->out, "%s 0x%" PRIx64 "\n", name, value);
}

static void put_flag(struct dump *d, int depth, const char *name, bool value)
{
	if (!value)
		return;
	indent(d, depth);
	fprintf(d->out, "%s\n", name);
}

/* The names of value's bits; what has no name as a number. */
static void put_bits(struct dump *d, int depth, const char *name, uint64_t value,
		     const struct name_value *names, size_t n)
{
	if (!value)
		return;
	indent(d, depth);
	fprintf(d->out, "%s", name);
	for (size_t i = 0; i < n; i++) {
		if ((value & names[i].value) != names[i].value)
			continue;
		fprintf(d->out, " %s", names[i].name);
		value &= ~names[i].value;
	}
	if (value)
		fprintf(d->out, " 0x%" PRIx64, value);
	putc('\n', d->out);
}

static void put_strings(struct dump *d, int depth, const char *name, const char *const *v, size_t n)
{
	if (!have(d, v, name))
		return;
	for (size_t i = 0; i < n; i++)
		put_string(d, depth, name, v[i]);
	if (v[n] && !d->stray)
		d->stray = name; /* execve(2) goes on until NULL */
}

static const struct name_value features[] = {
	{"USERNS", PF_USERNS},
	{"USERNS_ANY", PF_USERNS_ANY},
	{"MOUNTNS", PF_MOUNTNS},
	{"CGROUP", PF_CGROUP},
	{"CGROUPNS", PF_CGROUPNS},
	{"TTY", PF_TTY},
	{"SECCOMP", PF_SECCOMP},
	{"NNP", PF_NNP},
	{"NOTIFY", PF_NOTIFY},
	{"HOOKS_RUNTIME", PF_HOOKS_RUNTIME},
	{"HOOKS_CONTAINER", PF_HOOKS_CONTAINER},
	{"HOOKS_START", PF_HOOKS_START},
	{"HOOKS_POSTSTART", PF_HOOKS_POSTSTART},
	{"JOIN", PF_JOIN},
	{"NETNS", PF_NETNS},
	{"HOSTNAME", PF_HOSTNAME},
	{"DOMAINNAME", PF_DOMAINNAME},
	{"TIMENS", PF_TIMENS},
	{"SYSCTL", PF_SYSCTL},
	{"LSM", PF_LSM},
	{"KEYRING", PF_KEYRING},
	{"HOST_SOURCES", PF_HOST_SOURCES},
	{"IDMAP", PF_IDMAP},
	{"ROOT_READONLY", PF_ROOT_READONLY},
	{"OOM", PF_OOM},
	{"PROCESS", PF_PROCESS},
	{"WAIT_START", PF_WAIT_START},
	{"SCHED", PF_SCHED},
	{"NET_DEVICES", PF_NET_DEVICES},
	{"INTEL_RDT", PF_INTEL_RDT},
	{"DIRECT", PF_DIRECT},
};

static const struct name_value attributes[] = {
	{"ro", MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", MOUNT_ATTR_NODIRATIME},
	{"atime-field", MOUNT_ATTR__ATIME},
	{"noatime", MOUNT_ATTR_NOATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME},
};

static const struct name_value propagation_bits[] = {
	{"private", MS_PRIVATE},       {"shared", MS_SHARED}, {"slave", MS_SLAVE},
	{"unbindable", MS_UNBINDABLE}, {"rec", MS_REC},
};

static const struct name_value sb_bits[] = {
	{"sync", MSB_SYNC}, {"dirsync", MSB_DIRSYNC},	{"lazytime", MSB_LAZYTIME},
	{"mand", MSB_MAND}, {"iversion", MSB_IVERSION}, {"silent", MSB_SILENT},
};

static const struct name_value extra_bits[] = {
	{"tmpcopyup", MX_COPY_UP},
	{"idmap", MX_IDMAP},
	{"ridmap", MX_RIDMAP},
	{"copy-symlink", MX_COPY_SYMLINK},
	{"src-nofollow", MX_SRC_NOFOLLOW},
	{"dest-nofollow", MX_DEST_NOFOLLOW},
	{"remount", MX_REMOUNT},
};

static const char *const mount_kinds[] = {
	[PM_NEW] = "new",
	[PM_BIND] = "bind",
	[PM_REMOUNT] = "remount",
	[PM_CGROUP] = "cgroup",
};

static const char *const hook_kinds[PH_KINDS] = {
	[PH_PRESTART] = "prestart",
	[PH_CREATE_RUNTIME] = "createRuntime",
	[PH_CREATE_CONTAINER] = "createContainer",
	[PH_START_CONTAINER] = "startContainer",
	[PH_POSTSTART] = "poststart",
	[PH_POSTSTOP] = "poststop",
};

#define PUT_BITS(d, depth, name, value, table)                                                     \
	put_bits(d, depth, name, value, table, ARRAY_SIZE(table))

static void put_ranges(struct dump *d, int depth, const char *name, const struct plan_id_range *r,
		       size_t n)
{
	if (!have_n(d, r, n, name))
		return;
	for (size_t i = 0; i < n; i++) {
		indent(d, depth);
		fprintf(d->out, "%s %" PRIu32 " is %" PRIu32 ", %" PRIu32 " of them\n", name,
			r[i].inside, r[i].outside, r[i].size);
	}
}

static void put_idmap(struct dump *d, int depth, const struct plan_idmap *m)
{
	put_ranges(d, depth, "uid", m->uid, m->n_uid);
	put_ranges(d, depth, "gid", m->gid, m->n_gid);
	put_flag(d, depth, "deny-setgroups", m->deny_setgroups);
	put_flag(d, depth, "by-helper", m->by_helper);
}

static void put_ns_types(struct dump *d, const char *name, uint32_t types)
{
	if (!types)
		return;
	fprintf(d->out, "%s", name);
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t type = types & UINT32_C(1) << bit;

		if (type)
			fprintf(d->out, " %s", plan_ns_name(type) ? plan_ns_name(type) : "?");
	}
	putc('\n', d->out);
}

static void put_namespaces(struct dump *d, const struct plan *p)
{
	put_ns_types(d, "namespaces", p->ns.make);
	for (size_t i = 0; i < p->ns.n_join; i++) {
		const struct plan_ns_join *j = &p->ns.join[i];

		fprintf(d->out, "join %u\n", j->index);
		put_string(d, 1, plan_ns_name((uint32_t)j->type), j->path);
	}
	put_idmap(d, 0, &p->idmap);
	put_string(d, 0, "hostname", p->hostname);
	put_string(d, 0, "domainname", p->domainname);
	put_number(d, 0, "monotonic-s", p->time_monotonic_s);
	put_number(d, 0, "monotonic-ns", p->time_monotonic_ns);
	put_number(d, 0, "boottime-s", p->time_boottime_s);
	put_number(d, 0, "boottime-ns", p->time_boottime_ns);
}

static void put_flags(struct dump *d, const struct mount_flags *f)
{
	PUT_BITS(d, 1, "clear-all", f->rclear, attributes);
	PUT_BITS(d, 1, "set-all", f->rset, attributes);
	PUT_BITS(d, 1, "clear", f->clear, attributes);
	PUT_BITS(d, 1, "set", f->set, attributes);
	PUT_BITS(d, 1, "sb-clear", f->sb_clear, sb_bits);
	PUT_BITS(d, 1, "sb-set", f->sb_set, sb_bits);
	for (uint32_t i = 0; i < f->n_propagation; i++)
		PUT_BITS(d, 1, "propagation", f->propagation[i], propagation_bits);
	PUT_BITS(d, 1, "extra", f->extra, extra_bits);
	put_flag(d, 1, "bind-word", f->bind);
	put_flag(d, 1, "recursive", f->rbind);
}

static void put_mount(struct dump *d, const struct plan_mount *m)
{
	fprintf(d->out, "mount %u %s\n", m->index, mount_kinds[m->kind]);
	put_string(d, 1, "target", m->target);
	put_string(d, 1, "fstype", m->fstype);
	put_string(d, 1, "source", m->source);
	put_flags(d, &m->flags);
	PUT_BITS(d, 1, "propagation-before", m->propagation_before, propagation_bits);
	if (have_n(d, m->data, m->n_data, "mount.data"))
		for (size_t i = 0; i < m->n_data; i++) {
			put_string(d, 1, "data", m->data[i].key);
			put_string(d, 2, "value", m->data[i].value);
		}
	if (have(d, m->idmap, "mount.idmap"))
		put_idmap(d, 1, m->idmap);
	put_string(d, 1, "fallback", m->fallback);
	put_string(d, 1, "label", m->label);
}

static void put_device(struct dump *d, const struct plan_device *v)
{
	char type = S_ISBLK(v->mode) ? 'b' : S_ISFIFO(v->mode) ? 'p' : 'c';

	put_string(d, 0, "device", v->path);
	indent(d, 1);
	fprintf(d->out, "%s %c %u:%u mode %04o owner %u:%u", v->bind ? "bind" : "make", type,
		major(v->dev), minor(v->dev), v->mode & 07777, v->uid, v->gid);
	if (v->index >= 0)
		fprintf(d->out, " index %d", v->index);
	putc('\n', d->out);
}

static void put_rootfs(struct dump *d, const struct plan *p)
{
	put_string(d, 0, "rootfs", p->rootfs);
	put_flag(d, 0, "no-pivot", p->no_pivot);
	PUT_BITS(d, 0, "root-propagation", p->root_propagation, propagation_bits);
	put_string(d, 0, "mount-label", p->mount_label);
	put_string(d, 0, "notify-dir", p->notify_dir);
	if (have_n(d, p->mounts, p->n_mounts, "mounts"))
		for (size_t i = 0; i < p->n_mounts; i++)
			put_mount(d, &p->mounts[i]);
	if (have_n(d, p->devices, p->n_devices, "devices"))
		for (size_t i = 0; i < p->n_devices; i++)
			put_device(d, &p->devices[i]);
	if (have_n(d, p->links, p->n_links, "links"))
		for (size_t i = 0; i < p->n_links; i++) {
			put_string(d, 0, "link", p->links[i].path);
			put_string(d, 1, "to", p->links[i].target);
		}
	put_strings(d, 0, "masked", p->masked, p->n_masked);
	put_strings(d, 0, "readonly", p->readonly, p->n_readonly);
}

/* Programs are long, and say nothing to who reads this: a sum tells two of them apart (FNV-1a). */
static void put_program(struct dump *d, const char *name, size_t n, const void *program,
			size_t size)
{
	const unsigned char *bytes = program;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	fprintf(d->out, "%s %zu instructions, sum %016" PRIx64 "\n", name, n, sum);
}

static void put_cgroup_writes(struct dump *d, const struct plan_cgroup *c)
{
	for (size_t i = 0; i < c->n_writes; i++) {
		const struct plan_cgroup_write *w = &c->writes[i];

		put_string(d, 0, "cgroup-write", w->file);
		if (w->hierarchy >= c->n && !d->stray)
			d->stray = "cgroup.writes.hierarchy";
		put_unsigned(d, 1, "hierarchy", w->hierarchy);
		put_string(d, 1, "value", w->value);
		put_string(d, 1, "alternative", w->alternative);
		put_flag(d, 1, "optional", w->optional);
		put_string(d, 1, "at", w->at);
	}
}

static void put_cgroup(struct dump *d, const struct plan_cgroup *c)
{
	if (have_n(d, c->hierarchies, c->n, "cgroup.hierarchies"))
		for (size_t i = 0; i < c->n; i++) {
			fprintf(d->out, "cgroup %zu%s\n", i, c->hierarchies[i].v2 ? " v2" : "");
			put_string(d, 1, "dir", c->hierarchies[i].dir);
			put_string(d, 1, "controllers", c->hierarchies[i].controllers);
			put_string(d, 1, "path", c->hierarchies[i].path);
			put_string(d, 1, "own", c->hierarchies[i].own);
		}
	put_string(d, 0, "cgroup-enable", c->enable);
	if (have_n(d, c->writes, c->n_writes, "cgroup.writes"))
		put_cgroup_writes(d, c);
	if (have_n(d, c->device_prog, c->n_device_prog, "cgroup.device_prog"))
		put_program(d, "device-program", c->n_device_prog, c->device_prog,
			    c->n_device_prog * sizeof(*c->device_prog));
	put_flag(d, 0, "cgroup-disabled", c->disabled);
	put_flag(d, 0, "cgroup-tolerate", c->tolerate);
	put_flag(d, 0, "cgroup-delegate", c->delegate);
	put_unsigned(d, 0, "cgroup-owner", c->owner);
}

static void put_caps(struct dump *d, const char *name, uint64_t set)
{
	char text[32];

	if (!set)
		return;
	fprintf(d->out, "%s", name);
	for (int cap = 0; cap < 64; cap++) {
		if (!(set >> cap & 1))
			continue;
		if (cap_spell(cap, text, sizeof(text)))
			fprintf(d->out, " %s", text);
		else
			fprintf(d->out, " %d", cap);
	}
	putc('\n', d->out);
}

static void put_cred(struct dump *d, const struct plan_cred *c)
{
	fprintf(d->out, "user %u:%u\n", c->uid, c->gid);
	if (have_n(d, c->groups, c->n_groups, "cred.groups"))
		for (size_t i = 0; i < c->n_groups; i++)
			fprintf(d->out, "group %u\n", c->groups[i]);
	put_flag(d, 0, "keep-groups", c->keep_groups);
	fprintf(d->out, "umask %04o\n", c->umask);
	put_flag(d, 0, "no-new-privileges", c->no_new_privs);
	put_caps(d, "bounding", c->bounding);
	put_caps(d, "effective", c->effective);
	put_caps(d, "inheritable", c->inheritable);
	put_caps(d, "permitted", c->permitted);
	put_caps(d, "ambient", c->ambient);
	put_number(d, 0, "last-cap", c->last_cap);
	put_string(d, 0, "apparmor", c->apparmor);
	put_string(d, 0, "selinux", c->selinux);
}

static void put_mask(struct dump *d, const char *name, const unsigned long *mask, size_t bits)
{
	if (!have_n(d, mask, bits, name))
		return;
	fprintf(d->out, "%s", name);
	for (size_t i = 0; i < bits; i++)
		if (mask[i / (sizeof(long) * CHAR_BIT)] >> i % (sizeof(long) * CHAR_BIT) & 1)
			fprintf(d->out, " %zu", i);
	fprintf(d->out, " of %zu\n", bits);
}

static void put_sched(struct dump *d, const struct plan_sched *s)
{
	if (s->set) {
		fprintf(d->out, "scheduler policy %u nice %d priority %u\n", s->policy, s->nice,
			s->priority);
		put_flag(d, 1, "nice-only", s->nice_only);
		put_hex(d, 1, "flags", s->flags);
		put_unsigned(d, 1, "runtime", s->runtime);
		put_unsigned(d, 1, "deadline", s->deadline);
		put_unsigned(d, 1, "period", s->period);
	}
	if (s->io_set)
		fprintf(d->out, "io-priority 0x%x\n", (unsigned)s->io_prio);
	if (s->mempolicy_set)
		fprintf(d->out, "memory-policy 0x%x\n", (unsigned)s->mempolicy);
	put_mask(d, "nodes", s->nodes, s->n_node_bits);
	if (s->personality_set)
		fprintf(d->out, "personality 0x%lx\n", s->personality);
	put_mask(d, "cpus-initial", s->cpu_initial, s->n_cpu_bytes * CHAR_BIT);
	put_mask(d, "cpus-final", s->cpu_final, s->n_cpu_bytes * CHAR_BIT);
}

static void put_limits(struct dump *d, const struct plan *p)
{
	if (have_n(d, p->sysctls, p->n_sysctls, "sysctls"))
		for (size_t i = 0; i < p->n_sysctls; i++) {
			put_string(d, 0, "sysctl", p->sysctls[i].key);
			put_string(d, 1, "path", p->sysctls[i].path);
			put_string(d, 1, "value", p->sysctls[i].value);
		}
	if (have_n(d, p->rlimits, p->n_rlimits, "rlimits"))
		for (size_t i = 0; i < p->n_rlimits; i++) {
			const struct plan_rlimit *l = &p->rlimits[i];
			const char *name = plan_rlimit_name(l->resource);

			fprintf(d->out, "rlimit %u %s %" PRIu64 " %" PRIu64 "\n", l->index,
				name ? name : "?", l->soft, l->hard);
		}
	if (p->features & PF_OOM)
		fprintf(d->out, "oom-score-adj %d\n", p->oom_score_adj);
	put_sched(d, &p->sched);
}

static void put_seccomp(struct dump *d, const struct plan *p)
{
	const struct plan_seccomp *s = &p->seccomp;

	if (have_n(d, s->filter, s->n, "seccomp.filter")) {
		put_program(d, "seccomp", s->n, s->filter, s->n * sizeof(*s->filter));
		put_hex(d, 1, "flags", s->flags);
	}
	put_string(d, 1, "listener", s->listener_path);
	put_string(d, 1, "metadata", s->metadata);
	put_string(d, 1, "state", p->seccomp_state);
	put_string(d, 1, "state-end", p->seccomp_state_end);
}

static void put_hooks(struct dump *d, const struct plan_hooks *h)
{
	put_string(d, 0, "hooks-cwd", h->cwd);
	for (int kind = 0; kind < PH_KINDS; kind++) {
		if (!have_n(d, h->v[kind], h->n[kind], "hooks"))
			continue;
		for (size_t i = 0; i < h->n[kind]; i++) {
			const struct plan_hook *k = &h->v[kind][i];

			fprintf(d->out, "hook %s %u timeout %u\n", hook_kinds[kind], k->index,
				k->timeout);
			put_string(d, 1, "path", k->path);
			put_strings(d, 1, "arg", k->args.v, k->args.n);
			put_strings(d, 1, "env", k->env.v, k->env.n);
		}
		put_string(d, 1, "state", h->state_before[kind]);
		put_string(d, 1, "state-end", h->state_after[kind]);
	}
}

static void put_exec(struct dump *d, const struct plan_exec *x)
{
	put_strings(d, 0, "arg", x->args.v, x->args.n);
	put_strings(d, 0, "env", x->env.v, x->env.n);
	put_string(d, 0, "cwd", x->cwd);
	put_string(d, 0, "search-path", x->path);
	put_flag(d, 0, "home-missing", x->home_missing);
	put_flag(d, 0, "terminal", x->terminal);
	put_unsigned(d, 0, "rows", x->rows);
	put_unsigned(d, 0, "columns", x->columns);
	put_unsigned(d, 0, "preserve-fds", x->preserve_fds);
	put_string(d, 0, "keyring", x->keyring);
}

static void put_plan(struct dump *d, const struct plan *p)
{
	PUT_BITS(d, 0, "features", p->features, features);
	put_string(d, 0, "id", p->id);
	put_string(d, 0, "bundle", p->bundle);
	put_namespaces(d, p);
	put_cgroup(d, &p->cgroup);
	put_rootfs(d, p);
	put_cred(d, &p->cred);
	put_limits(d, p);
	put_seccomp(d, p);
	put_exec(d, &p->exec);
	put_hooks(d, &p->hooks);
	if (have_n(d, p->net_devices, p->n_net_devices, "net_devices"))
		for (size_t i = 0; i < p->n_net_devices; i++) {
			put_string(d, 0, "net-device", p->net_devices[i].name);
			put_string(d, 1, "rename", p->net_devices[i].rename);
		}
	put_string(d, 0, "note", p->annotations_note);
}

int plan_dump(const struct plan *plan, const struct arena *a, int fd, struct err *e)
{
	auto_free char *text = NULL;
	size_t len = 0;
	struct dump d = {.out = open_memstream(&text, &len), .a = a};

	if (!d.out)
		return err_sys(e, "open_memstream", NULL);
	if (have(&d, plan, "plan"))
		put_plan(&d, plan);
	if (fclose(d.out) != 0)
		return err_sys(e, "fclose", "plan");
	if (d.stray)
		return err_set(e, ERR_PROTO, EFAULT, "the plan's `%s` is not in the arena",
			       d.stray);
	return file_write_all(fd, "plan", text, len, e);
}
