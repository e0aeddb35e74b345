/*
 * report.h - the sentence that the user reads.
 *
 *	hull: sources.open: open_tree `/srv/data/x`: No such file or directory (`/srv/data` is
 *missing) config.json:57:13  /mounts/3/source
 *
 * It goes to stderr in one write(2), because engines read it with one read(2), and once to
 * the log, with config.json's line behind the sentence.
 */
#pragma once

#include "base/err.h"

/* command: the name of the command for the hint after wrong usage; NULL: none was found. */
void report_failure(const struct err *e, const char *command);
