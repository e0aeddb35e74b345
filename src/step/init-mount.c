/*
 * init-mount.c - INIT carries out plan->mounts, in the container's mount namespace.
 *
 * New mounts are made detached, given their attributes, and only then moved into the tree;
 * what they are moved on is a descriptor that sys/rooted.h resolved once.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "step/init-copyup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/mountapi.h"
#include "sys/rooted.h"
#include "sys/syscalls.h"

static const struct {
	uint32_t bit;
	const char *on, *off;
} sb_flags[] = {
	{MSB_SYNC, "sync", "async"},
	{MSB_DIRSYNC, "dirsync", NULL},
	{MSB_LAZYTIME, "lazytime", "nolazytime"},
};

/*
 * The rest of them: silent asks mount(2) to print less, which this way of mounting never does; mand
 * has had no meaning since Linux 5.15; iversion can be asked for by a file system's own option
 * alone.
 */
static void say_iversion(const struct plan_mount *m)
{
	if (m->flags.sb_set & MSB_IVERSION)
		log_warning(
			"mounts[%u]: iversion: the kernel sets it for %s, or doesn't, by itself",
			m->index, m->fstype);
}

/* From here on nothing that is done reaches the host: every mount of the copy is a slave. */
int mount_root(struct run *run, struct err *e)
{
	struct mount_attr slave = {.propagation = MS_SLAVE};
	uint64_t p = run->plan->root_propagation;
	int tree = run->shared->rootfs, r = 0;

	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &slave, sizeof(slave)) < 0)
		return err_sys(e, "mount_setattr", "/");
	if (sys_move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_at(e, err_sys(e, "move_mount", run->plan->rootfs), "/root/path");
	run->root = tree;
	run->shared->rootfs = -1;
	/* rshared: what is mounted below now; the rootfs itself follows in root.propagate. */
	if (p == (MS_SHARED | MS_REC))
		r = mount_set_attr(tree, AT_RECURSIVE, 0, 0, MS_SHARED, e);
	if (r == 0 && p == (MS_SHARED | MS_REC))
		r = mount_set_attr(tree, 0, 0, 0, MS_PRIVATE, e);
	return r < 0 ? err_at(e, r, "/linux/rootfsPropagation") : 0;
}

static int set_propagation(int fd, const struct plan_mount *m, struct err *e)
{
	for (uint32_t i = 0; i < m->flags.n_propagation; i++) {
		uint64_t p = m->flags.propagation[i];
		int r = mount_set_attr(fd, p & MS_REC ? AT_RECURSIVE : 0, 0, 0,
				       p & ~(uint64_t)MS_REC, e);

		if (r < 0)
			return r;
	}
	return 0;
}

/* /proc and /sys have to be real directories, reached without a link (CVE-2019-19921 and kin). */
static bool wants_plain(const struct plan_mount *m)
{
	return m->kind == PM_NEW &&
	       (strcmp(m->fstype, "proc") == 0 || strcmp(m->fstype, "sysfs") == 0);
}

/* *existed: it was there before. */
static int open_target(int root, const struct plan_mount *m, mode_t type, bool *existed,
		       struct err *e)
{
	int fd;

	*existed = true;
	if (wants_plain(m) || m->flags.extra & MX_DEST_NOFOLLOW)
		fd = rooted_open_plain(root, m->target, O_PATH, e);
	else
		fd = rooted_open(root, m->target, O_PATH, 0, e);
	if (fd != -ENOENT)
		return fd;
	err_drop(e);
	*existed = false;
	return rooted_make_missing(root, m->target, type, 0755, e);
}

static bool has_data(const struct plan_mount *m, const char *key)
{
	for (size_t i = 0; i < m->n_data; i++)
		if (strcmp(m->data[i].key, key) == 0)
			return true;
	return false;
}

static int configure(int fs, const struct plan_mount *m, struct err *e)
{
	int r = 0;

	say_iversion(m);
	if (m->kind == PM_NEW && m->source && *m->source)
		r = mount_fs_set(fs, m->fstype, "source", m->source, e);
	for (size_t i = 0; r == 0 && i < m->n_data; i++)
		r = mount_fs_set(fs, m->fstype, m->data[i].key, m->data[i].value, e);
	for (size_t i = 0; r == 0 && i < sizeof(sb_flags) / sizeof(sb_flags[0]); i++) {
		if (m->flags.sb_set & sb_flags[i].bit)
			r = mount_fs_set(fs, m->fstype, sb_flags[i].on, NULL, e);
		else if (m->flags.sb_clear & sb_flags[i].bit && sb_flags[i].off)
			r = mount_fs_set(fs, m->fstype, sb_flags[i].off, NULL, e);
	}
	return r;
}

