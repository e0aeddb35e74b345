/* cmd-run.c - `run CONTAINER` */
#include "cmd/create-opts.h"

static const struct opt opts[] = {
	CREATE_OPTS,
	OPT(create_args, o.detach, FLAG, "detach", 'd', NULL, "return as soon as the program runs"),
	OPT(create_args, o.keep, FLAG, "keep", 0, NULL,
	    "don't delete the container when its program has ended"),
	OPT_END,
};

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	struct create_call c;
	int status = 0, r;

	r = create_call_init(&c, options, e);
	if (r == 0)
		r = container_run(g, args[0], &c.o, &status, e);
	create_call_free(&c);
	return r < 0 ? r : status;
}

const struct command cmd_run = {
	.name = "run",
	.args = "CONTAINER",
	.help = "create a container, start it, wait for it and delete it",
	.text = "Signals and changes of the terminal's size are passed on to the program. The exit "
		"status is the program's own, or 128 and the number of the signal that ended it; 1 "
		"if it "
		"could not be run.",
	.min_args = 1,
	.max_args = 1,
	.opts = opts,
	.opts_size = sizeof(struct create_args),
	.keeps_fds = create_keeps_fds,
	.run = run,
};
