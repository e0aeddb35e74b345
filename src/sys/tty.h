/* tty.h - pseudo-terminals, from a devpts that is known to be one (security.md A9). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Opens a new pair from `ptmx` in the devpts whose root dir is pts: *peer is the side for the
 * program, got by TIOCGPTPEER, never by a name. Both close-on-exec.
 */
must_check int tty_open_pair(int pts, int *master, int *peer, struct err *e);

/* rows or columns 0: left as it is. */
must_check int tty_set_size(int fd, uint16_t rows, uint16_t columns, struct err *e);

/* A new session with this controlling terminal; descriptors 0, 1 and 2 become it. */
must_check int tty_take(int peer, struct err *e);

/* ENOTTY etc. unless fd is the master side of a pty. */
must_check int tty_check_master(int fd, struct err *e);
