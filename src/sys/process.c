#include "sys/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/syscalls.h"

#define PIDFS_MAGIC_ 0x50494446

void process_how_died(int pidfd, struct str *out)
{
	siginfo_t info = {0};

	/* A descriptor closes before its process can be waited for: give it a moment. */
	if (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOWAIT) < 0 || info.si_pid == 0) {
		str_addf(out, "is gone");
		return;
	}
	if (info.si_code == CLD_EXITED)
		str_addf(out, "exited with status %d", info.si_status);
	else
		str_addf(out, "was killed by signal %d (%s)", info.si_status,
			 strsignal(info.si_status));
}

/* The start time. The command's name may hold anything: look behind the last ')'. */
static int read_start(pid_t pid, uint64_t *start, struct err *e)
{
	char path[64], buf[1024], *p;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);

	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOENT)
			errno = ESRCH;
		return err_sys(e, "open", path);
	}
	n = read(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return err_sys(e, "read", path);
	buf[n] = '\0';
	p = strrchr(buf, ')');
	if (!p || p[1] != ' ' || !p[2])
		return err_set(e, ERR_PROTO, EPROTO, "`%s` is not what proc(5) says", path);
	p += 2;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return err_set(e, ERR_PROTO, EPROTO, "`%s` is not what proc(5) says", path);
		p++;
	}
	p[strcspn(p, " ")] = '\0';
	if (!num_u64(p, UINT64_MAX, start))
		return err_set(e, ERR_PROTO, EPROTO, "`%s` is not what proc(5) says", path);
	return 0;
}

static uint64_t pidfs_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) < 0 || fs.f_type != PIDFS_MAGIC_ || fstat(pidfd, &st) < 0)
		return 0;
	return st.st_ino;
}

int process_identify(pid_t pid, int pidfd, struct process_id *id, struct err *e)
{
	*id = (struct process_id){.pid = pid, .inode = pidfs_inode(pidfd)};
	return read_start(pid, &id->start, e);
}

int process_open(const struct process_id *id, struct err *e)
{
	auto_close int fd = -EBADF;
	uint64_t start;
	int r;

	if (id->pid <= 1)
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	fd = sys_pidfd_open(id->pid, 0);
	/* The number may be a thread's of another process now: EINVAL, since Linux 6.16 ENOENT. */
	if (fd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	if (fd < 0)
		return err_sys(e, "pidfd_open", NULL);
	r = read_start(id->pid, &start, e);
	if (r == -ESRCH) {
		err_drop(e);
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	}
	if (r < 0)
		return r;
	if (start != id->start || (id->inode && id->inode != pidfs_inode(fd)))
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	/* Not by its state in /proc: a first thread that has ended is Z while the others run. */
	r = process_wait_end(fd, 0, e);
	if (r < 0)
		return r;
	if (r > 0)
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	return steal_fd(&fd);
}

int process_signal(int pidfd, int sig, struct err *e)
{
	if (sys_pidfd_send_signal(pidfd, sig) < 0)
		return err_sys(e, "pidfd_send_signal", NULL);
	return 0;
}

int process_wait_end(int pidfd, int ms, struct err *e)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "poll", "pidfd");
	return n > 0;
}

int process_reap(int pidfd, int *status, struct err *e)
{
	siginfo_t info = {0};
	int r;

	do
		r = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(e, "waitid", "pidfd");
	*status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
	return 0;
}
