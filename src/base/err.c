#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Keeps both ends of a long path: the start says which tree, the end says which file. */
static void copy_cut(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src), head = (size - 4) / 2, tail = size - 4 - head;

	if (len < size) {
		memcpy(dst, src, len + 1);
		return;
	}
	memcpy(dst, src, head);
	memcpy(dst + head, "...", 3);
	memcpy(dst + head + 3, src + len - tail, tail);
	dst[size - 1] = '\0';
}

int err_sys(struct err *e, const char *op, const char *path)
{
	int num = errno;

	assert(e->kind == ERR_NONE && num > 0);
	e->kind = ERR_SYS;
	e->num = num;
	copy_cut(e->op, sizeof(e->op), op);
	copy_cut(e->path, sizeof(e->path), path ? path : "");
	return -num;
}

int err_set(struct err *e, enum err_kind kind, int num, const char *fmt, ...)
{
	va_list ap;

	assert(e->kind == ERR_NONE && kind != ERR_NONE && num > 0);
	e->kind = (int32_t)kind;
	e->num = num;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -num;
}

int err_spec(struct err *e, const char *where, const char *fmt, ...)
{
	va_list ap;

	assert(e->kind == ERR_NONE);
	e->kind = ERR_SPEC;
	e->num = EINVAL;
	copy_cut(e->where, sizeof(e->where), where);
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int err_at(struct err *e, int r, const char *where, ...)
{
	va_list ap;

	assert(r < 0 && e->kind != ERR_NONE);
	if (!e->where[0]) {
		va_start(ap, where);
		vsnprintf(e->where, sizeof(e->where), where, ap);
		va_end(ap);
	}
	return r;
}

int err_in(struct err *e, int r, const char *step)
{
	assert(r < 0 && e->kind != ERR_NONE);
	if (!e->step[0])
		copy_cut(e->step, sizeof(e->step), step);
	return r;
}

void err_drop(struct err *e)
{
	*e = (struct err){0};
}

void err_import(struct err *e, const struct err *received)
{
	*e = *received;
	if (e->kind <= ERR_NONE || e->kind >= ERR_KIND_COUNT)
		e->kind = ERR_PROTO;
	if (e->num <= 0 || e->num > 4095)
		e->num = EPROTO;
	e->step[sizeof(e->step) - 1] = '\0';
	e->op[sizeof(e->op) - 1] = '\0';
	e->path[sizeof(e->path) - 1] = '\0';
	e->where[sizeof(e->where) - 1] = '\0';
	e->text[sizeof(e->text) - 1] = '\0';
}

/*
 * Engines read this line with regular expressions: the text of errno stays as
 * the C library spells it, and paths stay in backticks. An ERR_EXEC is a whole
 * sentence in the words of the engines' lists; a step before it would hide it.
 */
void err_format(const struct err *e, struct str *out)
{
	if (e->step[0] && e->kind != ERR_EXEC && e->kind != ERR_STATE)
		str_addf(out, "%s: ", e->step);
	str_addf(out, "%s", e->text[0] ? e->text : e->op);
	if (e->path[0])
		str_addf(out, " `%s`", e->path);
	if (e->kind == ERR_SYS)
		str_addf(out, ": %s", strerror(e->num));
}
