/* completion.c - what bash, zsh and fish offer when TAB is pressed. */
#include <string.h>

#include "cmd/help.h"

enum value { VALUE_NONE, VALUE_ANY, VALUE_FILE, VALUE_DIR, VALUE_CHOICE };

static enum value value_of(const struct opt *o)
{
	if (!opt_takes_value(o))
		return VALUE_NONE;
	if (o->choices)
		return VALUE_CHOICE;
	if (strcmp(o->arg, "DIR") == 0)
		return VALUE_DIR;
	if (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "SOCKET") == 0)
		return VALUE_FILE;
	return VALUE_ANY;
}

static bool wants_container(const struct command *c)
{
	return str_starts(c->args, "CONTAINER");
}

/* Containers that don't exist yet have no name to offer. */
static bool makes_container(const struct command *c)
{
	return strcmp(c->name, "create") == 0 || strcmp(c->name, "run") == 0;
}

static bool offers_containers(const struct command *c)
{
	return wants_container(c) && !makes_container(c);
}

static void words(struct text *t, const struct opt *rows)
{
	for (; rows && rows->name; rows++)
		if (!rows->hidden)
			text_addf(t, " --%s", rows->name);
}

static void choices(struct text *t, const struct opt *o)
{
	for (const struct name_value *c = o->choices; c->name; c++)
		text_addf(t, "%s%s", c == o->choices ? "" : " ", c->name);
}

/* bash: one case for "COMMAND OPTION" that takes a value, one for each command's words. */

static void bash_values(struct text *t, const char *command, const struct opt *rows)
{
	for (; rows && rows->name; rows++) {
		enum value v = value_of(rows);

		if (rows->hidden || v == VALUE_NONE)
			continue;
		text_addf(t, "\t\"%s --%s\"", command, rows->name);
		if (rows->letter)
			text_addf(t, " | \"%s -%c\"", command, rows->letter);
		text_addf(t, ")\n\t\t");
		if (v == VALUE_CHOICE) {
			text_addf(t, "COMPREPLY=($(compgen -W '");
			choices(t, rows);
			text_addf(t, "' -- \"$cur\"))");
		} else if (v == VALUE_DIR) {
			text_addf(
				t,
				"compopt -o filenames\n\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))");
		} else if (v == VALUE_FILE) {
			text_addf(
				t,
				"compopt -o filenames\n\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))");
		} else {
			text_addf(t, "COMPREPLY=()");
		}
		text_addf(t, "\n\t\treturn\n\t\t;;\n");
	}
}

/* For the walk over the words before the cursor: which of the options swallow the next word. */
static void bash_skips(struct text *t, const struct opt *rows)
{
	for (; rows->name; rows++)
		if (opt_takes_value(rows))
			text_addf(t, " | --%s", rows->name);
}

void help_bash(struct text *t)
{
	text_addf(t, "# bash completion for hull; made by `hull help --completion bash`\n"
		     "_hull() {\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
		     "\tlocal command= i\n"
		     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		     "\t\tcase ${COMP_WORDS[i]} in\n"
		     "\t\t--no-such-option");
	bash_skips(t, global_opts);
	text_addf(t, ") ((i++)) ;;\n"
		     "\t\t-*) ;;\n"
		     "\t\t*)\n\t\t\tcommand=${COMP_WORDS[i]}\n\t\t\tbreak\n\t\t\t;;\n"
		     "\t\tesac\n\tdone\n"
		     "\tcase \"$command $prev\" in\n");
	bash_values(t, "", global_opts);
	for (const struct command *const *c = commands; *c; c++)
		bash_values(t, (*c)->name, (*c)->opts);
	text_addf(t, "\tesac\n\tlocal words= containers=\n\tcase $command in\n\t\"\") words='");
	for (const struct command *const *c = commands; *c; c++)
		text_addf(t, "%s%s", c == commands ? "" : " ", (*c)->name);
	words(t, global_opts);
	text_addf(t, "' ;;\n");
	for (const struct command *const *c = commands; *c; c++) {
		text_addf(t, "\t%s) words='", (*c)->name);
		words(t, (*c)->opts);
		words(t, common_opts);
		text_addf(t, "'%s ;;\n", offers_containers(*c) ? " containers=1" : "");
	}
	text_addf(t, "\tesac\n"
		     "\t[[ $containers && $cur != -* ]] && words=$(hull list --quiet 2>/dev/null)\n"
		     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		     "}\n"
		     "complete -F _hull hull\n");
}

/* Inside single quotes, for both zsh and fish; zsh takes [ ] : for its own there. */
static void quoted(struct text *t, const char *text, const char *escape)
{
	for (; *text; text++) {
		if (*text == '\'')
			text_addf(t, "'\\''");
		else if (strchr(escape, *text))
			text_addf(t, "\\%c", *text);
		else
			text_add(t, text, 1);
	}
}

