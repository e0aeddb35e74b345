/* cmd-delete.c - `delete CONTAINER` */
#include "cmd/command.h"
#include "run/container.h"

struct delete_opts {
	bool force;
};

static const struct opt opts[] = {
	OPT(delete_opts, force, FLAG, "force", 'f', NULL,
	    "kill it first; that there is no such container is fine"),
	OPT_END,
};

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	const struct delete_opts *o = options;

	return container_delete(g, args[0], o->force, e);
}

const struct command cmd_delete = {
	.name = "delete",
	.args = "CONTAINER",
	.help = "remove what create made for a container",
	.text = "A container that was created and not started is ended first. One that runs is "
		"deleted with --force alone.",
	.min_args = 1,
	.max_args = 1,
	.opts = opts,
	.opts_size = sizeof(struct delete_opts),
	.run = run,
};
