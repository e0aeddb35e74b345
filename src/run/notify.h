/*
 * notify.h - sockets that a service manager hands to hull: LISTEN_FDS and NOTIFY_SOCKET
 * (sd_listen_fds(3), sd_notify(3)).
 */
#pragma once

#include "base/err.h"

/* How many descriptors from 3 on are handed over by socket activation; 0 if none are for us. */
unsigned listen_fds(void);

/* Makes <state>/notify with notify.sock in it: the container's side of NOTIFY_SOCKET. */
must_check int notify_prepare(int state_fd, struct err *e);
