/* man.c - the manual page, in the man macros of troff. */
#include <ctype.h>

#include "cmd/help.h"
#include "config.h"

/* Running text: a dash is a dash, not a hyphen, and no line begins a request by accident. */
static void roff(struct text *t, const char *text)
{
	bool at_start = true;

	for (; *text; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			text_addf(t, "\\&");
		at_start = false;
		if (text[0] == '\n' && text[1] == '\n') {
			text_addf(t, "\n.PP\n");
			text++;
			at_start = true;
		} else if (*text == '-') {
			text_addf(t, "\\-");
		} else if (*text == '\\') {
			text_addf(t, "\\e");
		} else {
			text_add(t, text, 1);
		}
	}
}

static void capital(struct text *t, const char *help)
{
	char first = (char)toupper((unsigned char)*help);

	text_add(t, &first, 1);
	roff(t, help + 1);
	text_addf(t, ".\n");
}

static void options(struct text *t, const struct opt *rows)
{
	for (; rows && rows->name; rows++) {
		if (rows->hidden)
			continue;
		text_addf(t, ".TP\n");
		if (rows->letter)
			text_addf(t, "\\fB\\-%c\\fR, ", rows->letter);
		text_addf(t, "\\fB\\-\\-");
		roff(t, rows->name);
		text_addf(t, "\\fR");
		if (rows->arg) {
			text_addf(t, " \\fI");
			roff(t, rows->arg);
			text_addf(t, "\\fR");
		}
		text_addf(t, "\n");
		capital(t, rows->help);
	}
}

static void command(struct text *t, const struct command *c)
{
	text_addf(t, ".SS hull %s \\fR[\\fIOPTION\\fR...]%s", c->name, c->args[0] ? " " : "");
	roff(t, c->args);
	text_addf(t, "\n");
	capital(t, c->help);
	if (c->text) {
		text_addf(t, ".PP\n");
		roff(t, c->text);
		text_addf(t, "\n");
	}
	options(t, c->opts);
}

/* Sections that no row can give: pairs of a heading and its text. */
static const char *const sections[][2] = {
	{"EXIT STATUS", "0 on success; 2 when the command line is wrong; 1 for any other failure, "
			"but 255 for one of "
			"exec. In the foreground, run and exec exit as their program did: with its "
			"status, or with "
			"128 and the number of the signal that ended it."},
	{"MESSAGES",
	 "A failure is one sentence on stderr. When an entry of config.json is the reason, a "
	 "second line names its line, column and JSON pointer. With --log the same goes to the log "
	 "as one entry; in JSON it has the members level, msg and time, and as far as they are "
	 "known step, op, path, pointer, line, column and errno. Standard output is data alone. "
	 "Nothing is on stderr when a command succeeds, unless --debug or --log-level asks for "
	 "more, without --log."},
	{"ENVIRONMENT",
	 "XDG_RUNTIME_DIR: the states of a user other than root are in the directory hull below "
	 "it, unless --root is given. If it isn't set, /run/user/UID stands for it.\n\n"
	 "LISTEN_FDS, LISTEN_PID: create, run and exec pass these descriptors on, see "
	 "sd_listen_fds(3).\n\n"
	 "NOTIFY_SOCKET: create, start and run let the container report that it is ready, see "
	 "sd_notify(3)."},
	{"FILES", "/run/hull is where the states are when root runs hull.\n\nconfig.json and "
		  "rootfs are what a bundle consists of; see the OCI Runtime Specification."},
};

void help_man(struct text *t)
{
	text_addf(t, ".TH HULL 8 \"\" \"hull " PACKAGE_VERSION "\" \"System Administration\"\n");
	text_addf(t, ".SH NAME\nhull \\- run OCI containers\n.SH SYNOPSIS\n"
		     ".B hull\n[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIOPTION\\fR...] "
		     "[\\fIARGUMENT\\fR...]\n");
	text_addf(t,
		  ".SH DESCRIPTION\nhull turns a bundle, a directory with a config.json and a root "
		  "filesystem, into a\nconfined process. Engines call it; so can you.\n"
		  ".PP\nOptions may be written \\fB\\-\\-name\\fR \\fIVALUE\\fR, "
		  "\\fB\\-\\-name=\\fR\\fIVALUE\\fR or, as engines do, with a\nsingle dash. "
		  "One that is given twice counts as it was given last; those of exec that add "
		  "something add each time.\n");
	text_addf(t, ".SH OPTIONS\n");
	options(t, global_opts);
	text_addf(t, ".SH COMMANDS\n");
	for (const struct command *const *c = commands; *c; c++)
		command(t, *c);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		text_addf(t, ".SH %s\n", sections[i][0]);
		roff(t, sections[i][1]);
		text_addf(t, "\n");
	}
	text_addf(t, ".SH SEE ALSO\n.BR podman (1),\n.BR buildah (1),\n.BR namespaces (7),\n"
		     ".BR cgroups (7)\n");
}
