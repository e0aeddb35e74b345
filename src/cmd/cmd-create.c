/* cmd-create.c - `create CONTAINER` */
#include "cmd/create-opts.h"

static const struct opt opts[] = {CREATE_OPTS, OPT_END};

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	struct create_call c;
	int r = create_call_init(&c, options, e);

	if (r == 0)
		r = container_create(g, args[0], &c.o, e);
	create_call_free(&c);
	return r;
}

const struct command cmd_create = {
	.name = "create",
	.args = "CONTAINER",
	.help = "make a container and everything around its program",
	.text = "All of the bundle's config.json is applied but for the program itself, which "
		"`start` "
		"runs. A create that fails leaves nothing behind.\n\n"
		"With --dry-run the plan is printed: what would be made, mounted, written and "
		"limited, "
		"in order. Nothing is changed.",
	.min_args = 1,
	.max_args = 1,
	.opts = opts,
	.opts_size = sizeof(struct create_args),
	.keeps_fds = create_keeps_fds,
	.run = run,
};
