/*
 * globals.h - the options before the command, and what becomes of them.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "run/container.h"

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum cgroup_manager { CGROUP_DEFAULT, CGROUP_CGROUPFS, CGROUP_SYSTEMD, CGROUP_DISABLED };
enum rootless { ROOTLESS_AUTO, ROOTLESS_FALSE, ROOTLESS_TRUE };

struct globals {
	bool debug, systemd_cgroup, version, help, usage;
	const char *log, *root, *trace;
	int log_format;	    /* enum log_format */
	int log_level;	    /* enum log_level + 1; 0: not given */
	int cgroup_manager; /* enum cgroup_manager */
	int rootless;	    /* enum rootless */
	const char *criu;
};

/* path as seen from the current directory, in malloc()ed *out. Symlinks stay as they are. */
must_check int path_absolute(const char *path, char **out, struct err *e);

/* Settles what was given into what commands get. g->root is malloc()ed. */
must_check int globals_settle(const struct globals *o, struct global *g, struct err *e);
