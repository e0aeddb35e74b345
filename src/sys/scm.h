/* scm.h - one message with one descriptor beside it (unix(7), SCM_RIGHTS). */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* sendmsg(2), again after EINTR; no SIGPIPE. Returns what it returns, with errno. */
ssize_t scm_send(int sock, const void *buf, size_t len, int fd);

/*
 * recvmsg(2), again after EINTR. *fd becomes the descriptor, close-on-exec, or -1 when none came;
 * fd NULL: one that comes is closed. A message, or its descriptors, that did not fit is EMSGSIZE.
 */
ssize_t scm_receive(int sock, void *buf, size_t len, int *fd);
