/* ns.h - namespaces by descriptor. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* Opens path and checks that it is a namespace of this type, one of CLONE_NEW* (NS_GET_NSTYPE). */
must_check int ns_open(const char *path, int type, struct err *e);

/* "net", "mnt": the name in /proc/PID/ns of a CLONE_NEW*, or NULL. */
const char *ns_name(int type);

/* Whether fd, a namespace of this type, is the one that we are in. */
bool ns_is_ours(int fd, int type);

/* Whether process pid is in another namespace of this type than we are. */
bool ns_differs(pid_t pid, int type);
