/* monitor.c - a foreground `run` or `exec`: forwards signals, relays the terminal, waits. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/log.h"
#include "run/notify.h"
#include "run/object.h"
#include "sys/process.h"

struct buffer {
	size_t n;
	char data[16384];
};

struct monitor {
	int signals;
	sigset_t before;
	bool raw;
	struct termios term;
	struct buffer in, out;
};

int monitor_begin(struct monitor **ret, struct err *e)
{
	static const int kept[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,
				   SIGSYS,  SIGKILL, SIGSTOP, SIGTTIN, SIGTTOU, SIGTSTP};
	/* Not calloc(): without a terminal the buffers' pages are never touched. */
	struct monitor *m = malloc(sizeof(*m));
	sigset_t set;

	if (!m)
		return err_set(e, ERR_SYS, ENOMEM, "malloc");
	m->raw = false;
	m->in.n = m->out.n = 0;
	sigfillset(&set);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		sigdelset(&set, kept[i]);
	m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (m->signals < 0) {
		int r = err_sys(e, "signalfd", NULL);

		free(m);
		return r;
	}
	/* Before the container is made, so that none is lost in between. */
	sigprocmask(SIG_BLOCK, &set, &m->before);
	*ret = m;
	return 0;
}

static void raw_terminal(struct monitor *m)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &m->term) < 0)
		return; /* not a terminal: a pipe is relayed as it is */
	raw = m->term;
	cfmakeraw(&raw);
	m->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void monitor_end(struct monitor *m)
{
	if (!m)
		return;
	if (m->raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &m->term);
	close(m->signals);
	sigprocmask(SIG_SETMASK, &m->before, NULL);
	free(m);
}

static void copy_size(int terminal)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 && ioctl(terminal, TIOCSWINSZ, &size) < 0)
		log_debug("TIOCSWINSZ: %s", strerror(errno));
}

static void forward_signals(struct monitor *m, int pidfd, int terminal)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		struct err e = {0};
		int sig = (int)info.ssi_signo;

		if (sig == SIGCHLD || sig == SIGURG || sig == SIGPIPE)
			continue;
		if (sig == SIGWINCH && terminal >= 0) {
			copy_size(terminal);
			continue;
		}
		if (process_signal(pidfd, sig, &e) < 0) {
			log_debug("signal %d can't be forwarded: %s", sig, strerror(e.num));
			err_drop(&e);
		}
	}
}

