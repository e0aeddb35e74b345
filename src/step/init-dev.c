/* init-dev.c - INIT makes the device nodes, and the links of /dev. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/mountapi.h"
#include "sys/rooted.h"

/* Something is there already: fine if it is the same device. */
static int check_existing(int dir, const char *name, const struct plan_device *d, struct err *e)
{
	auto_close int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open", d->path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", d->path);
	if ((st.st_mode & S_IFMT) == (d->mode & S_IFMT) &&
	    (S_ISFIFO(st.st_mode) || st.st_rdev == d->dev))
		return 0;
	return err_set(e, ERR_SPEC, EEXIST, "`%s` exists in the rootfs and is another kind of file",
		       d->path);
}

static int make_node(int root, const struct plan_device *d, struct err *e)
{
	auto_close int dir = -EBADF;
	const char *name;

	dir = rooted_parent(root, d->path, &name, e);
	if (dir < 0)
		return dir;
	if (mknodat(dir, name, d->mode, d->dev) < 0) {
		if (errno == EEXIST)
			return check_existing(dir, name, d, e);
		return err_sys(e, "mknodat", d->path);
	}
	if ((d->uid || d->gid) && fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "fchownat", d->path);
	return 0;
}

/* In a user namespace nodes can't be made: the host's is mounted over an empty file. */
static int bind_node(int root, const struct plan_device *d, int source, struct err *e)
{
	auto_close int target = rooted_make(root, d->path, S_IFREG, 0666, e);

	if (target < 0)
		return target;
	return mount_move(source, target, d->path, e);
}

static int make_link(int root, const struct plan_link *l, struct err *e)
{
	auto_close int dir = -EBADF;
	const char *name;

	dir = rooted_parent(root, l->path, &name, e);
	if (dir < 0)
		return dir;
	if (symlinkat(l->target, dir, name) < 0 && errno != EEXIST)
		return err_sys(e, "symlinkat", l->path);
	return 0;
}

int dev_make(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	int r;

	for (size_t i = 0; i < plan->n_devices; i++) {
		const struct plan_device *d = &plan->devices[i];
		int *source = &run->shared->fds[plan->n_mounts + i];

		if (d->bind) {
			r = bind_node(run->root, d, *source, e);
			close_keep_errno(source);
			*source = -1;
		} else {
			r = make_node(run->root, d, e);
		}
		if (r < 0)
			return d->index < 0 ? r : err_at(e, r, "/linux/devices/%d", d->index);
	}
	for (size_t i = 0; i < plan->n_links; i++) {
		r = make_link(run->root, &plan->links[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}
