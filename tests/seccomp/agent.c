/*
 * agent SOCKET DIR ERRNO - a seccomp agent, for tests.
 *
 * Listens on SOCKET. What the Nth connection brings is written to DIR/N.json, once all of it
 * has come; DIR/N.fds has the number of descriptors. Then every call that the listener reports
 * fails with ERRNO, and is counted in DIR/N.calls (a line with its number each). Ends with SIGTERM.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX = 64 };

static struct pollfd fds[MAX]; /* 0: the socket; the others: listeners */
static int count = 1;
static const char *dir;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static FILE *out(int n, const char *suffix)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.%s", dir, n, suffix);
	f = fopen(path, "a");
	if (!f)
		die(path);
	return f;
}

static void save(int n, const char *text, size_t len)
{
	char path[256], tmp[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d.json", dir, n);
	snprintf(tmp, sizeof(tmp), "%s/%d.part", dir, n);
	f = fopen(tmp, "w");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) || rename(tmp, path))
		die(path);
}

static void take(void)
{
	static char text[1 << 20];
	char control[CMSG_SPACE(sizeof(int) * 4)];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	int sock = accept(fds[0].fd, NULL, NULL);
	ssize_t n = recvmsg(sock, &msg, 0);
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	size_t len = n > 0 ? (size_t)n : 0;
	FILE *f;

	if (n <= 0 || !c || c->cmsg_type != SCM_RIGHTS || count == MAX)
		die("recvmsg");
	memcpy(&fds[count].fd, CMSG_DATA(c), sizeof(int));
	fds[count].events = POLLIN;
	f = out(count, "fds");
	fprintf(f, "%zu\n", (c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	fclose(f);
	while ((n = read(sock, text + len, sizeof(text) - len)) > 0)
		len += (size_t)n;
	close(sock);
	save(count++, text, len);
}

static void answer(int i, int num)
{
	struct seccomp_notif req;
	struct seccomp_notif_resp resp;
	FILE *f;

	memset(&req, 0, sizeof(req));
	if (ioctl(fds[i].fd, SECCOMP_IOCTL_NOTIF_RECV, &req) < 0) {
		if (errno == ENOENT || errno == EINTR)
			return;
		die("NOTIF_RECV");
	}
	f = out(i, "calls");
	fprintf(f, "%d\n", req.data.nr);
	fclose(f);
	memset(&resp, 0, sizeof(resp));
	resp.id = req.id;
	resp.error = -num;
	if (ioctl(fds[i].fd, SECCOMP_IOCTL_NOTIF_SEND, &resp) < 0 && errno != ENOENT)
		die("NOTIF_SEND");
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (argc != 4)
		return 2;
	dir = argv[2];
	/* a path of any length: from its directory */
	char *slash = strrchr(argv[1], '/');

	*slash = '\0';
	if (chdir(argv[1]) < 0)
		die(argv[1]);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", slash + 1);
	fds[0].fd = socket(AF_UNIX, SOCK_STREAM, 0);
	fds[0].events = POLLIN;
	if (bind(fds[0].fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fds[0].fd, 8) < 0)
		die("bind");
	for (;;) {
		if (poll(fds, (nfds_t)count, -1) < 0)
			die("poll");
		for (int i = count - 1; i > 0; i--) {
			if (fds[i].revents & POLLIN)
				answer(i, atoi(argv[3]));
			else if (fds[i].revents) /* nobody has the filter any more */
				fds[i].fd = -1;
		}
		if (fds[0].revents)
			take();
	}
}
