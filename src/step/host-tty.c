/* host-tty.c - PARENT passes the container's terminal on, or keeps it to relay. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/tty.h"
#include "sys/unixsock.h"

int tty_send(struct run *run, struct err *e)
{
	static const char name[] = "/dev/ptmx";
	auto_close int master = run->given, sock = -EBADF;
	int r;

	run->given = -1;
	if (master < 0)
		return err_set(e, ERR_PROTO, EPROTO, "init sent no terminal");
	r = tty_check_master(master, e);
	if (r < 0)
		return r;
	if (!run->console_socket) {
		run->terminal = steal_fd(&master);
		return 0;
	}
	sock = socket_connect(SOCK_STREAM, run->console_socket, e);
	if (sock < 0)
		return sock;
	return socket_send_fd(sock, name, strlen(name), master, run->console_socket, e);
}
