#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "sys/syscalls.h"

enum { CHILD_CANNOT = 127, SIGNALS = 64 };

static int make_input(const struct child *c, struct err *e)
{
	auto_close int fd = memfd_create("stdin", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "memfd_create", "stdin");
	for (size_t i = 0; i < 3 && c->input[i]; i++) {
		int r = file_write_all(fd, "stdin", c->input[i], strlen(c->input[i]), e);

		if (r < 0)
			return r;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "lseek", "stdin");
	return steal_fd(&fd);
}

/* In the child. What fails here is told by errno through the pipe `tell`. */
static void become(const struct child *c, int in, int out, int tell)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;
	int num;

	for (int sig = 1; sig <= SIGNALS; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 && dup2(tell, 3) == 3 &&
	    fcntl(3, F_SETFD, FD_CLOEXEC) == 0 && sys_close_range(4, ~0U, 0) == 0 &&
	    (!c->cwd || chdir(c->cwd) == 0))
		execve(c->path, (char *const *)c->args, (char *const *)c->env);
	num = errno;
	if (write(3, &num, sizeof(num)) < 0)
		_exit(CHILD_CANNOT - 1);
	_exit(CHILD_CANNOT);
}

/* Keeps the last CHILD_OUTPUT bytes. */
static void keep_output(struct child *c, const char *buf, size_t n)
{
	if (n > CHILD_OUTPUT) {
		buf += n - CHILD_OUTPUT;
		n = CHILD_OUTPUT;
	}
	if (c->output_len + n > CHILD_OUTPUT) {
		size_t drop = c->output_len + n - CHILD_OUTPUT;

		memmove(c->output, c->output + drop, c->output_len - drop);
		c->output_len -= drop;
	}
	memcpy(c->output + c->output_len, buf, n);
	c->output_len += n;
	c->output[c->output_len] = '\0';
}

/*
 * Reads what is there: as much as a pipe holds and no more, for there may be no end of it. Returns
 * false at the end of the pipe.
 */
static bool drain(struct child *c, int out)
{
	char buf[1024];

	for (int i = 0; i < 64; i++) {
		ssize_t n = read(out, buf, sizeof(buf));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		keep_output(c, buf, (size_t)n);
	}
	return true;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Until the helper itself has ended: something that it started may go on holding the pipe, which is
 * no reason to wait. Returns 0 when time is up.
 */
static int watch(struct child *c, int pidfd, int out, struct err *e)
{
	long long end = now_ms() + (long long)c->timeout_s * 1000;
	struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = out, .events = POLLIN}};

	for (;;) {
		long long left = end - now_ms();
		int n;

		if (left <= 0)
			return 0;
		n = poll(p, 2, left < INT_MAX ? (int)left : INT_MAX);
		if (n < 0 && errno != EINTR)
			return err_sys(e, "poll", c->path);
		if (n > 0 && p[1].revents && !drain(c, out))
			p[1].fd = -1;
		if (n > 0 && p[0].revents) {
			if (p[1].fd >= 0)
				drain(c, out);
			return 1;
		}
	}
}

static void last_line(struct child *c, struct str *out)
{
	size_t n = c->output_len;
	const char *line;

	while (n > 0 && (c->output[n - 1] == '\n' || c->output[n - 1] == ' '))
		n--;
	c->output[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)c->output[i] < ' ')
			c->output[i] = ' ';
	line = n > 200 ? c->output + n - 200 : c->output;
	if (*line)
		str_addf(out, ": %s", line);
}

static int judge(struct child *c, const siginfo_t *info, struct err *e)
{
	char text[400] = "";
	struct str s = STR_ON(text);

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		return 0;
	if (info->si_code == CLD_EXITED)
		str_addf(&s, "exited with status %d", info->si_status);
	else
		str_addf(&s, "was killed by signal %d", info->si_status);
	last_line(c, &s);
	return err_set(e, ERR_CHILD, ECHILD, "`%s` %s", c->path, text);
}

static int too_slow(struct child *c, struct err *e)
{
	char text[400] = "";
	struct str s = STR_ON(text);

	last_line(c, &s);
	return err_set(e, ERR_CHILD, ETIMEDOUT, "`%s` ran past its timeout of %d s%s", c->path,
		       c->timeout_s, text);
}

static int spawn(const struct child *c, int out, int tell, struct err *e)
{
	auto_close int in = make_input(c, e);
	int pid;

	if (in < 0)
		return in;
	pid = (int)fork();
	if (pid < 0)
		return err_sys(e, "fork", c->path);
	if (pid == 0)
		become(c, in, out, tell);
	return pid;
}

int child_run(struct child *c, struct err *e)
{
	auto_close int out0 = -EBADF, out1 = -EBADF, tell0 = -EBADF, tell1 = -EBADF, pidfd = -EBADF;
	siginfo_t info = {0};
	int pair[2], pid, r, num;

	c->output_len = 0;
	c->output[0] = '\0';
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys(e, "pipe2", NULL);
	out0 = pair[0];
	out1 = pair[1];
	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_sys(e, "pipe2", NULL);
	tell0 = pair[0];
	tell1 = pair[1];
	/* The helper's end has to block, as programs expect of a stdout. */
	if (fcntl(out1, F_SETFL, 0) < 0)
		return err_sys(e, "fcntl", NULL);
	pid = spawn(c, out1, tell1, e);
	if (pid < 0)
		return pid;
	close(steal_fd(&tell1));
	close(steal_fd(&out1));
	pidfd = sys_pidfd_open(pid, 0);
	if (pidfd < 0)
		r = err_sys(e, "pidfd_open", c->path);
	else
		r = watch(c, pidfd, out0, e);
	if (r <= 0)
		kill(-pid, SIGKILL); /* it is our child, unreaped, and leads its own group */
	if (r <= 0)
		kill(pid, SIGKILL);
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
		;
	if (r < 0)
		return r;
	if (r == 0)
		return too_slow(c, e);
	if (read(tell0, &num, sizeof(num)) == (ssize_t)sizeof(num)) {
		errno = num;
		return err_sys(e, "execve", c->path);
	}
	return judge(c, &info, e);
}
