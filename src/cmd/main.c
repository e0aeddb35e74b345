/* main.c - the command line: options, a command, its exit status. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/fds.h"
#include "cmd/globals.h"
#include "cmd/help.h"
#include "cmd/logfile.h"
#include "cmd/output.h"
#include "cmd/report.h"

enum { EXIT_USAGE = 2 };

/* Everything about one call of the program. */
struct call {
	struct globals globals;
	struct global settled;
	const struct command *command;
	/* Its options; aligned for whatever struct they are. */
	_Alignas(max_align_t) char opts[OPTS_SIZE_MAX];
	struct common common;
	char **args;
};

static int count_args(const struct command *c, int n, struct err *e)
{
	if (n < c->min_args)
		return err_set(e, ERR_USAGE, EINVAL, "`%s` needs %s", c->name, c->args);
	if (c->max_args >= 0 && n > c->max_args)
		return err_set(e, ERR_USAGE, EINVAL, "`%s` takes %s, not %d arguments", c->name,
			       c->args[0] ? c->args : "none", n);
	return 0;
}

static int parse_command(struct call *call, struct err *e)
{
	const struct command *c = call->command;
	struct opt_set sets[] = {
		{common_opts, &call->common},
		{c->opts, call->opts},
		{NULL, NULL},
	};
	int n = opts_parse(sets, call->args, c->order, e);

	if (n < 0 || call->common.help)
		return n;
	return count_args(c, n, e);
}

static int parse(struct call *call, char **argv, struct err *e)
{
	struct opt_set sets[] = {{global_opts, &call->globals}, {NULL, NULL}};
	int n = opts_parse(sets, argv, OPT_UNTIL_ARG, e);

	if (n < 0)
		return n;
	if (call->globals.help || call->globals.version || call->globals.usage)
		return 0;
	if (n == 0)
		return err_set(e, ERR_USAGE, EINVAL, "there is no command");
	call->command = command_find(argv[0]);
	if (!call->command)
		return command_unknown(argv[0], e);
	call->args = argv + 1;
	return parse_command(call, e);
}

/* --help and --version, wherever they stand: 1 if it was one of them. */
static int explain(const struct call *call, struct err *e)
{
	struct text t = {0};
	int r;

	if (call->globals.help)
		help_program(&t);
	else if (call->globals.version)
		help_version(&t);
	else if (call->globals.usage)
		help_usage(&t);
	else if (call->common.help)
		help_command(&t, call->command);
	else
		return 0;
	r = text_write(&t, e);
	text_free(&t);
	return r < 0 ? r : 1;
}

static int prepare(struct call *call, struct err *e)
{
	const struct command *c = call->command;
	unsigned keep = 0;
	int r;

	if (c && c->keeps_fds)
		keep = c->keeps_fds(call->opts) + fds_from_listen();
	r = fds_keep(keep, e);
	return r < 0 ? r : log_open(&call->globals, !c || c->prints, e);
}

static int perform(struct call *call, struct err *e)
{
	int r = explain(call, e);

	if (r)
		return r < 0 ? r : 0;
	r = globals_settle(&call->globals, &call->settled, e);
	if (r == 0 && call->globals.trace)
		r = trace_open(call->globals.trace, e);
	if (r == 0)
		r = call->command->run(&call->settled, call->opts, call->args, e);
	free((void *)call->settled.root);
	return r;
}

static int exit_status(const struct call *call, const struct err *e)
{
	if (e->kind == ERR_USAGE)
		return EXIT_USAGE;
	return call->command && call->command->failure ? call->command->failure : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct call call = {0};
	struct err e = {0}, parse_error = {0};
	int r, parsed;

	(void)argc;
	/*
	 * As errors these have a message and an exit status, and what was made is undone; as
	 * signals they would end us. Containers, hooks and ps get the default back.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	/* Ignored by who called us, it would take the exit status of our children away. */
	signal(SIGCHLD, SIG_DFL);
	r = fds_open_missing(&e);
	if (r < 0) {
		report_failure(&e, NULL);
		return EXIT_FAILURE;
	}
	/* A wrong command line is reported once the log is open: engines look there. */
	parsed = parse(&call, argv + (argv[0] != NULL), &parse_error);
	r = prepare(&call, &e);
	if (parsed < 0) {
		e = parse_error;
		r = parsed;
	} else if (r == 0) {
		r = perform(&call, &e);
	}
	if (call.command)
		opts_free((struct opt_set[]){{call.command->opts, call.opts}, {NULL, NULL}});
	if (r >= 0)
		return r;
	report_failure(&e, call.command ? call.command->name : NULL);
	return exit_status(&call, &e);
}
