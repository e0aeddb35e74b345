/*
 * command.h - what a command is.
 *
 * A command is a file cmd-NAME.c with one of these in it, and a line in commands.def.
 * Everything that the program says about it (--help, the manual page, the completions,
 * "did you mean") is made of this struct.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "cmd/opts.h"

struct global; /* the global options, settled: see run/container.h */

struct command {
	const char *name;
	const char *args;	/* "CONTAINER [SIGNAL]" */
	const char *help;	/* one line, lower case, no full stop */
	const char *text;	/* paragraphs for --help and the manual page, or NULL */
	int min_args, max_args; /* max_args -1: any number */
	enum opt_order order;
	bool prints;		/* its stdout is data, and its stderr has to stay empty */
	int failure;		/* exit status of a failure that isn't wrong usage; 0: 1 */
	const struct opt *opts; /* NULL: none */
	size_t opts_size;	/* of the struct they fill; zeroed before parsing */
	/* How many descriptors from 3 on are the container's; NULL: none. */
	unsigned (*keeps_fds)(const void *opts);
	/* >= 0 is the exit status; args are the arguments, NULL-terminated. */
	int (*run)(const struct global *g, const void *opts, char **args, struct err *e);
};

enum { OPTS_SIZE_MAX = 512 };

/* All commands, in the order of commands.def; ends with NULL. */
extern const struct command *const commands[];

/* NULL if there is none. */
const struct command *command_find(const char *name);

/* An ERR_USAGE that names the nearest command, or says that this version hasn't got it. */
must_check int command_unknown(const char *name, struct err *e);

/* The global options' rows. */
extern const struct opt global_opts[];

/* The options that every command has. */
struct common {
	bool help;
};

extern const struct opt common_opts[];
