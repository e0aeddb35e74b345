/*
 * fds.h - the descriptors that the caller left open, put in order before anything is opened.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/*
 * At the very start: descriptors 0 to 2 that the caller has closed are opened on /dev/null, so
 * that nothing opened later lands there.
 */
must_check int fds_open_missing(struct err *e);

/* Whether stdout was one of them: what is printed then goes nowhere, which is an error. */
bool fds_stdout_was_closed(void);

/*
 * The n descriptors from 3 on are the container's. Those of them that are closed (engines leave
 * holes) are filled, close-on-exec, so that nothing of hull's gets one of these numbers and is
 * taken for the container's; whatever is open above them becomes close-on-exec.
 */
must_check int fds_keep(unsigned n, struct err *e);

enum { FDS_LISTEN_MAX = 4096 };

/* How many descriptors LISTEN_FDS (sd_listen_fds(3)) speaks of, whomever it is meant for. */
unsigned fds_from_listen(void);