/* A tmpfs over a directory keeps that directory's permissions, unless told otherwise. */
static int keep_mode(int fs, const struct plan_mount *m, int target, struct err *e)
{
	struct stat st;
	char mode[16];

	if (strcmp(m->fstype, "tmpfs") != 0 || has_data(m, "mode"))
		return 0;
	if (fstat(target, &st) < 0)
		return err_sys(e, "fstat", m->target);
	snprintf(mode, sizeof(mode), "%o", st.st_mode & 07777);
	return mount_fs_set(fs, m->fstype, "mode", mode, e);
}

static int make_new(const struct plan_mount *m, int target, bool existed, struct err *e)
{
	auto_close int fs = mount_fs_open(m->fstype, e), fd = -EBADF;
	uint64_t set = m->flags.set, later = 0;
	int r;

	if (fs < 0)
		return fs;
	r = configure(fs, m, e);
	if (r == 0 && existed)
		r = keep_mode(fs, m, target, e);
	if (r < 0)
		return r;
	if (m->flags.extra & MX_COPY_UP) {
		later = set & MOUNT_ATTR_RDONLY;
		set &= ~later;
	}
	fd = mount_fs_mount(fs, m->fstype, set, e);
	if (fd < 0)
		return fd;
	if (m->flags.extra & MX_COPY_UP && existed) {
		r = copy_up(target, fd, m->target, e);
		if (r < 0)
			return r;
	}
	r = mount_set_attr(fd, 0, later | m->flags.rset, m->flags.rclear, 0, e);
	if (r < 0)
		return r;
	return steal_fd(&fd);
}

static int make_mount(struct run *run, size_t i, int target, bool existed, struct err *e)
{
	const struct plan_mount *m = &run->plan->mounts[i];
	int *handed = &run->shared->fds[i], fd;

	if (m->kind == PM_BIND)
		return steal_fd(handed);
	fd = make_new(m, target, existed, e);
	if (fd < 0 && m->fallback && *handed >= 0 && (fd == -EPERM || fd == -EBUSY)) {
		log_warning("a new %s is refused here (%s): the host's %s is bound in instead",
			    m->fstype, strerror(-fd), m->fallback);
		err_drop(e);
		return steal_fd(handed);
	}
	close_keep_errno(handed);
	return fd;
}

static int change_fs(int mounted, const struct plan_mount *m, struct err *e)
{
	auto_close int fs = -EBADF;
	int r;

	if (m->n_data == 0 && !m->flags.sb_set && !m->flags.sb_clear)
		return 0;
	fs = mount_fs_pick(mounted, m->target, e);
	if (fs < 0)
		return fs;
	r = configure(fs, m, e);
	return r < 0 ? r : mount_fs_reconfigure(fs, m->target, e);
}

static int remount(int root, const struct plan_mount *m, struct err *e)
{
	auto_close int target = rooted_open(root, m->target, O_PATH, 0, e);
	int r;

	if (target < 0)
		return target;
	r = change_fs(target, m, e);
	if (r == 0)
		r = mount_set_attr(target, AT_RECURSIVE, m->flags.rset, m->flags.rclear, 0, e);
	if (r == 0)
		r = mount_set_attr(target, 0, m->flags.set, m->flags.clear, 0, e);
	if (r == 0)
		r = set_propagation(target, m, e);
	return r;
}

/* copy-symlink: the source is a link, and the container gets one like it. */
static int copy_link(int root, const struct plan_mount *m, struct err *e)
{
	auto_close int parent = -EBADF;
	const char *name;
	char to[4096];
	ssize_t n = readlinkat(AT_FDCWD, m->source, to, sizeof(to) - 1);

	if (n < 0)
		return errno == EINVAL ? 0 : err_sys(e, "readlink", m->source);
	to[n] = '\0';
	parent = rooted_parent(root, m->target, &name, e);
	if (parent < 0)
		return parent;
	if (symlinkat(to, parent, name) < 0 && errno != EEXIST)
		return err_sys(e, "symlinkat", m->target);
	return 1;
}

static bool on_proc(int fd)
{
	struct statfs fs;

	return fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC_;
}

