/*
 * logfile.h - where messages go, and in which form.
 *
 * Engines read this file: one JSON object a line, and for a failure exactly one line in all
 * at the default level (Podman parses the whole file as one document; containerd takes the
 * last line with level "error"). So there is one function for errors, report_failure() calls
 * it once, and warnings are not written unless --log-level asks for them.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "cmd/globals.h"

/* Where in config.json the mistake is, if that is known. */
struct place {
	const char *file;      /* as the user called it, or NULL */
	const char *pointer;   /* or NULL */
	unsigned line, column; /* 0: unknown */
};

/*
 * Opens what --log names and sends log_line() there. Without --log, warnings and below go to
 * stderr if quiet is false and either the user asked for them or stderr is a terminal.
 * quiet: the command's output is data, and nothing may come beside it.
 */
must_check int log_open(const struct globals *o, bool quiet, struct err *e);

/* Writes the one entry that a failure has. Does nothing without --log. */
void log_error(const struct err *e, const char *sentence, const struct place *place);

/*
 * Opens the file of --trace and begins its JSON array, if it is new; appends to it if it isn't,
 * so that `create` and `start` make one picture.
 */
must_check int trace_open(const char *path, struct err *e);

/* Appends text as a JSON string, with the quotes. What isn't UTF-8 becomes U+FFFD. */
void json_string(struct str *out, const char *text);
