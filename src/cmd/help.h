/*
 * help.h - what the program says about itself, made of the rows of commands and options.
 *
 * Each function appends a whole document to t. Nothing here knows any command or option by
 * name, so none can be missing from any of the documents.
 */
#pragma once

#include "cmd/command.h"
#include "cmd/output.h"

void help_program(struct text *t);
void help_command(struct text *t, const struct command *c);
void help_usage(struct text *t);   /* one line */
void help_version(struct text *t); /* --version */

void help_man(struct text *t);	/* hull.8, for troff's man macros */
void help_bash(struct text *t); /* completions */
void help_zsh(struct text *t);
void help_fish(struct text *t);
