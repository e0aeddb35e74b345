/* init-cgroup-mount.c - what a container of a v1 or hybrid host sees on /sys/fs/cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "step/init-copyup.h"
#include "step/run.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"

/* "cpu,cpuacct" as parameters of a cgroup file system; "name=systemd" is one without controllers.
 */
static int set_controllers(int fs, const char *list, struct err *e)
{
	int r = 0;

	if (str_starts(list, "name=")) {
		r = mount_fs_set(fs, "cgroup", "none", NULL, e);
		return r < 0 ? r : mount_fs_set(fs, "cgroup", "name", list + strlen("name="), e);
	}
	while (r == 0 && *list) {
		size_t len = strcspn(list, ",");
		char one[64] = "";

		memcpy(one, list, len < sizeof(one) ? len : sizeof(one) - 1);
		r = mount_fs_set(fs, "cgroup", one, NULL, e);
		list += len + (list[len] == ',');
	}
	return r;
}

/* With a cgroup namespace a new mount shows the container's own part as its root. */
static int new_hierarchy(const struct plan_hierarchy *h, uint64_t attrs, struct err *e)
{
	const char *type = h->v2 ? "cgroup2" : "cgroup";
	auto_close int fs = mount_fs_open(type, e);
	int r;

	if (fs < 0)
		return fs;
	r = h->v2 ? 0 : set_controllers(fs, h->controllers, e);
	return r < 0 ? r : mount_fs_mount(fs, type, attrs, e);
}

static int clone_part(const struct plan_hierarchy *h, const char *part, struct err *e)
{
	char path[PATH_MAX];
	struct str s = STR_ON(path);

	str_addf(&s, "%s%s", h->dir, part);
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "open_tree", h->dir);
	}
	return mount_clone(AT_FDCWD, path, 0, e);
}

/*
 * Without one, that part of the host's tree is bound in: the container's own, or, where the host
 * side was not allowed to make that, the one that the container has stayed in.
 */
static int bound_hierarchy(const struct plan_hierarchy *h, uint64_t attrs, struct err *e)
{
	auto_close int fd = clone_part(h, h->path, e);
	int r;

	if (fd == -ENOENT && h->own) {
		err_drop(e);
		fd = clone_part(h, h->own, e);
	}
	if (fd < 0)
		return fd;
	r = mount_set_attr(fd, 0, attrs, 0, MS_PRIVATE, e);
	return r < 0 ? r : steal_fd(&fd);
}

/* cpu -> cpu,cpuacct: programs look for each controller by its own name. */
static int link_names(int dir, const struct plan_hierarchy *h, const char *name, struct err *e)
{
	const char *list = h->controllers;

	if (h->v2 || !strchr(list, ','))
		return 0;
	while (*list) {
		size_t len = strcspn(list, ",");
		char one[64] = "";

		memcpy(one, list, len < sizeof(one) ? len : sizeof(one) - 1);
		if (strcmp(one, name) != 0 && symlinkat(name, dir, one) < 0 && errno != EEXIST)
			return err_sys(e, "symlinkat", one);
		list += len + (list[len] == ',');
	}
	return 0;
}

static int one_hierarchy(struct run *run, const struct plan_hierarchy *h, int dir, uint64_t attrs,
			 struct err *e)
{
	const char *name = strrchr(h->dir, '/') + 1;
	auto_close int target = -EBADF, fd = -EBADF;
	int r;

	if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
		return err_sys(e, "mkdirat", name);
	target = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open", name);
	if (run->plan->features & PF_CGROUPNS)
		fd = new_hierarchy(h, attrs, e);
	else
		fd = bound_hierarchy(h, attrs, e);
	if (fd < 0)
		return fd;
	r = mount_move(fd, target, name, e);
	return r < 0 ? r : link_names(dir, h, name, e);
}

int mount_cgroups_v1(struct run *run, const struct plan_mount *m, int target, struct err *e)
{
	const struct plan_cgroup *cg = &run->plan->cgroup;
	uint64_t attrs = m->flags.set;
	auto_close int fs = mount_fs_open("tmpfs", e), tree = -EBADF, dir = -EBADF;
	int r;

	if (fs < 0)
		return fs;
	r = mount_fs_set(fs, "tmpfs", "mode", "755", e);
	if (r < 0)
		return r;
	tree = mount_fs_mount(fs, "tmpfs", attrs & ~(uint64_t)MOUNT_ATTR_RDONLY, e);
	if (tree < 0)
		return tree;
	r = mount_move(tree, target, m->target, e);
	if (r < 0)
		return r;
	dir = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open", m->target);
	for (size_t i = 0; i < cg->n; i++) {
		r = one_hierarchy(run, &cg->hierarchies[i], dir, attrs, e);
		if (r < 0)
			return r;
	}
	return mount_set_attr(tree, 0, attrs & MOUNT_ATTR_RDONLY, 0, 0, e);
}
