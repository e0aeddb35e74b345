#include "cmd/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cmd/fds.h"

int out_write(const char *text, size_t n, struct err *e)
{
	if (fds_stdout_was_closed()) {
		errno = EBADF;
		return err_sys(e, "write", "stdout");
	}
	return file_write_all(STDOUT_FILENO, "stdout", text, n, e);
}

void text_add(struct text *t, const char *bytes, size_t n)
{
	if (t->failed)
		return;
	if (t->size - t->len <= n) {
		size_t size = (t->size + n + 512) * 2;
		char *buf = realloc(t->buf, size);

		if (!buf) {
			t->failed = true;
			return;
		}
		t->buf = buf;
		t->size = size;
	}
	memcpy(t->buf + t->len, bytes, n);
	t->len += n;
	t->buf[t->len] = '\0';
}

void text_addf(struct text *t, const char *fmt, ...)
{
	auto_free char *part = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&part, fmt, ap);
	va_end(ap);
	if (n < 0) {
		part = NULL;
		t->failed = true;
		return;
	}
	text_add(t, part, (size_t)n);
}

void text_free(struct text *t)
{
	free(t->buf);
	*t = (struct text){0};
}

int text_write(const struct text *t, struct err *e)
{
	if (t->failed) {
		errno = ENOMEM;
		return err_sys(e, "malloc", NULL);
	}
	return t->len ? out_write(t->buf, t->len, e) : 0;
}
