/*
 * str.h - text built up in memory that the caller owns.
 *
 * Never allocates, never overruns, always NUL-terminated. What does not fit is
 * dropped and str_cut() says so, which lets a caller append ten times and ask once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct str {
	char *buf;
	size_t size;
	size_t len; /* as if the buffer had no end, like snprintf() */
};

#define STR_ON(array) ((struct str){.buf = (array), .size = sizeof(array)})

void str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Appends n bytes as they are. */
void str_add(struct str *s, const char *text, size_t n);

static inline bool str_cut(const struct str *s)
{
	return s->len >= s->size;
}

/* Whether text begins with prefix. */
bool str_starts(const char *text, const char *prefix);
