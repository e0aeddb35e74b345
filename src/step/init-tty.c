/* init-tty.c - INIT makes the container's terminal and gives its master side to PARENT. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/mountapi.h"
#include "sys/rooted.h"
#include "sys/tty.h"

/* /dev/console is the terminal itself, by its descriptor: never by a name in the image. */
static int make_console(int root, int peer, struct err *e)
{
	auto_close int dir = -EBADF, target = -EBADF, clone = -EBADF;
	struct stat st;
	const char *name;

	dir = rooted_parent(root, "/dev/console", &name, e);
	if (dir < 0)
		return dir;
	target = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (target < 0 && errno != EEXIST)
		return err_sys(e, "create", "/dev/console");
	close_keep_errno(&target);
	target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || fstat(target, &st) < 0)
		return err_sys(e, "open", "/dev/console");
	if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
		return err_set(e, ERR_SPEC, EEXIST, "`/dev/console` in the rootfs is a %s",
			       S_ISLNK(st.st_mode) ? "symlink" : "directory");
	clone = mount_clone(peer, "", AT_EMPTY_PATH, e);
	return clone < 0 ? clone : mount_move(clone, target, "/dev/console", e);
}

static int take_terminal(struct run *run, int pts, struct err *e, bool console)
{
	const struct plan *plan = run->plan;
	auto_close int master = -EBADF, peer = -EBADF;
	int r = tty_open_pair(pts, &master, &peer, e);

	if (r == 0)
		r = tty_set_size(master, plan->exec.rows, plan->exec.columns, e);
	if (r == 0 && fchown(peer, plan->cred.uid, (gid_t)-1) < 0)
		r = err_sys(e, "fchown", "the terminal");
	if (r == 0 && console)
		r = make_console(run->root, peer, e);
	if (r == 0)
		r = tty_take(peer, e);
	if (r < 0)
		return r;
	run->give = steal_fd(&master);
	return 0;
}

int tty_make(struct run *run, struct err *e)
{
	auto_close int pts = -EBADF;
	int r;

	if (run->dev_pts < 0 && run->root < 0)
		pts = open("/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	else if (run->dev_pts < 0)
		pts = rooted_open_plain(run->root, "/dev/pts", O_PATH | O_DIRECTORY, e);
	if (pts < 0 && run->dev_pts < 0 && e->kind == ERR_NONE)
		return err_at(e, err_sys(e, "open", "/dev/pts"), "/process/terminal");
	if (pts < 0 && run->dev_pts < 0)
		return err_at(e, -e->num, "/process/terminal");
	r = take_terminal(run, run->dev_pts >= 0 ? run->dev_pts : pts, e, run->root >= 0);
	return r < 0 ? err_at(e, r, "/process/terminal") : 0;
}

/* exec: the root is the container's, and so is what it put on /dev/pts. */
int tty_make_inside(struct run *run, struct err *e)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), pts = -EBADF;

	if (root < 0)
		return err_sys(e, "open", "/");
	pts = rooted_open_plain(root, "/dev/pts", O_PATH | O_DIRECTORY, e);
	if (pts < 0)
		return pts;
	return take_terminal(run, pts, e, false);
}
