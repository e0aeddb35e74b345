#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void str_addf(struct str *s, const char *fmt, ...)
{
	size_t room = s->len < s->size ? s->size - s->len : 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(room ? s->buf + s->len : NULL, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->len += (size_t)n;
}

void str_add(struct str *s, const char *text, size_t n)
{
	if (s->len < s->size) {
		size_t room = s->size - s->len - 1, take = n < room ? n : room;

		memcpy(s->buf + s->len, text, take);
		s->buf[s->len + take] = '\0';
	}
	s->len += n;
}

bool str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}
