#include "plan/cgroup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "sys/probe.h"

#define AT_PATH "/linux/cgroupsPath"

/* Engines read what these count; a limit may need others, and gets them. */
static const char *const counted[] = {"cpuset", "cpu", "io", "memory", "pids"};

static bool word_in(const char *list, const char *separators, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; *p; p += strspn(p, separators)) {
		size_t n = strcspn(p, separators);

		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n;
	}
	return false;
}

/* The host's, because for v2 the plan's has no controllers. */
static const char *controllers_of(const struct plan_ctx *x, size_t i)
{
	const struct plan_hierarchy *h = &x->plan->cgroup.hierarchies[i];

	for (size_t k = 0; k < x->host->n_hierarchies; k++)
		if (strcmp(x->host->hierarchies[k].dir, h->dir) == 0)
			return x->host->hierarchies[k].controllers;
	return h->controllers;
}

int cgroup_find_v2(const struct plan_ctx *x)
{
	for (size_t i = 0; i < x->plan->cgroup.n; i++)
		if (x->plan->cgroup.hierarchies[i].v2)
			return (int)i;
	return -1;
}

int cgroup_find(const struct plan_ctx *x, const char *controller, bool v2)
{
	for (size_t i = 0; i < x->plan->cgroup.n; i++)
		if (x->plan->cgroup.hierarchies[i].v2 == v2 &&
		    word_in(controllers_of(x, i), v2 ? " \n" : ",", controller))
			return (int)i;
	return -1;
}

/*
 * "/a/b" of "a//b/./": below the root of the hierarchies, whether it begins with a slash or
 * not. spec_check() has refused "..", but this is the last to see it.
 */
static int clean_path(struct plan_ctx *x, const char *text, const char *at, const char **out,
		      struct err *e)
{
	char *path = arena_strf(x->a, "/%s", text), *to = path;

	if (strchr(text, '\n'))
		return err_spec(e, at, "the path of a cgroup can't have a newline in it");
	for (const char *p = text; *p; p += strspn(p, "/")) {
		size_t n = strcspn(p, "/");

		if (n > 255)
			return err_spec(e, at,
					"a part of the cgroup's path has %zu bytes, at most 255 "
					"are possible",
					n);
		if (n == 2 && memcmp(p, "..", 2) == 0)
			return err_spec(e, at,
					"`%s` has a part `..`, a cgroup lies below the root of "
					"the hierarchy",
					text);
		if (n > 0 && !(n == 1 && *p == '.')) {
			*to++ = '/';
			/* The copy is one byte ahead of the text at least: it never overtakes
			 * itself. */
			memcpy(to, p, n);
			to += n;
		}
		p += n;
	}
	*to = '\0';
	*out = path;
	return 0;
}

static int own_path(struct plan_ctx *x, const char **path, struct err *e)
{
	const char *given = x->c->linux_ ? x->c->linux_->cgroups_path : NULL;
	int r;

	if (!given || !*given) {
		*path = arena_strf(x->a, "/hull-%s", x->opt->id);
		return 0;
	}
	r = clean_path(x, given, AT_PATH, path, e);
	if (r < 0)
		return r;
	if (!**path)
		return err_spec(e, AT_PATH,
				"`%s` is the root of the hierarchies, not a cgroup below it",
				given);
	return 0;
}

/* Not everybody may make cgroups. */
static bool may_fail(const struct plan_ctx *x)
{
	return !(x->host->privileged && x->host->cgroup_writable);
}

static void set_hierarchies(struct plan_ctx *x, const char *path)
{
	struct plan_cgroup *c = &x->plan->cgroup;
	struct plan_hierarchy *h = arena_new(x->a, struct plan_hierarchy, x->host->n_hierarchies);

	for (size_t i = 0; i < x->host->n_hierarchies; i++) {
		const struct host_hierarchy *from = &x->host->hierarchies[i];

		h[i] = (struct plan_hierarchy){
			.dir = arena_str(x->a, from->dir),
			.controllers = arena_str(x->a, from->v2 ? "" : from->controllers),
			.path = path,
			.own = may_fail(x) ? arena_str(x->a, from->own) : NULL,
			.v2 = from->v2,
		};
	}
	c->hierarchies = h;
	c->n = x->host->n_hierarchies;
}

