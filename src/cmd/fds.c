#include "cmd/fds.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/syscalls.h"

static bool stdout_was_closed;

bool fds_stdout_was_closed(void)
{
	return stdout_was_closed;
}

int fds_open_missing(struct err *e)
{
	for (int fd = 0; fd <= 2; fd++) {
		int got;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is this one: those below are open by now. */
		got = openat(AT_FDCWD, "/dev/null", O_RDWR);
		if (got < 0)
			return err_sys(e, "open", "/dev/null");
		if (fd == STDOUT_FILENO)
			stdout_was_closed = true;
	}
	return 0;
}

int fds_keep(unsigned n, struct err *e)
{
	unsigned end = 3 + n;
	struct rlimit limit;

	if (n > 0 && getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_sys(e, "getrlimit", "RLIMIT_NOFILE");
	if (n > INT_MAX - 3 || (n > 0 && end > limit.rlim_cur))
		return err_set(
			e, ERR_USAGE, EMFILE,
			"%u descriptors to preserve are more than there can be: the limit is %llu",
			n, (unsigned long long)limit.rlim_cur);
	for (unsigned fd = 3; fd < end; fd++) {
		auto_close int null = -EBADF;

		if (fcntl((int)fd, F_GETFD) >= 0)
			continue;
		null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return err_sys(e, "open", "/dev/null");
		if (null == (int)fd)
			steal_fd(&null);
		else if (dup3(null, (int)fd, O_CLOEXEC) < 0)
			return err_sys(e, "dup3", NULL);
	}
	if (close_range(end, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(e, "close_range", NULL);
	return 0;
}

unsigned fds_from_listen(void)
{
	const char *text = getenv("LISTEN_FDS");
	uint64_t n;

	return text && num_u64(text, FDS_LISTEN_MAX, &n) ? (unsigned)n : 0;
}
