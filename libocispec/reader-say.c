/* reader-say.c - the pointers and sentences of what the reader refuses and skips. */
#include "libocispec/reader.h"

#include <stdarg.h>
#include <string.h>

#include "base/log.h"
#include "libocispec/guess.h"
#include "libocispec/utf8.h"

enum { LOG_MAX = 100 }; /* unknown properties that are named, then no more */

static bool is_array(const struct frame *f)
{
	return f->kind == FRAME_LIST || f->kind == FRAME_STRS || f->kind == FRAME_INTS ||
	       f->kind == FRAME_SKIP_ARRAY;
}

static void add_key(struct str *s, const char *key, size_t len)
{
	str_add(s, "/", 1);
	for (size_t i = 0; i < len; i++) {
		if (key[i] == '~')
			str_add(s, "~0", 2);
		else if (key[i] == '/')
			str_add(s, "~1", 2);
		else
			str_add(s, key + i, 1);
	}
}

static bool is_printable(const char *key, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)key[i] < 0x20 || key[i] == 0x7f)
			return false;
	return true;
}

void reader_add_pointer(const struct reader *r, unsigned depth, struct str *s)
{
	for (unsigned i = 0; i < depth; i++) {
		const struct frame *f = &r->frames[i];
		const char *key = reader_key(r, &f->key);
		size_t before = s->len;
		bool printable = is_array(f) || is_printable(key, f->key.len);

		if (is_array(f))
			str_addf(s, "/%zu", f->count - 1);
		else
			add_key(s, key, f->key.len);
		if (!printable || str_cut(s)) {
			s->len = before;
			s->buf[before] = '\0';
			return;
		}
	}
}

int reader_refuse(struct reader *r, const char *fmt, ...)
{
	char where[sizeof(r->e->where)] = "", text[sizeof(r->e->text)] = "";
	struct str pointer = STR_ON(where);
	va_list ap;

	reader_add_pointer(r, r->depth, &pointer);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_spec(r->e, where, "%s", text);
}

/* Quotes text for a sentence, which is one line: cut after some fifty bytes, at a character. */
static const char *quote(const char *text, size_t len, char *buf, size_t size)
{
	struct str s = {.buf = buf, .size = size};
	size_t i = 0;

	str_add(&s, "\"", 1);
	while (i < len && s.len < 50) {
		char spelt[6];
		size_t n;

		i += json_spell(text + i, len - i, spelt, &n);
		str_add(&s, spelt, n);
	}
	str_addf(&s, "%s\"", i < len ? "..." : "");
	return buf;
}

int reader_wrong_type(struct reader *r, const char *expected, const struct json_token *t)
{
	static const char *const found[] = {
		[JSON_NULL] = "null",	     [JSON_NUMBER] = "a number", [JSON_STRING] = "a string",
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
	};

	return reader_refuse(r, "expected %s, found %s", expected,
			     t->type == JSON_BOOL ? t->text : found[t->type]);
}

int reader_wrong_choice(struct reader *r, const char *choices, const struct json_token *t)
{
	char found[80], names[300];
	struct str list = STR_ON(names);
	size_t near_len;
	const char *near = guess_choice(choices, t->text, t->len, &near_len), *c = choices;

	while (*c && list.len < 200) {
		size_t len = strcspn(c, "|");

		str_addf(&list, "%s%.*s", list.len ? ", " : "", (int)len, c);
		c += len + (c[len] == '|');
	}
	if (*c)
		str_addf(&list, ", ...");
	quote(t->text, t->len, found, sizeof(found));
	if (near)
		return reader_refuse(r, "expected one of %s, found %s; did you mean \"%.*s\"?",
				     names, found, (int)near_len, near);
	return reader_refuse(r, "expected one of %s, found %s", names, found);
}

void reader_log_unknown(struct reader *r, const struct frame *f)
{
	char where[256] = "", other[256] = "", found[80];
	struct str pointer = STR_ON(where), elsewhere = STR_ON(other);
	const char *key = reader_key(r, &f->key), *near;

	if (!log_wants(LOG_LEVEL_DEBUG) || r->logged > LOG_MAX)
		return;
	if (r->logged++ == LOG_MAX) {
		log_debug("more unknown properties follow");
		return;
	}
	reader_add_pointer(r, r->depth - 1, &pointer);
	quote(key, f->key.len, found, sizeof(found));
	near = guess_field(f->table, key, f->key.len);
	if (near)
		log_debug("%s/: unknown property %s skipped; did you mean \"%s\"?", where, found,
			  near);
	else if (guess_elsewhere(r->root, key, f->key.len, &elsewhere) && !str_cut(&elsewhere))
		log_debug("%s/: unknown property %s skipped; did you mean %s?", where, found,
			  other);
	else
		log_debug("%s/: unknown property %s skipped", where, found);
}
