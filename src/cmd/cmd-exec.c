/* cmd-exec.c - `exec CONTAINER COMMAND [ARGUMENT...]` */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "run/container.h"

struct exec_opts {
	const char *process, *cwd, *user, *apparmor, *process_label, *cgroup;
	const char *console_socket, *pid_file, *pidfd_socket;
	struct opt_strings env, caps, groups;
	struct opt_bool tty, no_new_privs;
	unsigned preserve_fds;
	bool detach, ignore_paused, no_subreaper;
};

static const struct opt opts[] = {
	OPT(exec_opts, process, STRING, "process", 'p', "FILE",
	    "the process as a JSON document, instead of a command; - is stdin"),
	OPT(exec_opts, tty, BOOL, "tty", 't', NULL, "give it a terminal of its own"),
	OPT(exec_opts, detach, FLAG, "detach", 'd', NULL, "return as soon as the program runs"),
	OPT(exec_opts, user, STRING, "user", 'u', "UID[:GID]", "run it as this user and group"),
	OPT(exec_opts, groups, STRINGS, "additional-gids", 'g', "GID", "one more group"),
	OPT(exec_opts, cwd, STRING, "cwd", 0, "PATH", "start it in this directory"),
	OPT(exec_opts, env, STRINGS, "env", 'e', "NAME=VALUE", "set a variable of the environment"),
	OPT(exec_opts, caps, STRINGS, "cap", 'c', "CAP", "one more capability"),
	OPT(exec_opts, no_new_privs, BOOL, "no-new-privs", 0, NULL,
	    "it can gain no privileges by executing files"),
	OPT(exec_opts, apparmor, STRING, "apparmor", 0, "PROFILE", "the AppArmor profile"),
	OPT(exec_opts, process_label, STRING, "process-label", 0, "LABEL", "the SELinux label"),
	OPT(exec_opts, cgroup, STRING, "cgroup", 0, "PATH",
	    "put it into this cgroup below the container's"),
	OPT(exec_opts, console_socket, STRING, "console-socket", 0, "SOCKET",
	    "send the terminal's other end to this socket"),
	OPT(exec_opts, pid_file, STRING, "pid-file", 0, "FILE", "write its process id to FILE"),
	OPT(exec_opts, pidfd_socket, STRING, "pidfd-socket", 0, "SOCKET",
	    "send a pidfd of it to this socket"),
	OPT(exec_opts, preserve_fds, UINT, "preserve-fds", 0, "N",
	    "leave N descriptors from 3 on open in it"),
	OPT(exec_opts, ignore_paused, FLAG, "ignore-paused", 0, NULL,
	    "go into a paused container: it runs when that is resumed"),
	OPT_HIDDEN(exec_opts, no_subreaper, FLAG, "no-subreaper", 0, NULL),
	OPT_END,
};

static int check(const struct exec_opts *o, char **command, struct err *e)
{
	if (!o->process && !command[0])
		return err_set(e, ERR_USAGE, EINVAL,
			       "there is neither a command nor --process: nothing to run");
	if (o->process && command[0])
		return err_set(e, ERR_USAGE, EINVAL,
			       "`%s` and --process are both given: one of them is what to run",
			       command[0]);
	for (size_t i = 0; i < o->env.n; i++)
		if (!strchr(o->env.v[i], '=') || o->env.v[i][0] == '=')
			return err_set(e, ERR_USAGE, EINVAL, "--env `%s` is not NAME=VALUE",
				       o->env.v[i]);
	return 0;
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	const struct exec_opts *o = options;
	/* People write `exec ID -- ls`: the dashes are no program. */
	char **command = args[1] && strcmp(args[1], "--") == 0 ? args + 2 : args + 1;
	struct exec_options x = {
		.process_file = o->process,
		.args = o->process ? NULL : (const char *const *)command,
		.cwd = o->cwd,
		.user = o->user,
		.env = o->env.v,
		.caps = o->caps.v,
		.groups = o->groups.v,
		.apparmor = o->apparmor,
		.process_label = o->process_label,
		.cgroup = o->cgroup,
		.console_socket = o->console_socket,
		.pid_file = o->pid_file,
		.pidfd_socket = o->pidfd_socket,
		.preserve_fds = o->preserve_fds,
		.tty = o->tty.on,
		.tty_given = o->tty.given,
		.no_new_privs = o->no_new_privs.on,
		.no_new_privs_given = o->no_new_privs.given,
		.detach = o->detach,
		.ignore_paused = o->ignore_paused,
	};
	int status = 0, r;

	r = check(o, command, e);
	if (r == 0)
		r = container_exec(g, args[0], &x, &status, e);
	return r < 0 ? r : status;
}

static unsigned keeps_fds(const void *options)
{
	return ((const struct exec_opts *)options)->preserve_fds;
}

const struct command cmd_exec = {
	.name = "exec",
	.args = "CONTAINER [COMMAND [ARGUMENT...]]",
	.help = "run one more program in a container",
	.text = "The exit status is the program's own, or 128 and the number of the signal that "
		"ended "
		"it; 255 if it could not be run.",
	.min_args = 1,
	.max_args = -1,
	.order = OPT_UNTIL_ARG,
	.failure = 255, /* what kubelet gets from a runtime that is runc */
	.opts = opts,
	.opts_size = sizeof(struct exec_opts),
	.keeps_fds = keeps_fds,
	.run = run,
};
