/*
 * json.h - JSON text as a row of tokens.
 *
 * What separates reader.c from the library that does the work: json-yajl.c is the
 * only file that knows which one it is. Promises that the whole of the text is one JSON
 * value by RFC 8259, in UTF-8, and that strings have no unpaired surrogates. What
 * the value means, its depth, its size, keys given twice and NUL in a string (\u0000)
 * are the business of the function that gets the tokens.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

enum json_type {
	JSON_NULL,
	JSON_BOOL,   /* text is "true" or "false" */
	JSON_NUMBER, /* text as the file spells it */
	JSON_STRING, /* text without quotes, escapes resolved */
	JSON_OBJECT, /* its keys and values follow, then JSON_END */
	JSON_ARRAY,
	JSON_KEY,
	JSON_END,
};

/* text is valid for the duration of the call, and lies in the document unless it had escapes. */
struct json_token {
	enum json_type type;
	const char *text;
	size_t len;
};

/*
 * Calls fn for each token. When fn returns a negative value, that ends the parse
 * and is what json_parse() returns; fn has filled its error. What is not JSON is
 * ERR_SPEC, with "@OFFSET" in e->where (see ocispec.h).
 */
must_check int json_parse(const char *text, size_t len,
			  int (*fn)(const struct json_token *token, void *arg), void *arg,
			  struct err *e);