static void zsh_option(struct text *t, const struct opt *o, const char *dash, const char *name,
		       size_t len)
{
	enum value v = value_of(o);

	text_addf(t, " \\\n\t\t\t'*%s%.*s%s[", dash, (int)len, name,
		  v == VALUE_NONE ? ""
		  : len == 1	  ? "+"
				  : "=");
	quoted(t, o->help, "[]:\\");
	text_addf(t, "]");
	if (v != VALUE_NONE) {
		text_addf(t, ":%s:", o->arg);
		if (v == VALUE_CHOICE) {
			text_addf(t, "(");
			choices(t, o);
			text_addf(t, ")");
		} else if (v == VALUE_DIR) {
			text_addf(t, "_files -/");
		} else if (v == VALUE_FILE) {
			text_addf(t, "_files");
		}
	}
	text_addf(t, "'");
}

static void zsh_options(struct text *t, const struct opt *rows)
{
	for (; rows && rows->name; rows++) {
		if (rows->hidden)
			continue;
		zsh_option(t, rows, "--", rows->name, strlen(rows->name));
		if (rows->letter)
			zsh_option(t, rows, "-", &rows->letter, 1);
	}
}

void help_zsh(struct text *t)
{
	text_addf(t, "#compdef hull\n# made by `hull help --completion zsh`\n"
		     "_hull_containers() {\n"
		     "\tlocal -a names\n"
		     "\tnames=(${(f)\"$(hull list --quiet 2>/dev/null)\"})\n"
		     "\tcompadd -a names\n"
		     "}\n"
		     "_hull_commands() {\n\tlocal -a names\n\tnames=(");
	for (const struct command *const *c = commands; *c; c++) {
		text_addf(t, "\n\t\t'%s:", (*c)->name);
		quoted(t, (*c)->help, ":\\");
		text_addf(t, "'");
	}
	text_addf(t, "\n\t)\n\t_describe command names\n}\n"
		     "_hull() {\n\tlocal curcontext=$curcontext state line\n\ttypeset -A opt_args\n"
		     "\t_arguments -C");
	zsh_options(t, global_opts);
	text_addf(t, " \\\n\t\t\t'1:command:_hull_commands' \\\n\t\t\t'*::argument:->arguments'\n"
		     "\t[[ $state == arguments ]] || return\n\tcase $line[1] in\n");
	for (const struct command *const *c = commands; *c; c++) {
		text_addf(t, "\t%s)\n\t\t_arguments", (*c)->name);
		zsh_options(t, (*c)->opts);
		zsh_options(t, common_opts);
		if (offers_containers(*c))
			text_addf(t, " \\\n\t\t\t'1:container:_hull_containers'");
		text_addf(t, " \\\n\t\t\t'*:argument:'\n\t\t;;\n");
	}
	text_addf(t, "\tesac\n}\n_hull \"$@\"\n");
}

static void fish_options(struct text *t, const char *condition, const struct opt *rows)
{
	for (; rows && rows->name; rows++) {
		enum value v = value_of(rows);

		if (rows->hidden)
			continue;
		text_addf(t, "complete -c hull -n '%s' -l %s", condition, rows->name);
		if (rows->letter)
			text_addf(t, " -s %c", rows->letter);
		if (v == VALUE_CHOICE) {
			text_addf(t, " -x -a '");
			choices(t, rows);
			text_addf(t, "'");
		} else if (v == VALUE_FILE) {
			text_addf(t, " -r -F");
		} else if (v == VALUE_DIR) {
			text_addf(t, " -x -a '(__fish_complete_directories)'");
		} else if (v == VALUE_ANY) {
			text_addf(t, " -x");
		}
		text_addf(t, " -d '");
		quoted(t, rows->help, "\\");
		text_addf(t, "'\n");
	}
}

void help_fish(struct text *t)
{
	text_addf(t, "# fish completion for hull; made by `hull help --completion fish`\n"
		     "complete -c hull -f\n");
	fish_options(t, "__fish_use_subcommand", global_opts);
	for (const struct command *const *c = commands; *c; c++) {
		char condition[80];
		struct str s = STR_ON(condition);

		text_addf(t, "complete -c hull -n __fish_use_subcommand -a %s -d '", (*c)->name);
		quoted(t, (*c)->help, "\\");
		text_addf(t, "'\n");
		str_addf(&s, "__fish_seen_subcommand_from %s", (*c)->name);
		fish_options(t, condition, (*c)->opts);
		fish_options(t, condition, common_opts);
		if (offers_containers(*c))
			text_addf(t,
				  "complete -c hull -n '%s' -a '(hull list --quiet "
				  "2>/dev/null)'\n",
				  condition);
	}
}
