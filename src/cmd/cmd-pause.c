/* cmd-pause.c - `pause CONTAINER` */
#include "cmd/command.h"
#include "run/container.h"

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	(void)options;
	return container_pause(g, args[0], e);
}

const struct command cmd_pause = {
	.name = "pause",
	.args = "CONTAINER",
	.help = "stop all processes of a container until resume",
	.text = "Returns once the kernel says that all of them have stopped.",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
