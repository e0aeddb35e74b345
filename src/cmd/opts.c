#include "cmd/opts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/near.h"
#include "base/num.h"

/* What is being parsed. */
struct parse {
	const struct opt_set *sets;
	char **next; /* the arguments not looked at yet */
};

/* One option as found: the row, the struct it fills, and how the user spelt it. */
struct found {
	const struct opt *row;
	void *into;
	char spelling[80];
};

static bool find_long(const struct opt_set *sets, const char *name, size_t len, struct found *f)
{
	for (; sets->rows; sets++)
		for (const struct opt *o = sets->rows; o->name; o++)
			if (strlen(o->name) == len && strncmp(o->name, name, len) == 0) {
				f->row = o;
				f->into = sets->into;
				snprintf(f->spelling, sizeof(f->spelling), "--%s", o->name);
				return true;
			}
	return false;
}

static bool find_letter(const struct opt_set *sets, char letter, struct found *f)
{
	for (; sets->rows; sets++)
		for (const struct opt *o = sets->rows; o->name; o++)
			if (o->letter && o->letter == letter) {
				f->row = o;
				f->into = sets->into;
				snprintf(f->spelling, sizeof(f->spelling), "-%c", letter);
				return true;
			}
	return false;
}

static int unknown(const struct opt_set *sets, const char *arg, struct err *e)
{
	size_t dashes = strspn(arg, "-"), len = strcspn(arg + dashes, "=");
	char word[80];
	struct near near = {.word = word};

	snprintf(word, sizeof(word), "%.*s", (int)len, arg + dashes);
	for (; sets->rows; sets++)
		for (const struct opt *o = sets->rows; o->name; o++)
			if (!o->hidden)
				near_try(&near, o->name);
	if (near_best(&near))
		return err_set(e, ERR_USAGE, EINVAL, "unknown option `%.*s`; did you mean `--%s`?",
			       (int)(dashes + len), arg, near_best(&near));
	return err_set(e, ERR_USAGE, EINVAL, "unknown option `%.*s`", (int)(dashes + len), arg);
}

