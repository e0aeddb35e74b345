/* cmd-state.c - `state CONTAINER` */
#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "libocispec/ocispec.h"
#include "run/container.h"

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	struct oci_state *state = NULL;
	auto_free char *text = NULL;
	size_t len;
	int r;

	(void)options;
	r = container_state(g, args[0], &state, e);
	if (r < 0)
		return r;
	r = oci_write(oci_state_table(), state, true, &text, &len, e);
	container_state_free(state);
	return r < 0 ? r : out_write(text, len, e);
}

const struct command cmd_state = {
	.name = "state",
	.args = "CONTAINER",
	.help = "print the state of a container as JSON",
	.min_args = 1,
	.max_args = 1,
	.prints = true,
	.run = run,
};