/* "memory.max" needs "memory". */
static bool is_written(const struct plan_cgroup *c, size_t hierarchy, const char *controller,
		       size_t len)
{
	for (size_t i = 0; i < c->n_writes; i++)
		if (c->writes[i].hierarchy == hierarchy &&
		    strncmp(c->writes[i].file, controller, len) == 0 &&
		    c->writes[i].file[len] == '.')
			return true;
	return false;
}

static bool is_counted(const char *controller, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(counted); i++)
		if (strlen(counted[i]) == len && memcmp(counted[i], controller, len) == 0)
			return true;
	return false;
}

static void set_enabled(struct plan_ctx *x)
{
	struct plan_cgroup *c = &x->plan->cgroup;
	int v2 = cgroup_find_v2(x);
	char words[512] = "";
	struct str s = STR_ON(words);

	if (v2 < 0)
		return;
	for (const char *p = controllers_of(x, (size_t)v2); *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");

		if (is_counted(p, n) || is_written(c, (size_t)v2, p, n))
			str_addf(&s, "%s%.*s", s.len ? " " : "", (int)n, p);
		p += n;
	}
	if (s.len)
		c->enable = arena_str(x->a, words);
}

/* What nobody asked for may fail on a host that doesn't let us. */
static bool has_limits(const struct plan_cgroup *c)
{
	for (size_t i = 0; i < c->n_writes; i++)
		if (!c->writes[i].optional)
			return true;
	return c->n_device_prog > 0;
}

/* The last mount of cgroups says whether the container may write to them. */
static bool mounts_writable(const struct oci_config *c)
{
	bool writable = false;

	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct oci_mount *m = &c->mounts[i];

		if (!m->type || (strcmp(m->type, "cgroup") && strcmp(m->type, "cgroup2")))
			continue;
		writable = true;
		for (size_t k = 0; k < m->n_options; k++) {
			if (strcmp(m->options[k], "ro") == 0 || strcmp(m->options[k], "rro") == 0)
				writable = false;
			if (strcmp(m->options[k], "rw") == 0)
				writable = true;
		}
	}
	return writable;
}

/*
 * config-linux.md, "Cgroup ownership": with a cgroup namespace of its own and a writable
 * cgroup2, the container's root gets its cgroup.
 */
static void set_owner(struct plan_ctx *x)
{
	struct plan_cgroup *c = &x->plan->cgroup;
	const struct plan_idmap *map = &x->plan->idmap;
	uint32_t uid = x->process && x->process->user && x->process->user->has_uid
			       ? x->process->user->uid
			       : 0;

	if (c->n != 1 || !c->hierarchies[0].v2 || !(x->plan->ns.make & CLONE_NEWCGROUP) ||
	    !mounts_writable(x->c))
		return;
	if (map->n_uid > 0) {
		size_t i = 0;

		while (i < map->n_uid &&
		       (uid < map->uid[i].inside || uid - map->uid[i].inside >= map->uid[i].size))
			i++;
		if (i == map->n_uid)
			return; /* nobody on the host: plan_cred() refuses it */
		uid = map->uid[i].outside + (uid - map->uid[i].inside);
	}
	if (uid == x->host->euid)
		return;
	c->delegate = true;
	c->owner = uid;
}

int plan_cgroup(struct plan_ctx *x, struct err *e)
{
	const struct oci_resources *res = x->c->linux_ ? x->c->linux_->resources : NULL;
	struct plan_cgroup *c = &x->plan->cgroup;
	const char *path = NULL;
	int r;

	if (x->opt->cgroup_disabled) {
		if (res)
			log_warning(
				"the cgroup manager is disabled: /linux/resources has no effect");
		c->disabled = true;
		return 0;
	}
	if (x->opt->systemd_cgroup)
		return err_set(e, ERR_USAGE, EOPNOTSUPP,
			       "the cgroup manager `systemd` is not built in, use `cgroupfs`");
	r = own_path(x, &path, e);
	if (r < 0)
		return r;

	set_hierarchies(x, path);
	r = plan_cgroup_resources(x, res, "/linux/resources", e);
	if (r < 0)
		return r;
	c->tolerate = may_fail(x) && !has_limits(c);
	set_enabled(x);
	set_owner(x);
	if (c->n > 0)
		x->plan->features |= PF_CGROUP;
	return 0;
}
