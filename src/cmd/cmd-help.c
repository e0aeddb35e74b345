/* cmd-help.c - `help [COMMAND]`, the manual page and the shells' completions. */
#include <errno.h>

#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/output.h"

enum { SHELL_NONE, SHELL_BASH, SHELL_ZSH, SHELL_FISH };

static const struct name_value shells[] = {
	{"bash", SHELL_BASH}, {"zsh", SHELL_ZSH}, {"fish", SHELL_FISH}, {NULL, 0}};

struct help_opts {
	bool man;
	int completion;
};

static const struct opt opts[] = {
	OPT(help_opts, man, FLAG, "man", 0, NULL, "print the manual page, for man(1)"),
	OPT_ONE_OF(help_opts, completion, "completion", 0, "SHELL",
		   "print completions for a shell: bash, zsh or fish", shells),
	OPT_END,
};

static int make(struct text *t, const struct help_opts *o, const char *name, struct err *e)
{
	const struct command *c = NULL;

	if (name) {
		c = command_find(name);
		if (!c)
			return command_unknown(name, e);
	}
	if (o->man)
		help_man(t);
	else if (o->completion == SHELL_BASH)
		help_bash(t);
	else if (o->completion == SHELL_ZSH)
		help_zsh(t);
	else if (o->completion == SHELL_FISH)
		help_fish(t);
	else if (c)
		help_command(t, c);
	else
		help_program(t);
	return 0;
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	struct text t = {0};
	int r;

	(void)g;
	r = make(&t, options, args[0], e);
	if (r == 0)
		r = text_write(&t, e);
	text_free(&t);
	return r;
}

const struct command cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.help = "explain a command, or print the manual page or completions",
	.min_args = 0,
	.max_args = 1,
	.prints = true,
	.opts = opts,
	.opts_size = sizeof(struct help_opts),
	.run = run,
};
