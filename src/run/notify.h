/*
 * notify.h - sockets that a service manager hands to hull: LISTEN_FDS and NOTIFY_SOCKET
 * (sd_listen_fds(3), sd_notify(3)).
 *
 * The container never sees the service manager's own socket. It gets one of ours in
 * /run/notify, and each datagram that arrives there goes on to NOTIFY_SOCKET, with all of its
 * fields but those that name processes or descriptors: the service manager would take MAINPID from
 * us for any process of the host. To one that says READY=1 the MAINPID of the host is added.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* How many descriptors from 3 on are handed over by socket activation; 0 if none are for us. */
unsigned listen_fds(void);

/* Makes <state>/notify, which is mounted into the container. */
must_check int notify_prepare(int state_fd, struct err *e);

/* Makes notify.sock in it, and listens. */
must_check int notify_listen(int state_fd, int *fd, struct err *e);

/* Passes on the datagram that has arrived. True if it said READY=1. What fails is logged. */
bool notify_forward(int fd, pid_t pid);

/*
 * Passes on until READY=1 has come, the process has ended, or NOTIFY_SECONDS are over, which is
 * logged. fd -1: nothing to wait for.
 */
enum { NOTIFY_SECONDS = 90 };
must_check int notify_until_ready(int fd, pid_t pid, int pidfd, struct err *e);
