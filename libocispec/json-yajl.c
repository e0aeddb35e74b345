#include "libocispec/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/table.h"
#include "libocispec/utf8.h"

struct parse {
	int (*fn)(const struct json_token *token, void *arg);
	void *arg;
	yajl_handle yajl;
	size_t last, len; /* offset behind the last token that was fine; of the end */
	bool at_end;	  /* yajl has had all of the text */
	int r;
};

static int pass(struct parse *p, enum json_type type, const char *text, size_t len)
{
	struct json_token token = {.type = type, .text = text, .len = len};

	p->last = p->at_end ? p->len : yajl_get_bytes_consumed(p->yajl);
	p->r = p->fn(&token, p->arg);
	return p->r >= 0;
}

static int on_null(void *ctx)
{
	return pass(ctx, JSON_NULL, "null", 4);
}

static int on_boolean(void *ctx, int value)
{
	return pass(ctx, JSON_BOOL, value ? "true" : "false", value ? 4 : 5);
}

static int on_number(void *ctx, const char *text, size_t len)
{
	return pass(ctx, JSON_NUMBER, text, len);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
	return pass(ctx, JSON_STRING, (const char *)text, len);
}

static int on_object(void *ctx)
{
	return pass(ctx, JSON_OBJECT, "", 0);
}

static int on_array(void *ctx)
{
	return pass(ctx, JSON_ARRAY, "", 0);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
	return pass(ctx, JSON_KEY, (const char *)text, len);
}

static int on_end(void *ctx)
{
	return pass(ctx, JSON_END, "", 0);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_end,
};

must_check printf_like(3, 4) static int not_json(struct err *e, size_t offset, const char *fmt, ...)
{
	char where[32], text[sizeof(e->text)];
	struct str w = STR_ON(where);
	va_list ap;

	str_addf(&w, "@%zu", offset);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_spec(e, where, "%s", text);
}

/* The number that four hexadecimal digits make, -1 if they aren't. */
static long hex4(const char *p)
{
	long value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			value = value * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

static bool in_range(long value, long from, long to)
{
	return value >= from && value <= to;
}

/*
 * How many bytes the escape at p is long, 0 if it is half of a surrogate pair. An
 * escape that isn't one at all is left to yajl.
 */
static size_t escape_len(const char *p, size_t n)
{
	long first, second;

	if (n < 6 || p[1] != 'u')
		return n < 2 ? 1 : 2;
	first = hex4(p + 2);
	if (!in_range(first, 0xd800, 0xdfff))
		return 2;
	second = n >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8) : -1;
	return in_range(first, 0xd800, 0xdbff) && in_range(second, 0xdc00, 0xdfff) ? 12 : 0;
}

/*
 * What yajl lets through and we don't: sequences that look like UTF-8 and aren't
 * (overlong, surrogates), halves of \u pairs, vertical tab and form feed as blanks.
 * Outside of strings none of these bytes can be right either, so that the text
 * needs no understanding here.
 */
static int check_characters(const char *text, size_t len, struct err *e)
{
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];

		n = 1;
		if (c >= 0x20 && c < 0x80 && c != '\\')
			continue;
		if (c == '\\') {
			n = escape_len(text + i, len - i);
			if (n == 0)
				return not_json(e, i, "not JSON: %.6s is half of a surrogate pair",
						text + i);
		} else if (c >= 0x80) {
			n = utf8_len(text + i, len - i);
			if (n == 0)
				return not_json(e, i, "not UTF-8: byte 0x%02x can't be here", c);
		} else if (c != '\n' && c != '\t' && c != '\r') {
			return not_json(e, i, "not JSON: control character 0x%02x", c);
		}
	}
	return 0;
}

/* Our words for yajl's: what people may see should not depend on a library's version. */
static const char *sentence(const char *words)
{
	static const struct {
		const char *has, *say;
	} table[] = {
		{"unallowed token", "this can't be here"},
		{"invalid object key", "expected a key in double quotes"},
		{"object key and value must", "expected a colon after the key"},
		{"after key and value, inside map", "expected a comma or a closing brace"},
		{"after array element", "expected a comma or a closing bracket"},
		{"occurs before a character", "a backslash before a character that needs none"},
		{"invalid character inside string", "a raw control character in a string"},
		{"non-hex", "expected four hexadecimal digits after \\u"},
		{"invalid char in json text", "this can't be here"},
		{"invalid string in json text", "a word that is neither true, false nor null"},
		{"malformed number", "a number that isn't finished"},
		{"comment", "comments aren't allowed"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (strstr(words, table[i].has))
			return table[i].say;
	return words;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p))
		p++;
	return p;
}

/*
 * yajl stands behind a token that it can't use, or at a byte that can't go on a token, or
 * behind one that begins none. The first wrong byte in any case.
 */
static size_t where_wrong(const struct parse *p, const char *text, bool lexical, bool begins_none)
{
	size_t at = yajl_get_bytes_consumed(p->yajl);
	const char *start = text + p->last, *end = text + at;

	if (lexical)
		return begins_none ? at - 1 : at;
	start = skip_blanks(start, end);
	if (end - start > 1 && (*start == ',' || *start == ':'))
		start = skip_blanks(start + 1, end);
	return (size_t)(start - text);
}

static int syntax_error(const struct parse *p, const char *text, struct err *e)
{
	unsigned char *raw = yajl_get_error(p->yajl, 0, NULL, 0);
	const char *words = raw ? (const char *)raw : "";
	bool lexical = str_starts(words, "lexical"), begins_none = strstr(words, "invalid char in");
	int r;

	if (p->at_end) /* what yajl stumbles over is the blank that it adds */
		r = not_json(e, p->len, "not JSON: the text ends too early");
	else
		r = not_json(e, where_wrong(p, text, lexical, begins_none), "not JSON: %s",
			     sentence(words));
	if (raw)
		yajl_free_error(p->yajl, raw);
	return r;
}

/*
 * That nothing follows is checked here: yajl sees no harm in a string that begins behind
 * the end and doesn't end.
 */
static int check_rest(const struct parse *p, const char *text, struct err *e)
{
	const char *end = text + p->len, *rest = skip_blanks(text + p->last, end);

	if (rest == end)
		return 0;
	return not_json(e, (size_t)(rest - text),
			"not JSON: something follows the end of the document");
}

int json_parse(const char *text, size_t len, int (*fn)(const struct json_token *token, void *arg),
	       void *arg, struct err *e)
{
	struct parse p = {.fn = fn, .arg = arg, .len = len};
	yajl_status status;
	int r = check_characters(text, len, e);

	if (r < 0)
		return r;
	p.yajl = yajl_alloc(&callbacks, NULL, &p);
	if (!p.yajl) {
		errno = ENOMEM;
		return err_sys(e, "malloc", NULL);
	}
	yajl_config(p.yajl, yajl_dont_validate_strings, 1);  /* check_characters() did */
	yajl_config(p.yajl, yajl_allow_trailing_garbage, 1); /* check_rest() doesn't */
	status = yajl_parse(p.yajl, (const unsigned char *)text, len);
	if (status == yajl_status_ok) {
		p.at_end = true;
		status = yajl_complete_parse(p.yajl);
	}
	if (status == yajl_status_client_canceled)
		r = p.r;
	else if (status != yajl_status_ok)
		r = syntax_error(&p, text, e);
	else
		r = check_rest(&p, text, e);
	yajl_free(p.yajl);
	return r;
}
