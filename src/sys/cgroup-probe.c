/*
 * cgroup-probe.c - host_probe_cgroups(): which hierarchies there are, and where.
 *
 * /proc/self/cgroup names them and our place in each; their mount points are looked for
 * where every distribution has them, below /sys/fs/cgroup, by name, and known by their
 * magic numbers. Only a host without any of that makes us read mountinfo.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "sys/cgroup-tree.h"
#include "sys/probe.h"
#include "sys/syscalls.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

enum { MOUNTINFO_MAX = 64 << 20 };

/* What /proc/self/cgroup says of a hierarchy, before it is known where it is. */
struct wanted {
	char *controllers; /* "cpu,cpuacct", "name=systemd"; "" for v2 */
	char *own;
};

/* 1: a hierarchy of that version is mounted there, writable or not. */
static bool is_hierarchy(const char *dir, bool v2, bool *read_only)
{
	struct statfs st;

	if (statfs(dir, &st) < 0 || st.f_type != (v2 ? CGROUP2_SUPER_MAGIC_ : CGROUP_SUPER_MAGIC_))
		return false;
	*read_only = st.f_flags & ST_RDONLY;
	return true;
}

/* "cpu,cpuacct" and "cpuacct,cpu" are one; a hierarchy without controllers goes by its name. */
static bool same_set(const char *a, const char *b)
{
	if (str_starts(a, "name="))
		return strcmp(a + strlen("name="), b) == 0;
	if (strlen(a) != strlen(b))
		return false;
	for (const char *p = a; *p; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");
		bool found = false;

		for (const char *q = b; *q && !found; q += strspn(q, ",")) {
			size_t m = strcspn(q, ",");

			found = m == n && memcmp(p, q, n) == 0;
			q += m;
		}
		if (!found)
			return false;
		p += n;
	}
	return true;
}

static void add(struct host *host, const char *dir, const struct wanted *w, bool v2, bool read_only)
{
	struct host_hierarchy *h = &host->hierarchies[host->n_hierarchies];

	if (host->n_hierarchies == HOST_HIERARCHIES_MAX || strlen(dir) >= sizeof(h->dir) ||
	    strlen(w->own) >= sizeof(h->own) || strlen(w->controllers) >= sizeof(h->controllers)) {
		log_warning("the cgroup hierarchy `%s` is passed over: its names are too long",
			    dir);
		return;
	}
	*h = (struct host_hierarchy){.v2 = v2};
	memcpy(h->dir, dir, strlen(dir) + 1);
	memcpy(h->own, w->own, strlen(w->own) + 1);
	memcpy(h->controllers, w->controllers, strlen(w->controllers) + 1);
	if (v2) {
		char path[sizeof(h->dir) + 32];

		snprintf(path, sizeof(path), "%s/cgroup.controllers", dir);
		if (cgroup_read_at(AT_FDCWD, path, h->controllers, sizeof(h->controllers)) < 0)
			h->controllers[0] = '\0';
	}
	/* One that can't be written to is enough for it to be said. */
	if (host->n_hierarchies++ == 0)
		host->cgroup_writable = true;
	if (read_only)
		host->cgroup_writable = false;
}

/* The usual name, and for a v1 hierarchy each entry of the directory that is called the same. */
static bool find_by_name(struct host *host, const struct wanted *w)
{
	bool v2 = !w->controllers[0], ro = false;
	const char *name = v2 ? "unified" : w->controllers;
	char dir[PATH_MAX];

	if (str_starts(name, "name="))
		name += strlen("name=");
	if ((size_t)snprintf(dir, sizeof(dir), CGROUP_ROOT "/%s", name) < sizeof(dir) &&
	    is_hierarchy(dir, v2, &ro)) {
		add(host, dir, w, v2, ro);
		return true;
	}
	return false;
}

static bool is_found(const struct host *host, const char *dir)
{
	for (size_t i = 0; i < host->n_hierarchies; i++)
		if (strcmp(host->hierarchies[i].dir, dir) == 0)
			return true;
	return false;
}

/* Names in another order, or v2 called otherwise: goes through the directory once. */
static void find_by_listing(struct host *host, const struct wanted *w)
{
	DIR *list = opendir(CGROUP_ROOT);
	bool v2 = !w->controllers[0], ro = false;
	struct dirent *d;
	char dir[PATH_MAX];

	while (list && (d = readdir(list))) {
		snprintf(dir, sizeof(dir), CGROUP_ROOT "/%s", d->d_name);
		if (d->d_type != DT_DIR || d->d_name[0] == '.' || is_found(host, dir) ||
		    (!v2 && !same_set(w->controllers, d->d_name)) || !is_hierarchy(dir, v2, &ro))
			continue;
		add(host, dir, w, v2, ro);
		break;
	}
	if (list)
		closedir(list);
}

