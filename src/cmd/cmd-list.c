/* cmd-list.c - `list`: the containers below --root. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "libocispec/ocispec.h"
#include "run/container.h"

enum { TABLE, JSON };

static const struct name_value formats[] = {{"table", TABLE}, {"json", JSON}, {NULL, 0}};

struct list_opts {
	bool quiet;
	int format;
};

static const struct opt opts[] = {
	OPT(list_opts, quiet, FLAG, "quiet", 'q', NULL, "print the names alone"),
	OPT_ONE_OF(list_opts, format, "format", 'f', "FORMAT", "print a table or json", formats),
	OPT_END,
};

enum { COLUMNS = 6 };

static const char *const headers[COLUMNS] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};

/* One row's cells; pid is where the number is written. */
static void cells(const struct oci_state *s, char pid[static 24], const char *cell[COLUMNS])
{
	snprintf(pid, 24, "%lld", (long long)s->pid);
	cell[0] = s->id;
	cell[1] = pid;
	cell[2] = s->status;
	cell[3] = s->bundle ? s->bundle : "";
	cell[4] = s->created ? s->created : "";
	cell[5] = s->owner ? s->owner : "";
}

static void print_row(struct text *t, const char *const cell[COLUMNS], const size_t width[COLUMNS])
{
	for (size_t c = 0; c + 1 < COLUMNS; c++)
		text_addf(t, "%-*s   ", (int)width[c], cell[c]);
	text_addf(t, "%s\n", cell[COLUMNS - 1]);
}

static void print_table(struct text *t, const struct oci_state *states, size_t n)
{
	size_t width[COLUMNS];
	const char *cell[COLUMNS];
	char pid[24];

	for (size_t c = 0; c < COLUMNS; c++)
		width[c] = strlen(headers[c]);
	for (size_t i = 0; i < n; i++) {
		cells(&states[i], pid, cell);
		for (size_t c = 0; c < COLUMNS; c++)
			if (strlen(cell[c]) > width[c])
				width[c] = strlen(cell[c]);
	}
	print_row(t, headers, width);
	for (size_t i = 0; i < n; i++) {
		cells(&states[i], pid, cell);
		print_row(t, cell, width);
	}
}

static int print(const struct list_opts *o, const struct oci_state *states, size_t n, struct err *e)
{
	struct text t = {0};
	int r;

	if (o->quiet) {
		for (size_t i = 0; i < n; i++)
			text_addf(&t, "%s\n", states[i].id);
	} else if (o->format == JSON) {
		auto_free char *json = NULL;
		size_t len;

		r = oci_write_list(oci_state_table(), states, n, true, &json, &len, e);
		if (r < 0)
			return r;
		text_add(&t, json, len);
	} else {
		print_table(&t, states, n);
	}
	r = text_write(&t, e);
	text_free(&t);
	return r;
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	struct oci_state *states = NULL;
	size_t n = 0;
	int r;

	(void)args;
	r = container_list(g, &states, &n, e);
	if (r < 0)
		return r;
	r = print(options, states, n, e);
	container_list_free(states, n);
	return r;
}

const struct command cmd_list = {
	.name = "list",
	.args = "",
	.help = "print the containers and what they are doing",
	.min_args = 0,
	.max_args = 0,
	.prints = true,
	.opts = opts,
	.opts_size = sizeof(struct list_opts),
	.run = run,
};