static bool bool_value(const char *text, bool *on)
{
	static const struct name_value words[] = {
		{"true", 1}, {"false", 0}, {"1", 1},   {"0", 0}, {"yes", 1},
		{"no", 0},   {"on", 1},	   {"off", 0}, {"t", 1}, {"f", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(words[i].name, text) == 0) {
			*on = words[i].value;
			return true;
		}
	return false;
}

static int add_string(struct opt_strings *list, const char *value, struct err *e)
{
	const char **v = reallocarray(list->v, list->n + 2, sizeof(*v));

	if (!v)
		return err_sys(e, "reallocarray", NULL);
	v[list->n++] = value;
	v[list->n] = NULL;
	list->v = v;
	return 0;
}

static int choose(const struct found *f, const char *value, struct err *e)
{
	char buf[200];
	struct str all = STR_ON(buf);

	for (const struct name_value *c = f->row->choices; c->name; c++) {
		if (strcmp(c->name, value) == 0) {
			*(int *)((char *)f->into + f->row->offset) = (int)c->value;
			return 0;
		}
		str_addf(&all, "%s%s", all.len ? ", " : "", c->name);
	}
	return err_set(e, ERR_USAGE, EINVAL, "invalid %s: %s (it is one of: %s)", f->row->name,
		       value, buf);
}

/* value is NULL for a flag that came without one. */
static int store(const struct found *f, const char *value, struct err *e)
{
	void *member = (char *)f->into + f->row->offset;
	uint64_t number;
	bool on = true;

	if (!opt_takes_value(f->row) && value && !bool_value(value, &on))
		return err_set(e, ERR_USAGE, EINVAL, "%s is either true or false, not `%s`",
			       f->spelling, value);
	switch (f->row->kind) {
	case OPT_FLAG:
		*(bool *)member = on;
		return 0;
	case OPT_BOOL:
		*(struct opt_bool *)member = (struct opt_bool){.given = true, .on = on};
		return 0;
	case OPT_STRING:
		*(const char **)member = value;
		return 0;
	case OPT_STRINGS:
		return add_string(member, value, e);
	case OPT_UINT:
		if (!num_u64(value, INT_MAX, &number))
			return err_set(e, ERR_USAGE, EINVAL,
				       "%s wants a number from 0 to %d, not `%s`", f->spelling,
				       INT_MAX, value);
		*(unsigned *)member = (unsigned)number;
		return 0;
	case OPT_CHOICE:
		return choose(f, value, e);
	case OPT_IGNORED:
		return 0;
	}
	return 0;
}

/* The value behind `=`, or for an option that needs one the next argument. */
static int value_of(struct parse *p, const struct found *f, const char *attached,
		    const char **value, struct err *e)
{
	*value = attached;
	if (attached || !opt_takes_value(f->row))
		return 0;
	/* CRIU's callers probe for options by giving them without their value: both halves of
	 * this sentence are looked for (engine-contract A3). */
	if (!*p->next)
		return err_set(e, ERR_USAGE, EINVAL,
			       "flag needs an argument: %s (option requires an argument)",
			       f->spelling);
	*value = *p->next++;
	return 0;
}

static int parse_long(struct parse *p, const char *arg, const char *name, struct err *e)
{
	size_t len = strcspn(name, "=");
	const char *value;
	struct found f;
	int r;

	if (!find_long(p->sets, name, len, &f))
		return unknown(p->sets, arg, e);
	r = value_of(p, &f, name[len] ? name + len + 1 : NULL, &value, e);
	return r < 0 ? r : store(&f, value, e);
}

/* -x, -xVALUE, -x=VALUE, -xyz: letters in a row, until one takes the rest as its value. */
static int parse_letters(struct parse *p, const char *arg, struct err *e)
{
	struct found f;
	int r;

	for (const char *c = arg + 1; *c; c++) {
		const char *attached = NULL, *value;
		bool last = true;

		if (!find_letter(p->sets, *c, &f))
			return unknown(p->sets, arg, e);
		if (c[1] == '=')
			attached = c + 2;
		else if (c[1] && opt_takes_value(f.row))
			attached = c + 1;
		else
			last = false;
		r = value_of(p, &f, attached, &value, e);
		if (r == 0)
			r = store(&f, value, e);
		if (r < 0 || last)
			return r;
	}
	return 0;
}

static int parse_option(struct parse *p, const char *arg, struct err *e)
{
	struct found f;

	if (arg[1] == '-')
		return parse_long(p, arg, arg + 2, e);
	if (arg[2] && find_long(p->sets, arg + 1, strcspn(arg + 1, "="), &f))
		return parse_long(p, arg, arg + 1, e);
	return parse_letters(p, arg, e);
}

int opts_parse(const struct opt_set *sets, char **args, enum opt_order order, struct err *e)
{
	struct parse p = {.sets = sets, .next = args};
	int n = 0, r;

	while (*p.next) {
		char *arg = *p.next;

		/* A lone dash is a file name: stdin. */
		if (arg[0] != '-' || !arg[1]) {
			if (order == OPT_UNTIL_ARG)
				break;
			args[n++] = *p.next++;
			continue;
		}
		p.next++;
		if (strcmp(arg, "--") == 0)
			break;
		r = parse_option(&p, arg, e);
		if (r < 0)
			return r;
	}
	while (*p.next)
		args[n++] = *p.next++;
	args[n] = NULL;
	return n;
}

void opts_free(const struct opt_set *sets)
{
	for (; sets->rows; sets++)
		for (const struct opt *o = sets->rows; o->name; o++)
			if (o->kind == OPT_STRINGS) {
				struct opt_strings *list = (void *)((char *)sets->into + o->offset);

				free(list->v);
				*list = (struct opt_strings){0};
			}
}
