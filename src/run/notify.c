#include "run/notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "sys/unixsock.h"

enum { LISTEN_FDS_MAX = 1024, DATAGRAM_MAX = 4096 };

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

int notify_listen(int state_fd, int *fd, struct err *e)
{
	unlinkat(state_fd, "notify/notify.sock", 0);
	*fd = socket_bind_at(SOCK_DGRAM, state_fd, "notify/notify.sock", 0777, e);
	return *fd < 0 ? *fd : 0;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, line, len) == 0 && (p[len] == '\n' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* To the service manager's socket: a path, or '@' for the abstract name space. */
static void send_on(const char *text, size_t len)
{
	const char *to = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	auto_close int fd = -EBADF;
	size_t n = to ? strlen(to) : 0;

	if (n == 0 || n >= sizeof(addr.sun_path)) {
		log_warning("NOTIFY_SOCKET is not the name of a socket");
		return;
	}
	memcpy(addr.sun_path, to, n);
	if (to[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&addr,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_warning("NOTIFY_SOCKET `%s`: %s", to, strerror(errno));
}

/* What is about processes and descriptors of the host isn't the container's to say. */
static bool is_hosts(const char *line)
{
	static const char *const keys[] = {
		"MAINPID=",	  "MAINPIDFDID=", "NOTIFYACCESS=", "FDSTORE=",
		"FDSTOREREMOVE=", "FDNAME=",	  "FDPOLL=",	   "BARRIER="};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (str_starts(line, keys[i]))
			return true;
	return false;
}

/* Takes those lines out. Returns the length of what is left. */
static size_t keep_containers(char *text)
{
	char *to = text;

	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n");

		n += line[n] == '\n';
		if (!is_hosts(line)) {
			memmove(to, line, n);
			to += n;
		}
		line += n;
	}
	*to = '\0';
	return (size_t)(to - text);
}

bool notify_forward(int fd, pid_t pid)
{
	char text[DATAGRAM_MAX + 64];
	struct str s = STR_ON(text);
	ssize_t n = recv(fd, text, DATAGRAM_MAX, MSG_DONTWAIT);
	bool ready;

	if (n < 0)
		return false;
	text[n] = '\0';
	s.len = keep_containers(text);
	ready = has_line(text, "READY=1");
	if (ready)
		str_addf(&s, "%sMAINPID=%d\n", text[s.len - 1] == '\n' ? "" : "\n", (int)pid);
	if (s.len > 0)
		send_on(text, s.len);
	return ready;
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int notify_until_ready(int fd, pid_t pid, int pidfd, struct err *e)
{
	struct pollfd p[2] = {{.fd = fd, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
	long long end = now_ms() + NOTIFY_SECONDS * 1000LL, left;

	while (fd >= 0 && (left = end - now_ms()) > 0) {
		int n = poll(p, 2, (int)left);

		if (n < 0 && errno != EINTR)
			return err_sys(e, "poll", "notify.sock");
		if (n > 0 && p[0].revents && notify_forward(fd, pid))
			return 0;
		if (n > 0 && p[1].revents)
			return 0;
	}
	if (fd >= 0)
		log_warning("the container hasn't said READY=1 within %d s", NOTIFY_SECONDS);
	return 0;
}