/* Whether one mountinfo line (optional fields may be missing) is w's hierarchy, whole. */
static bool mount_is(char *line, const struct wanted *w, char **where)
{
	char *save = NULL, *field[6] = {NULL}, *rest = strstr(line, " - ");
	bool v2 = !w->controllers[0];
	char *type, *options;

	if (!rest)
		return false;
	*rest = '\0';
	for (int i = 0; i < 6; i++)
		field[i] = strtok_r(i ? NULL : line, " ", &save);
	type = strtok_r(rest + 3, " ", &save);
	strtok_r(NULL, " ", &save); /* the source */
	options = strtok_r(NULL, " ", &save);
	if (!field[5] || !type || strcmp(type, v2 ? "cgroup2" : "cgroup") ||
	    strcmp(field[3], "/") || strchr(field[4], '\\'))
		return false;
	*where = field[4];
	if (v2)
		return true;
	/* Each controller is one of the options. */
	for (const char *p = w->controllers; *p; p += strspn(p, ",")) {
		size_t n = strcspn(p, ",");
		bool found = false;

		for (const char *q = options; q && !found;
		     q = strchr(q, ',') ? strchr(q, ',') + 1 : NULL)
			found = strncmp(p, q, n) == 0 && (q[n] == ',' || !q[n]);
		if (!found)
			return false;
		p += n;
	}
	return true;
}

static void find_by_mountinfo(struct host *host, const struct wanted *w, const char *mountinfo)
{
	bool ro = false;

	for (const char *p = mountinfo; *p;) {
		size_t n = strcspn(p, "\n");
		char line[2 * PATH_MAX], *where;

		if (n < sizeof(line)) {
			memcpy(line, p, n);
			line[n] = '\0';
			if (mount_is(line, w, &where) &&
			    is_hierarchy(where, !w->controllers[0], &ro)) {
				add(host, where, w, !w->controllers[0], ro);
				return;
			}
		}
		p += n + (p[n] == '\n');
	}
}

/* "4:memory:/a/b": takes the line apart. */
static bool split(char *line, struct wanted *w)
{
	char *controllers = strchr(line, ':');

	if (!controllers)
		return false;
	w->controllers = controllers + 1;
	w->own = strchr(controllers + 1, ':');
	if (!w->own)
		return false;
	*w->own++ = '\0';
	return w->own[0] == '/';
}

/* Finds what each line of /proc/self/cgroup names; text is as before afterwards. */
static void each_wanted(struct host *host, char *text, const char *mountinfo)
{
	for (char *line = text; *line;) {
		size_t n = strcspn(line, "\n");
		char copy[1024], last = line[n];
		struct wanted w;

		line[n] = '\0';
		if (n < sizeof(copy)) {
			memcpy(copy, line, n + 1);
			if (split(copy, &w)) {
				if (mountinfo)
					find_by_mountinfo(host, &w, mountinfo);
				else if (!find_by_name(host, &w))
					find_by_listing(host, &w);
			}
		}
		line[n] = last;
		line += n + (last == '\n');
	}
}

/* Whether we, being who we are, may make a directory in each of them. */
static void check_writable(struct host *host)
{
	for (size_t i = 0; i < host->n_hierarchies && host->cgroup_writable; i++) {
		/* Root, in the first user namespace, may write wherever the mount lets it. */
		if (i > 0 && host->euid == 0)
			break;
		if (faccessat(AT_FDCWD, host->hierarchies[i].dir, W_OK, AT_EACCESS) < 0)
			host->cgroup_writable = false;
	}
}

int host_probe_cgroups(struct host *host, struct err *e)
{
	auto_free char *text = NULL;
	auto_free char *mountinfo = NULL;
	bool ro = false;
	size_t len;
	int r;

	host->n_hierarchies = 0;
	host->cgroup_writable = false;
	r = file_read(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &text, &len, e);
	if (r == -ENOENT) {
		err_drop(e); /* a kernel without cgroups */
		return 0;
	}
	if (r < 0)
		return r;

	if (is_hierarchy(CGROUP_ROOT, true, &ro)) {
		char *own = str_starts(text, "0::") ? text : strstr(text, "\n0::");
		struct wanted w = {.controllers = (char[]){""}, .own = (char[]){"/"}};

		if (own) {
			own += *own == '\n';
			w.own = own + strlen("0::");
			w.own[strcspn(w.own, "\n")] = '\0';
		}
		add(host, CGROUP_ROOT, &w, true, ro);
	} else {
		each_wanted(host, text, NULL);
	}
	if (host->n_hierarchies == 0 && text[0]) {
		r = file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo, &len, e);
		if (r < 0)
			return r;
		each_wanted(host, text, mountinfo);
	}
	check_writable(host);
	return 0;
}
