/* cmd-steps.c - `steps`: what happens between `create` and the program. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "run/container.h"

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	auto_free char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)g;
	(void)options;
	(void)args;
	if (!f)
		return err_sys(e, "open_memstream", NULL);
	container_print_steps(f);
	if (fclose(f) != 0)
		return err_sys(e, "fclose", NULL);
	return out_write(text, len, e);
}

const struct command cmd_steps = {
	.name = "steps",
	.args = "",
	.help = "print the list of steps that makes a container",
	.text = "Two processes go down the list: PARENT stays on the host, INIT becomes the "
		"container. "
		"Messages and --trace name the steps as they are named here.",
	.min_args = 0,
	.max_args = 0,
	.prints = true,
	.run = run,
};
