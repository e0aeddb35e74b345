/*
 * output.h - what a command prints for its caller: stdout, whole or not at all.
 *
 * A text is put together in memory and written at the end, so that a failure half-way leaves
 * nothing printed, and a full disk or a reader that went away is an error like any other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Writes n bytes to stdout. EPIPE and ENOSPC are errors like any other. */
must_check int out_write(const char *text, size_t n, struct err *e);

/* A text that grows; free it with free(t.buf). Failing to allocate shows in text_write(). */
struct text {
	char *buf;
	size_t len, size;
	bool failed;
};

void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_add(struct text *t, const char *bytes, size_t n);
void text_free(struct text *t);

/* Writes it to stdout. */
must_check int text_write(const struct text *t, struct err *e);
