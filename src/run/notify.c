#include "run/notify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/unixsock.h"

enum { LISTEN_FDS_MAX = 1024 };

unsigned listen_fds(void)
{
	const char *n = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint64_t count, whose;

	if (!n || !num_u64(n, LISTEN_FDS_MAX, &count))
		return 0;
	/* Meant for another process of the same environment. */
	if (pid && num_u64(pid, INT32_MAX, &whose) && whose != (uint64_t)getpid())
		return 0;
	return (unsigned)count;
}

int notify_prepare(int state_fd, struct err *e)
{
	if (mkdirat(state_fd, "notify", 0755) < 0)
		return err_sys(e, "mkdirat", "notify");
	return 0;
}
