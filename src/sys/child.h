/*
 * child.h - helper programs: hooks, newuidmap(1).
 *
 * A helper gets the environment it is given and nothing else: the text on stdin, its
 * output caught, no other descriptor, default signals, a working directory, a deadline. Used on
 * the host and, by hooks that run inside, in the container; allocates nothing.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

enum { CHILD_OUTPUT = 4096 };

struct child {
	const char *path;	 /* absolute */
	const char *const *args; /* NULL-terminated, with args[0] */
	const char *const *env;	 /* NULL-terminated */
	const char *cwd;	 /* NULL: as it is */
	const char *input[3];	 /* written one after the other to stdin; NULL: none */
	int timeout_s;
	/* Filled: the last bytes of stdout and stderr together, NUL-terminated. */
	char output[CHILD_OUTPUT + 1];
	size_t output_len;
};

/*
 * Runs it to its end. Anything but exit status 0 is an error (ERR_CHILD), whose sentence has the
 * path, how it ended and the last line of output.
 */
must_check int child_run(struct child *c, struct err *e);
