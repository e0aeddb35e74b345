/* init-dev.c - INIT makes the device nodes, and the links of /dev. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
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

/* The directory of the node or link made last: mostly it is the next one's as well. */
struct parent {
	int root, fd;
	const char *path; /* of which the first len bytes name it */
	size_t len;
};

static void parent_end_ptr(struct parent *p)
{
	close_keep_errno(&p->fd);
}

static int parent_of(struct parent *p, const char *path, const char **name, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	/* Whether "." and its kind can be made is rooted_parent()'s to say. */
	if (p->fd >= 0 && slash && slash[1] && slash[1] != '.' && len == p->len &&
	    memcmp(path, p->path, len) == 0) {
		*name = slash + 1;
		return p->fd;
	}
	close_keep_errno(&p->fd);
	p->fd = rooted_parent(p->root, path, name, e);
	p->path = path;
	p->len = len;
	return p->fd;
}

static int make_node(struct parent *in, const struct plan_device *d, struct err *e)
{
	const char *name;
	int dir = parent_of(in, d->path, &name, e);

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

static int make_link(struct parent *in, const struct plan_link *l, struct err *e)
{
	const char *name;
	int dir = parent_of(in, l->path, &name, e);

	if (dir < 0)
		return dir;
	if (symlinkat(l->target, dir, name) < 0 && errno != EEXIST)
		return err_sys(e, "symlinkat", l->path);
	return 0;
}

int dev_make(struct run *run, struct err *e)
{
	auto_call(parent_end) struct parent in = {.root = run->root, .fd = -EBADF};
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
			r = make_node(&in, d, e);
		}
		if (r < 0)
			return d->index < 0 ? r : err_at(e, r, "/linux/devices/%d", d->index);
	}
	for (size_t i = 0; i < plan->n_links; i++) {
		r = make_link(&in, &plan->links[i], e);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/*
 * A /dev/null among the standard files is the host's, and root of the container could change its
 * mode or owner: the container's own takes its place. What the image calls /dev/null is looked at
 * before it is opened (security.md A5).
 */
int stdio_null(struct run *run, struct err *e)
{
	auto_close int opened = -EBADF, looked = -EBADF, null = -EBADF;
	bool found[3] = {false};
	int root = run->root;

	for (int i = 0; i < 3; i++)
		found[i] = is_null(i);
	if (!found[0] && !found[1] && !found[2])
		return 0;
	if (root < 0) {
		root = opened = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return err_sys(e, "open", "/");
	}
	looked = rooted_open_plain(root, "/dev/null", O_PATH, e);
	if (looked >= 0 && is_null(looked))
		null = rooted_open_plain(root, "/dev/null", O_RDWR, e);
	if (null < 0 || !is_null(null)) { /* then there is no other null device to be had */
		err_drop(e);
		return 0;
	}
	if (fcntl(null, F_SETFL, 0) < 0)
		return err_sys(e, "fcntl", "/dev/null");
	for (int i = 0; i < 3; i++)
		if (found[i] && dup2(null, i) < 0)
			return err_sys(e, "dup2", "/dev/null");
	return 0;
}
