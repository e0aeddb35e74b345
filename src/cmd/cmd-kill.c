/* cmd-kill.c - `kill CONTAINER [SIGNAL]` */
#include <errno.h>
#include <signal.h>

#include "base/near.h"
#include "base/signals.h"
#include "cmd/command.h"
#include "run/container.h"

struct kill_opts {
	bool all;
};

static const struct opt opts[] = {
	OPT(kill_opts, all, FLAG, "all", 'a', NULL, "signal every process of the container"),
	OPT_END,
};

static void try_name(const char *name, void *near)
{
	near_try(near, name);
}

static int unknown_signal(const char *name, struct err *e)
{
	struct near near = {.word = str_starts(name, "SIG") ? name + 3 : name};

	signals_each(try_name, &near);
	if (near_best(&near))
		return err_set(e, ERR_USAGE, EINVAL, "unknown signal `%s`; did you mean `%s`?",
			       name, near_best(&near));
	return err_set(e, ERR_USAGE, EINVAL, "unknown signal `%s`", name);
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	const struct kill_opts *o = options;
	int sig = args[1] ? signal_from_name(args[1]) : SIGTERM;

	if (sig < 0)
		return unknown_signal(args[1], e);
	return container_kill(g, args[0], sig, o->all, e);
}

const struct command cmd_kill = {
	.name = "kill",
	.args = "CONTAINER [SIGNAL]",
	.help = "send a signal to the container's first process",
	.text = "SIGNAL is a name (TERM, SIGTERM, RTMIN+3) or a number; without it, TERM is sent. "
		"0 sends nothing and tells by the exit status whether the process is there.",
	.min_args = 1,
	.max_args = 2,
	.order = OPT_UNTIL_ARG,
	.opts = opts,
	.opts_size = sizeof(struct kill_opts),
	.run = run,
};
