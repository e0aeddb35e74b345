#include "sys/tty.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "sys/rooted.h"
#include "sys/syscalls.h"

enum { PTMX_INODE = 2 };

int tty_open_pair(int pts, int *master, int *peer, struct err *e)
{
	auto_close int ptmx = rooted_open_plain(pts, "ptmx", O_RDWR, e), far = -EBADF;
	struct statfs fs;
	struct stat st;
	int unlock = 0;

	if (ptmx < 0)
		return ptmx;
	if (fstatfs(ptmx, &fs) < 0 || fstat(ptmx, &st) < 0)
		return err_sys(e, "fstat", "ptmx");
	if (fs.f_type != DEVPTS_SUPER_MAGIC_ || !S_ISCHR(st.st_mode) || st.st_ino != PTMX_INODE ||
	    st.st_rdev != makedev(5, 2))
		return err_set(e, ERR_SPEC, ENOTTY, "/dev/pts/ptmx is not a devpts' own");
	if (ioctl(ptmx, TIOCSPTLCK, &unlock) < 0)
		return err_sys(e, "ioctl TIOCSPTLCK", "ptmx");
	far = ioctl(ptmx, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (far < 0)
		return err_sys(e, "ioctl TIOCGPTPEER", "ptmx");
	/* rooted_open() opened it non-blocking, which a terminal must not be. */
	if (fcntl(ptmx, F_SETFL, O_RDWR) < 0)
		return err_sys(e, "fcntl", "ptmx");
	*master = steal_fd(&ptmx);
	*peer = steal_fd(&far);
	return 0;
}

int tty_set_size(int fd, uint16_t rows, uint16_t columns, struct err *e)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};

	if (!rows && !columns)
		return 0;
	if (ioctl(fd, TIOCSWINSZ, &size) < 0)
		return err_sys(e, "ioctl TIOCSWINSZ", "ptmx");
	return 0;
}

int tty_take(int peer, struct err *e)
{
	setsid(); /* fails only where we lead a session already */
	if (ioctl(peer, TIOCSCTTY, 0) < 0)
		return err_sys(e, "ioctl TIOCSCTTY", "pts");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(peer, fd) < 0)
			return err_sys(e, "dup2", "pts");
	return 0;
}

int tty_check_master(int fd, struct err *e)
{
	unsigned number;

	if (ioctl(fd, TIOCGPTN, &number) < 0)
		return err_sys(e, "ioctl TIOCGPTN", "the terminal that the container's init made");
	return 0;
}
