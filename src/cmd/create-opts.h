/* create-opts.h - what `create` and `run` have in common on the command line. */
#pragma once

#include "cmd/command.h"
#include "run/container.h"

struct create_args {
	struct create_options o;
	const char *trace;
	bool no_subreaper;
};

#define CREATE_OPTS                                                                                \
	OPT(create_args, o.bundle, STRING, "bundle", 'b', "DIR",                                   \
	    "the bundle, a directory with config.json; default: this one"),                        \
		OPT(create_args, o.config, STRING, "config", 'f', "FILE",                          \
		    "read FILE instead of the bundle's config.json"),                              \
		OPT(create_args, o.console_socket, STRING, "console-socket", 0, "SOCKET",          \
		    "send the terminal's other end to this socket"),                               \
		OPT(create_args, o.pid_file, STRING, "pid-file", 0, "FILE",                        \
		    "write the process id of the container's first process to FILE"),              \
		OPT(create_args, o.pidfd_socket, STRING, "pidfd-socket", 0, "SOCKET",              \
		    "send a pidfd of the container's first process to this socket"),               \
		OPT(create_args, o.preserve_fds, UINT, "preserve-fds", 0, "N",                     \
		    "leave N descriptors from 3 on open in the container"),                        \
		OPT(create_args, o.no_pivot, FLAG, "no-pivot", 0, NULL,                            \
		    "enter the root filesystem without pivot_root(2)"),                            \
		OPT(create_args, o.no_new_keyring, FLAG, "no-new-keyring", 0, NULL,                \
		    "keep the caller's session keyring"),                                          \
		OPT(create_args, o.dry_run, FLAG, "dry-run", 0, NULL,                              \
		    "print what would be done, and do none of it"),                                \
		OPT(create_args, trace, STRING, "trace", 0, "FILE",                                \
		    "the same as --trace before the command"),                                     \
		OPT_HIDDEN(create_args, no_subreaper, FLAG, "no-subreaper", 0, NULL)

/* What a call of `create` or `run` owns. */
struct create_call {
	struct create_options o;
	char *pid_file, *console_socket, *pidfd_socket; /* absolute, malloc()ed */
};

/*
 * Settles what the options leave open, and opens the trace. Files are where the caller says they
 * are; create goes to the bundle, and would look for them there. Free it, whatever comes back.
 */
must_check int create_call_init(struct create_call *c, const struct create_args *a, struct err *e);
void create_call_free(struct create_call *c);

/* For struct command: how many descriptors the container keeps. */
unsigned create_keeps_fds(const void *options);
