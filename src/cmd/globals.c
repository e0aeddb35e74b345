#include "cmd/globals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/command.h"

static const struct name_value log_formats[] = {
	{"text", LOG_FORMAT_TEXT}, {"json", LOG_FORMAT_JSON}, {NULL, 0}};

/* "warn", "info" and "trace" are what other runtimes and loggers say. */
static const struct name_value log_levels[] = {{"error", LOG_LEVEL_ERROR + 1},
					       {"warning", LOG_LEVEL_WARNING + 1},
					       {"warn", LOG_LEVEL_WARNING + 1},
					       {"info", LOG_LEVEL_INFO + 1},
					       {"debug", LOG_LEVEL_DEBUG + 1},
					       {"trace", LOG_LEVEL_DEBUG + 1},
					       {NULL, 0}};

static const struct name_value cgroup_managers[] = {{"cgroupfs", CGROUP_CGROUPFS},
						    {"systemd", CGROUP_SYSTEMD},
						    {"disabled", CGROUP_DISABLED},
						    {NULL, 0}};

static const struct name_value rootless_words[] = {
	{"auto", ROOTLESS_AUTO}, {"true", ROOTLESS_TRUE}, {"false", ROOTLESS_FALSE}, {NULL, 0}};

const struct opt global_opts[] = {
	OPT(globals, root, STRING, "root", 0, "DIR", "where the states of containers are kept"),
	OPT(globals, log, STRING, "log", 0, "FILE",
	    "append messages to FILE, or send them to journald:ID or syslog:ID"),
	OPT_ONE_OF(globals, log_format, "log-format", 0, "FORMAT",
		   "what entries of the log are: text or json", log_formats),
	OPT_ONE_OF(globals, log_level, "log-level", 0, "LEVEL",
		   "how much goes to the log: error (the default), warning, info or debug",
		   log_levels),
	OPT(globals, debug, FLAG, "debug", 0, NULL, "the same as --log-level debug"),
	OPT(globals, trace, STRING, "trace", 0, "FILE",
	    "append the time that each step took to FILE, for Perfetto or chrome://tracing"),
	OPT_ONE_OF(
		globals, cgroup_manager, "cgroup-manager", 0, "MANAGER",
		"who makes cgroups: cgroupfs, or disabled for nobody; systemd isn't built in yet",
		cgroup_managers),
	OPT(globals, systemd_cgroup, FLAG, "systemd-cgroup", 0, NULL,
	    "the same as --cgroup-manager systemd"),
	OPT_ONE_OF(globals, rootless, "rootless", 0, "WHEN",
		   "go on without a cgroup where none may be made: auto, true or false",
		   rootless_words),
	OPT_SKIPPED("criu", "FILE"),
	OPT(globals, version, FLAG, "version", 'v', NULL, "print the version and what is built in"),
	OPT_HIDDEN(globals, version, FLAG, "version", 'V', NULL),
	OPT(globals, help, FLAG, "help", 'h', NULL, "print this"),
	OPT_HIDDEN(globals, help, FLAG, "help", '?', NULL),
	OPT_HIDDEN(globals, usage, FLAG, "usage", 0, NULL),
	OPT_END,
};

/*
 * The initial user namespace has a fixed inode (include/linux/proc_ns.h, PROC_USER_INIT_INO).
 * Root in any other one is root over what was given to it, and /run isn't.
 */
static bool in_initial_userns(void)
{
	struct stat st;

	return fstatat(AT_FDCWD, "/proc/self/ns/user", &st, 0) < 0 || st.st_ino == 0xEFFFFFFDu;
}

int path_absolute(const char *path, char **out, struct err *e)
{
	char cwd[PATH_MAX];
	int n;

	if (path[0] == '/') {
		*out = strdup(path);
		return *out ? 0 : err_sys(e, "strdup", NULL);
	}
	if (!getcwd(cwd, sizeof(cwd)))
		return err_sys(e, "getcwd", NULL);
	n = asprintf(out, "%s/%s", strcmp(cwd, "/") == 0 ? "" : cwd, path);
	return n >= 0 ? 0 : err_sys(e, "asprintf", NULL);
}

static int settle_root(const struct globals *o, bool real_root, char **root, struct err *e)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char buf[PATH_MAX];

	if (o->root) {
		if (!o->root[strspn(o->root, "/")])
			return err_set(e, ERR_USAGE, EINVAL,
				       "--root is %s: it has to be a directory of hull's own",
				       o->root[0] ? "the root of the file system" : "empty");
		return path_absolute(o->root, root, e);
	}
	if (!real_root && run && run[0] == '/') {
		snprintf(buf, sizeof(buf), "%s/hull", run);
		return path_absolute(buf, root, e);
	}
	if (geteuid() == 0)
		return path_absolute("/run/hull", root, e);
	/* What systemd-logind would have named in XDG_RUNTIME_DIR; if it isn't there, the command
	 * that makes something in it says so. */
	snprintf(buf, sizeof(buf), "/run/user/%u/hull", (unsigned)geteuid());
	return path_absolute(buf, root, e);
}

int globals_settle(const struct globals *o, struct global *g, struct err *e)
{
	bool real_root = geteuid() == 0 && in_initial_userns();
	char *root = NULL;
	int r;

	r = settle_root(o, real_root, &root, e);
	if (r < 0)
		return r;
	*g = (struct global){
		.root = root,
		.systemd_cgroup = o->cgroup_manager == CGROUP_SYSTEMD ||
				  (o->systemd_cgroup && o->cgroup_manager != CGROUP_DISABLED),
		.cgroup_disabled = o->cgroup_manager == CGROUP_DISABLED,
		.rootless = o->rootless == ROOTLESS_TRUE ||
			    (o->rootless == ROOTLESS_AUTO && !real_root),
		.trace = o->trace,
	};
	return 0;
}