/* Reads into an empty buffer. False at the end of the file. */
static bool fill(struct buffer *b, int fd)
{
	ssize_t n = read(fd, b->data, sizeof(b->data));

	if (n > 0)
		b->n = (size_t)n;
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/*
 * Writes what it can. False if nobody reads any more. Not more at once than a pipe that can be
 * written to has room for: our stdout blocks, and is not ours alone to change that.
 */
static bool empty(struct buffer *b, int fd)
{
	ssize_t n = write(fd, b->data, b->n < PIPE_BUF ? b->n : PIPE_BUF);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	memmove(b->data, b->data + n, b->n - (size_t)n);
	b->n -= (size_t)n;
	return true;
}

enum { HUNG_MS = 100 };

enum { P_PROCESS, P_SIGNALS, P_NOTIFY, P_STDIN, P_TERMINAL, P_STDOUT, P_COUNT };

/* What is copied between our own stdin and stdout and the container's terminal, if it has one. */
struct relay {
	int terminal; /* or -1 */
	bool in_open; /* stdin has not ended */
	bool hung;    /* nobody in the container has the terminal open: somebody may again */
};

static void relay(struct monitor *m, struct pollfd *p, struct relay *r)
{
	bool reads = p[P_TERMINAL].revents & (POLLIN | POLLHUP | POLLERR);

	if (p[P_STDIN].revents && m->in.n == 0 && !fill(&m->in, STDIN_FILENO))
		r->in_open = false;
	if (p[P_TERMINAL].revents & POLLOUT && m->in.n > 0 && !empty(&m->in, r->terminal))
		m->in.n = 0;
	if (reads && m->out.n == 0 && !fill(&m->out, r->terminal))
		r->hung = true;
	if (p[P_STDOUT].revents && m->out.n > 0 && !empty(&m->out, STDOUT_FILENO))
		m->out.n = 0;
}

/* Returns how long to wait: a terminal that is hung up can't tell when it isn't any more. */
static int prepare(struct monitor *m, struct pollfd *p, struct relay *r)
{
	struct pollfd hung = {.fd = r->terminal};
	bool open;

	if (r->hung)
		r->hung = poll(&hung, 1, 0) != 0;
	open = r->terminal >= 0 && !r->hung;
	p[P_STDIN].fd = open && r->in_open && m->in.n == 0 ? STDIN_FILENO : -1;
	p[P_STDIN].events = POLLIN;
	p[P_TERMINAL].fd = open ? r->terminal : -1;
	p[P_TERMINAL].events = (short)((m->out.n == 0 ? POLLIN : 0) | (m->in.n > 0 ? POLLOUT : 0));
	if (!p[P_TERMINAL].events)
		p[P_TERMINAL].fd = -1;
	p[P_STDOUT].fd = m->out.n > 0 ? STDOUT_FILENO : -1;
	p[P_STDOUT].events = POLLOUT;
	return r->hung ? HUNG_MS : -1;
}

/* Whether stdout can be written to. Not, if a signal says that nobody wants to wait for that. */
static bool await_stdout(struct monitor *m)
{
	struct pollfd p[2] = {{.fd = m->signals, .events = POLLIN},
			      {.fd = STDOUT_FILENO, .events = POLLOUT}};
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		while (p[0].revents && read(m->signals, &info, sizeof(info)) == sizeof(info))
			if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT ||
			    info.ssi_signo == SIGHUP || info.ssi_signo == SIGQUIT)
				return false;
		if (p[1].revents)
			return true;
	}
}

/* What the program wrote last is still in the terminal. */
static void drain(struct monitor *m, int terminal)
{
	for (;;) {
		while (m->out.n > 0)
			if (!await_stdout(m) || !empty(&m->out, STDOUT_FILENO))
				return;
		if (!fill(&m->out, terminal) || m->out.n == 0)
			return;
	}
}

/* Never to be waited for: what isn't read on the other side must not keep signals from it. */
static int unblock(int terminal, struct err *e)
{
	if (fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return err_sys(e, "fcntl", "the terminal");
	return 0;
}

int monitor_run(struct monitor *m, const struct run *run, int *status, struct err *e)
{
	int pidfd = run->init_pidfd, terminal = run->terminal;
	struct pollfd p[P_COUNT] = {[P_PROCESS] = {.fd = pidfd, .events = POLLIN},
				    [P_SIGNALS] = {.fd = m->signals, .events = POLLIN},
				    [P_NOTIFY] = {.fd = run->notify, .events = POLLIN}};
	struct relay between = {.terminal = terminal, .in_open = true};
	int wait_status, r;

	if (terminal >= 0) {
		r = unblock(terminal, e);
		if (r < 0)
			return r;
		raw_terminal(m);
		copy_size(terminal);
	}
	while (!p[P_PROCESS].revents) {
		if (poll(p, P_COUNT, prepare(m, p, &between)) < 0) {
			if (errno == EINTR)
				continue;
			return err_sys(e, "poll", NULL);
		}
		if (p[P_SIGNALS].revents)
			forward_signals(m, pidfd, terminal);
		if (p[P_NOTIFY].revents)
			notify_forward(run->notify, run->init_pid);
		relay(m, p, &between);
	}
	if (terminal >= 0)
		drain(m, terminal);
	r = process_reap(pidfd, &wait_status, e);
	if (r < 0)
		return r;
	*status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
	return 0;
}
