/* cmd-start.c - `start CONTAINER` */
#include "cmd/command.h"
#include "run/container.h"

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	(void)options;
	return container_start(g, args[0], e);
}

const struct command cmd_start = {
	.name = "start",
	.args = "CONTAINER",
	.help = "run the program of a created container",
	.text = "Returns once the program runs: that it can't be executed is this command's "
		"failure.",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
