/*
 * opts.h - command-line options as data.
 *
 * A command declares a struct for its options and a list that says which word
 * fills which member. The parser, --help, the manual page and the shell
 * completion are made from the list; there is no switch to keep in step with it.
 *
 * The parser takes what engines write and people try: --name VALUE, --name=VALUE, -n VALUE,
 * -nVALUE, -n=VALUE, flags in a row (-dt), flags with a value (--tty=false), and a long
 * name behind one dash (-bundle X), as programs in Go do. An option may come twice: the last
 * one counts, or all of them where it makes a list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/table.h"

enum opt_kind {
	OPT_FLAG,    /* bool */
	OPT_BOOL,    /* struct opt_bool: whether it was said at all matters */
	OPT_STRING,  /* const char * */
	OPT_STRINGS, /* struct opt_strings: may be given many times */
	OPT_UINT,    /* unsigned */
	OPT_CHOICE,  /* int: the value of one of the choices */
	OPT_IGNORED, /* nothing: takes a value and forgets it */
};

struct opt_bool {
	bool given, on;
};

struct opt_strings {
	const char **v; /* NULL-terminated; NULL if there is none */
	size_t n;
};

struct opt {
	const char *name; /* long form, without the dashes */
	char letter;	  /* short form, or 0 */
	bool hidden;	  /* understood, but not in --help: kept for old callers */
	enum opt_kind kind;
	size_t offset;
	const char *arg;  /* what --help calls the value; FILE, DIR and SOCKET complete to paths */
	const char *help; /* one line, lower case, no full stop */
	const struct name_value *choices; /* for OPT_CHOICE, ends with a NULL name */
};

/* The type of the member has to be the one that KIND writes: the conditional checks it. */
#define OPT_TYPE_FLAG	 bool
#define OPT_TYPE_BOOL	 struct opt_bool
#define OPT_TYPE_STRING	 const char *
#define OPT_TYPE_STRINGS struct opt_strings
#define OPT_TYPE_UINT	 unsigned
#define OPT_TYPE_CHOICE	 int
#define OPT_OFFSET(type, member, ctype)                                                            \
	(offsetof(struct type, member) + 0 * sizeof((ctype *)0 == &((struct type *)0)->member))

#define OPT(type, member, kind, name, letter, arg, help)                                           \
	{                                                                                          \
		name, letter, false, OPT_##kind, OPT_OFFSET(type, member, OPT_TYPE_##kind), arg,   \
			help, NULL                                                                 \
	}
#define OPT_HIDDEN(type, member, kind, name, letter, arg)                                          \
	{                                                                                          \
		name, letter, true, OPT_##kind, OPT_OFFSET(type, member, OPT_TYPE_##kind), arg,    \
			NULL, NULL                                                                 \
	}
#define OPT_ONE_OF(type, member, name, letter, arg, help, choices)                                 \
	{                                                                                          \
		name, letter, false, OPT_CHOICE, OPT_OFFSET(type, member, int), arg, help, choices \
	}
#define OPT_SKIPPED(name, arg)                                                                     \
	{                                                                                          \
		name, 0, true, OPT_IGNORED, 0, arg, NULL, NULL                                     \
	}
#define OPT_END                                                                                    \
	{                                                                                          \
		.name = NULL                                                                       \
	}

static inline bool opt_takes_value(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_BOOL;
}

/* Rows and the struct that they fill. An array of these ends with rows NULL. */
struct opt_set {
	const struct opt *rows;
	void *into;
};

enum opt_order {
	OPT_ANYWHERE,  /* options may follow the arguments */
	OPT_UNTIL_ARG, /* what comes behind the first argument belongs to someone else */
};

/*
 * Parses args (NULL-terminated, without the program's name) into sets. What is left, the
 * arguments, is moved to the front of args, with NULL behind it. "--" ends the options.
 * Returns how many arguments there are, or -EINVAL with an ERR_USAGE. The strings that it
 * stores are those of args.
 */
must_check int opts_parse(const struct opt_set *sets, char **args, enum opt_order order,
			  struct err *e);

/* Frees what OPT_STRINGS allocated. */
void opts_free(const struct opt_set *sets);
