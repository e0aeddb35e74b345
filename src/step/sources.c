/*
 * sources.c - opens what is mounted from the host: the rootfs, what is bound in, device nodes.
 *
 * In both programs: PARENT does it where it may (PF_HOST_SOURCES), for it sees paths that the
 * container's user may not walk; without that privilege INIT does, in a mount namespace of
 * its own. Each is a detached copy with its attributes already set.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"

static int open_rootfs(const struct plan *plan, struct err *e)
{
	auto_close int fd = mount_clone(AT_FDCWD, plan->rootfs, AT_RECURSIVE, e);
	int r;

	if (fd < 0)
		return err_at(e, fd, "/root/path");
	/* Never shared while it is made the root: pivot_root(2) refuses that. */
	r = mount_set_attr(fd, AT_RECURSIVE, 0, 0,
			   plan->root_propagation & MS_SLAVE ? MS_SLAVE : MS_PRIVATE, e);
	if (r < 0)
		return err_at(e, r, "/root/path");
	return steal_fd(&fd);
}

static int open_bind(const struct plan_mount *m, struct err *e)
{
	unsigned flags = m->flags.rbind ? AT_RECURSIVE : 0;
	auto_close int fd = -EBADF;
	int r;

	if (m->flags.extra & MX_SRC_NOFOLLOW)
		flags |= AT_SYMLINK_NOFOLLOW;
	fd = mount_clone(AT_FDCWD, m->source, flags, e);
	if (fd < 0)
		return err_at(e, fd, "/mounts/%u/source", m->index);
	if (m->propagation_before) {
		unsigned all = m->propagation_before & MS_REC ? AT_RECURSIVE : 0;

		r = mount_set_attr(fd, all, 0, 0, m->propagation_before & ~(uint64_t)MS_REC, e);
		if (r < 0)
			return err_at(e, r, "/mounts/%u/options", m->index);
	}
	/* The tree first: "rro,rw" means all read-only but this one. */
	r = mount_set_attr(fd, AT_RECURSIVE, m->flags.rset, m->flags.rclear, 0, e);
	if (r == 0)
		r = mount_set_attr(fd, 0, m->flags.set, m->flags.clear, 0, e);
	if (r < 0)
		return err_at(e, r, "/mounts/%u/options", m->index);
	return steal_fd(&fd);
}

static int open_fallback(const struct plan_mount *m, struct err *e)
{
	auto_close int fd = mount_clone(AT_FDCWD, m->fallback, AT_RECURSIVE, e);
	int r;

	if (fd < 0)
		return err_at(e, fd, "/mounts/%u/type", m->index);
	r = mount_set_attr(fd, AT_RECURSIVE, 0, 0, MS_PRIVATE, e);
	if (r == 0)
		r = mount_set_attr(fd, AT_RECURSIVE, m->flags.set & ~(uint64_t)MOUNT_ATTR__ATIME, 0,
				   0, e);
	if (r < 0)
		return err_at(e, r, "/mounts/%u/options", m->index);
	return steal_fd(&fd);
}

/* The host's /dev/null, and not what somebody put there (security.md A4). */
static int open_null(struct err *e)
{
	auto_close int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open", "/dev/null");
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", "/dev/null");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, ERR_SPEC, ENODEV,
			       "the host's `/dev/null` is not the null device");
	return mount_clone(fd, "", AT_EMPTY_PATH, e);
}

/* Where the container's NOTIFY_SOCKET will be: it may send there, and change nothing. */
static int open_notify(const char *dir, struct err *e)
{
	auto_close int fd = mount_clone(AT_FDCWD, dir, 0, e);
	int r;

	if (fd < 0)
		return fd;
	r = mount_set_attr(
		fd, 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		0, MS_PRIVATE, e);
	return r < 0 ? r : steal_fd(&fd);
}

int sources_open(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	struct shared *s = run->shared;

	s->rootfs = open_rootfs(plan, e);
	if (s->rootfs < 0)
		return s->rootfs;
	if (plan->n_masked > 0) {
		s->null_device = open_null(e);
		if (s->null_device < 0)
			return s->null_device;
	}
	if (plan->notify_dir) {
		s->notify = open_notify(plan->notify_dir, e);
		if (s->notify < 0)
			return s->notify;
	}
	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];

		if (m->kind == PM_BIND)
			s->fds[i] = open_bind(m, e);
		else if (m->fallback)
			s->fds[i] = open_fallback(m, e);
		else
			continue;
		if (s->fds[i] < 0)
			return s->fds[i];
	}
	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct plan_device *d = &plan->devices[i];
		int *fd = &s->fds[plan->n_mounts + i];

		if (!d->bind)
			continue;
		*fd = mount_clone(AT_FDCWD, d->path, 0, e);
		if (*fd < 0)
			return d->index < 0 ? *fd
					    : err_at(e, *fd, "/linux/devices/%d/path", d->index);
		if (mount_set_attr(*fd, AT_RECURSIVE, 0, 0, MS_PRIVATE, e) < 0)
			return -e->num;
	}
	return 0;
}

void sources_close(struct run *run)
{
	struct shared *s = run->shared;

	if (run->handed)
		return;
	close_keep_errno(&s->rootfs);
	close_keep_errno(&s->null_device);
	close_keep_errno(&s->notify);
	for (uint32_t i = 0; i < s->n_fds; i++)
		close_keep_errno(&s->fds[i]);
	s->rootfs = s->null_device = s->notify = -1;
	for (uint32_t i = 0; i < s->n_fds; i++)
		s->fds[i] = -1;
}
