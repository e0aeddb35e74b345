/* init-root.c - INIT makes the rootfs its root, and covers what has to be covered. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/mountapi.h"
#include "sys/rooted.h"
#include "sys/syscalls.h"

static int change_root(struct err *e)
{
	if (chroot(".") < 0)
		return err_sys(e, "chroot", NULL);
	if (chdir("/") < 0)
		return err_sys(e, "chdir", "/");
	return 0;
}

/* The new root on top of the old one, which is then taken away from under it (pivot_root(2)). */
static int pivot(struct err *e)
{
	if (sys_pivot_root(".", ".") < 0)
		return err_sys(e, "pivot_root", NULL);
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(e, "umount2", "the old root");
	if (chdir("/") < 0)
		return err_sys(e, "chdir", "/");
	return 0;
}

int root_pivot(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	int r;

	if (!(plan->features & PF_MOUNTNS)) {
		if (chdir(plan->rootfs) < 0)
			return err_at(e, err_sys(e, "chdir", plan->rootfs), "/root/path");
		run->root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		return run->root < 0 ? err_sys(e, "open", plan->rootfs) : change_root(e);
	}
	if (fchdir(run->root) < 0)
		return err_sys(e, "fchdir", plan->rootfs);
	r = plan->no_pivot ? change_root(e) : pivot(e);
	return r < 0 ? err_at(e, r, "/root/path") : 0;
}

/* The path as a descriptor; -ENOENT without an error if it isn't there, which is fine. */
static int open_covered(int root, const char *path, struct err *e)
{
	int fd = rooted_open(root, path, O_PATH, 0, e);

	if (fd == -ENOENT)
		err_drop(e);
	return fd;
}

int mount_readonly(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;

	for (size_t i = 0; i < plan->n_readonly; i++) {
		const char *path = plan->readonly[i];
		auto_close int target = open_covered(run->root, path, e), clone = -EBADF;
		int r;

		if (target == -ENOENT)
			continue;
		r = target;
		if (r >= 0)
			r = clone = mount_clone(target, "", AT_EMPTY_PATH | AT_RECURSIVE, e);
		if (r >= 0)
			r = mount_set_attr(clone, AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0, e);
		if (r >= 0)
			r = mount_move(clone, target, path, e);
		if (r < 0)
			return err_at(e, r, "/linux/readonlyPaths/%lu", (unsigned long)i);
	}
	return 0;
}

/* What lies over masked paths so far; clones keep the attributes. */
struct covers {
	int dir;   /* attached, or -EBADF */
	bool file; /* the host's null device is attached */
};

static void covers_end_ptr(struct covers *c)
{
	close_keep_errno(&c->dir);
}

/* An empty tmpfs that can't be written. */
static int empty_dir(struct err *e)
{
	auto_close int fs = mount_fs_open("tmpfs", e);
	int r;

	if (fs < 0)
		return fs;
	r = mount_fs_set(fs, "tmpfs", "size", "0", e);
	if (r == 0)
		r = mount_fs_set(fs, "tmpfs", "nr_inodes", "1", e);
	if (r == 0)
		r = mount_fs_mount(fs, "tmpfs",
				   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					   MOUNT_ATTR_NOEXEC,
				   e);
	return r;
}

/* One for all directories. It is attached by then, so it can be cloned on any kernel. */
static int mask_dir(struct covers *c, int target, const char *path, struct err *e)
{
	auto_close int fd = c->dir >= 0 ? mount_clone(c->dir, "", AT_EMPTY_PATH, e) : empty_dir(e);
	int r = fd < 0 ? fd : mount_move(fd, target, path, e);

	if (r == 0 && c->dir < 0)
		c->dir = steal_fd(&fd);
	return r;
}

/* The null device came detached: a detached mount can be cloned since Linux 6.15; attached, always.
 */
static int mask_file(struct covers *c, int null_device, int target, const char *path, struct err *e)
{
	auto_close int clone = -EBADF;
	int r;

	if (c->file) {
		clone = mount_clone(null_device, "", AT_EMPTY_PATH, e);
		return clone < 0 ? clone : mount_move(clone, target, path, e);
	}
	r = mount_set_attr(null_device, 0,
			   MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0, MS_PRIVATE,
			   e);
	if (r == 0)
		r = mount_move(null_device, target, path, e);
	c->file = r == 0;
	return r;
}

static int mask_one(struct run *run, const char *path, struct covers *c, struct err *e)
{
	auto_close int target = open_covered(run->root, path, e);
	struct stat st;

	if (target < 0)
		return target == -ENOENT ? 0 : target;
	if (fstat(target, &st) < 0)
		return err_sys(e, "fstat", path);
	return S_ISDIR(st.st_mode) ? mask_dir(c, target, path, e)
				   : mask_file(c, run->shared->null_device, target, path, e);
}

int mount_mask(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	auto_call(covers_end) struct covers covers = {.dir = -EBADF};

	for (size_t i = 0; i < plan->n_masked; i++) {
		int r = mask_one(run, plan->masked[i], &covers, e);

		if (r < 0)
			return err_at(e, r, "/linux/maskedPaths/%lu", (unsigned long)i);
	}
	return 0;
}

int root_readonly(struct run *run, struct err *e)
{
	int r = mount_set_attr(run->root, 0, MOUNT_ATTR_RDONLY, 0, 0, e);

	return r < 0 ? err_at(e, r, "/root/readonly") : 0;
}

/*
 * Last, for pivot_root(2) refuses a shared root, and an unbindable one can't be cloned for
 * read-only paths. What is private or a slave has been so since sources.open. The mounts of
 * config.json keep what their own options say: only the rootfs itself is changed here, with the
 * mounts that came with it (mount.root) or, unbindable, all of them.
 */
int root_propagate(struct run *run, struct err *e)
{
	uint64_t p = run->plan->root_propagation, kind = p & ~(uint64_t)MS_REC;
	int r;

	if (kind != MS_SHARED && kind != MS_UNBINDABLE)
		return 0;
	r = mount_set_attr(run->root, kind == MS_UNBINDABLE && p & MS_REC ? AT_RECURSIVE : 0, 0, 0,
			   kind, e);
	return r < 0 ? err_at(e, r, "/linux/rootfsPropagation") : 0;
}
