#include "cmd/help.h"

#include <string.h>

#include "config.h"
#include "libocispec/ocispec.h"

enum { HELP_COLUMN = 28, HELP_WIDTH = 80 };

/* Breaks text at blanks so that lines stay below HELP_WIDTH, each begun with indent blanks. */
static void wrap(struct text *t, const char *text, size_t indent, size_t at)
{
	while (*text) {
		size_t len = strcspn(text, " \n");

		if (at > indent && at + 1 + len > HELP_WIDTH) {
			text_addf(t, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			text_add(t, " ", 1);
			at++;
		}
		text_add(t, text, len);
		at += len;
		text += len;
		if (text[0] == '\n' && text[1] == '\n') {
			text_addf(t, "\n\n%*s", (int)indent, "");
			at = indent;
		}
		text += strspn(text, " \n");
	}
	text_add(t, "\n", 1);
}

/* One entry of a list: a term, and what it means from HELP_COLUMN on. */
static void entry(struct text *t, const char *term, const char *help)
{
	size_t len = strlen(term);

	text_addf(t, "  %-*s", HELP_COLUMN - 2, term);
	if (len + 2 >= HELP_COLUMN)
		text_addf(t, "\n%*s", HELP_COLUMN, "");
	wrap(t, help, HELP_COLUMN, HELP_COLUMN);
}

static void entry_option(struct text *t, const struct opt *o)
{
	char buf[80];
	struct str term = STR_ON(buf);

	if (o->letter)
		str_addf(&term, "-%c, ", o->letter);
	else
		str_addf(&term, "    ");
	str_addf(&term, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	entry(t, buf, o->help);
}

static void entries(struct text *t, const struct opt *rows)
{
	for (; rows && rows->name; rows++)
		if (!rows->hidden)
			entry_option(t, rows);
}

void help_usage(struct text *t)
{
	text_addf(t, "usage: hull [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n");
}

void help_program(struct text *t)
{
	text_addf(t, "hull runs OCI containers.\n\n");
	help_usage(t);
	text_addf(t, "\ncommands:\n");
	for (const struct command *const *c = commands; *c; c++)
		entry(t, (*c)->name, (*c)->help);
	text_addf(t, "\noptions, before the command:\n");
	entries(t, global_opts);
	text_addf(t, "\n`hull COMMAND --help` explains a command.\n");
}

void help_command(struct text *t, const struct command *c)
{
	text_addf(t, "hull %s: %s\n\n", c->name, c->help);
	text_addf(t, "usage: hull %s [OPTION...]%s%s\n", c->name, c->args[0] ? " " : "", c->args);
	if (c->text) {
		text_addf(t, "\n");
		wrap(t, c->text, 0, 0);
	}
	text_addf(t, "\noptions:\n");
	entries(t, c->opts);
	entries(t, common_opts);
}

/*
 * The first line has this shape because engines take it apart: the program's name, then
 * "version"; and the lines that begin with "commit:" and "spec:" (engine-contract A1).
 */
void help_version(struct text *t)
{
	text_addf(t, "hull version " PACKAGE_VERSION "\ncommit: " HULL_COMMIT "\nspec: " OCI_VERSION
		     "\n+SECCOMP +CAP +APPARMOR +SELINUX +EBPF +IDMAP -SYSTEMD -CRIU\n");
}
