/* cmd-resume.c - `resume CONTAINER` */
#include "cmd/command.h"
#include "run/container.h"

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	(void)options;
	return container_resume(g, args[0], e);
}

const struct command cmd_resume = {
	.name = "resume",
	.args = "CONTAINER",
	.help = "let the processes of a paused container go on",
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