/* What lxcfs(8) and its like put there: numbers that are to be the container's. */
static bool may_be_replaced(const char *path)
{
	static const char *const files[] = {"/proc/cpuinfo",
					    "/proc/diskstats",
					    "/proc/loadavg",
					    "/proc/meminfo",
					    "/proc/slabinfo",
					    "/proc/stat",
					    "/proc/swaps",
					    "/proc/uptime",
					    "/proc/pressure/cpu",
					    "/proc/pressure/io",
					    "/proc/pressure/memory",
					    "/proc/sys/kernel/ns_last_pid",
					    "/proc/sys/crypto/fips_enabled"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(path, files[i]) == 0)
			return true;
	return false;
}

/*
 * Programs write their labels to /proc, and read there what protects them: it has to be procfs,
 * and all of it (security.md A3). Masks and read-only paths are others' business. mounted: what
 * is to be mounted on target, or -1.
 */
static int check_proc(const struct plan_mount *m, int target, int mounted, struct err *e)
{
	enum { PROC_ROOT_INO_ = 1 };
	struct stat st;

	if (!on_proc(target) && strcmp(m->target, "/proc") != 0)
		return 0;
	if (fstat(target, &st) < 0)
		return err_sys(e, "fstat", m->target);
	if (strcmp(m->target, "/proc") == 0 || st.st_ino == PROC_ROOT_INO_)
		return on_proc(mounted) ? 0
					: err_set(e, ERR_SPEC, EPERM,
						  "`%s` can be nothing but procfs: programs trust "
						  "what is there",
						  m->target);
	if (may_be_replaced(m->target))
		return 0;
	return err_set(e, ERR_SPEC, EPERM,
		       "`%s` is inside /proc, and programs trust what is there: nothing can be "
		       "mounted on it",
		       m->target);
}

/* No part but "." and "..": below the root that leads to itself. */
static bool is_root(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (len > 2 || strncmp(path, "..", len) != 0)
			return false;
		path += len + (path[len] == '/');
	}
	return true;
}

static int mount_entry(struct run *run, size_t i, struct err *e)
{
	const struct plan_mount *m = &run->plan->mounts[i];
	auto_close int target = -EBADF, fd = -EBADF;
	mode_t type = S_IFDIR;
	bool existed;
	int r;

	if (m->kind == PM_REMOUNT)
		return remount(run->root, m, e);
	if (m->kind == PM_BIND && m->flags.extra & MX_COPY_SYMLINK) {
		r = copy_link(run->root, m, e);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	if (m->kind == PM_BIND)
		type = mount_root_type(run->shared->fds[i]);
	target = open_target(run->root, m, type, &existed, e);
	if (target < 0)
		return err_at(e, target, "/mounts/%u/destination", m->index);
	if (m->kind == PM_CGROUP) {
		r = check_proc(m, target, -1, e);
		return r < 0 ? err_at(e, r, "/mounts/%u/destination", m->index)
			     : mount_cgroups_v1(run, m, target, e);
	}
	fd = make_mount(run, i, target, existed, e);
	if (fd < 0)
		return fd;
	r = check_proc(m, target, fd, e);
	if (r < 0)
		return err_at(e, r, "/mounts/%u/destination", m->index);
	if (m->kind == PM_NEW && strcmp(m->fstype, "devpts") == 0 && run->features & PF_TTY) {
		close_keep_errno(&run->dev_pts);
		run->dev_pts = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	r = mount_move(fd, target, m->target, e);
	if (r < 0)
		return err_at(e, r, "/mounts/%u/destination", m->index);
	r = set_propagation(fd, m, e);
	/* What covers the root is the root from now on: the one below it could not be seen. */
	if (r == 0 && is_root(m->target)) {
		close_keep_errno(&run->root);
		run->root = steal_fd(&fd);
	}
	return r;
}

/* Over whatever the config mounted on /run. */
static int mount_notify(struct run *run, struct err *e)
{
	auto_close int fd = steal_fd(&run->shared->notify), target = -EBADF;

	target = rooted_make(run->root, "/run/notify", S_IFDIR, 0755, e);
	return target < 0 ? target : mount_move(fd, target, "/run/notify", e);
}

int mount_entries(struct run *run, struct err *e)
{
	for (size_t i = 0; i < run->plan->n_mounts; i++) {
		int r = mount_entry(run, i, e);

		if (r < 0)
			return err_at(e, r, "/mounts/%u", run->plan->mounts[i].index);
	}
	return run->plan->notify_dir ? mount_notify(run, e) : 0;
}
