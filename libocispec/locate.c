/*
 * Follows a pointer through text, only once something has gone wrong. The text may
 * be broken, but not before what the pointer names: that is how far the reader
 * came. So this scanner tells tokens apart and checks nothing.
 */
#include <ctype.h>
#include <string.h>

#include "libocispec/ocispec.h"

struct scan {
	const char *p, *end;
};

/* NUL is none: strchr() would find it at the end of every list. */
static bool is_one_of(char c, const char *list)
{
	return c && strchr(list, c);
}

static void skip_blanks(struct scan *s)
{
	while (s->p < s->end && is_one_of(*s->p, " \t\r\n"))
		s->p++;
}

/* Blanks, then c: past it. False, and not moved, if something else is there. */
static bool accept(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* A string, at its opening quote: *from and *len are what is between the quotes. */
static bool take_string(struct scan *s, const char **from, size_t *len)
{
	if (!accept(s, '"'))
		return false;
	*from = s->p;
	for (; s->p < s->end && *s->p != '"'; s->p++)
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
	if (s->p == s->end)
		return false;
	*len = (size_t)(s->p - *from);
	s->p++;
	return true;
}

static bool skip_value(struct scan *s)
{
	size_t open = 0, len;
	const char *from;

	do {
		skip_blanks(s);
		if (s->p == s->end)
			return false;
		switch (*s->p) {
		case '"':
			if (!take_string(s, &from, &len))
				return false;
			break;
		case '{':
		case '[':
			open++;
			s->p++;
			break;
		case '}':
		case ']':
			if (open == 0)
				return false;
			open--;
			s->p++;
			break;
		case ',':
		case ':':
			if (open == 0)
				return false;
			s->p++;
			break;
		default: /* a number or a word */
			while (s->p < s->end && !is_one_of(*s->p, " \t\r\n,:]}[{\""))
				s->p++;
		}
	} while (open);
	return true;
}

static unsigned hex_value(const char *p)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		value = value * 16 + (unsigned)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static size_t encode(unsigned c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* The next character of a string's inside: its bytes to out, its length returned. */
static size_t decode(const char **p, const char *end, char out[4])
{
	static const char letter[] = "bfnrt", meant[] = "\b\f\n\r\t";
	const char *at;
	unsigned c;

	if (**p != '\\' || end - *p < 2) {
		out[0] = *(*p)++;
		return 1;
	}
	(*p)++;
	if (**p == 'u' && end - *p >= 5) {
		c = hex_value(*p + 1);
		*p += 5;
		if (c >= 0xd800 && c < 0xdc00 && end - *p >= 6) {
			c = 0x10000 + ((c - 0xd800) << 10) + (hex_value(*p + 2) & 0x3ff);
			*p += 6;
		}
		return encode(c, out);
	}
	at = strchr(letter, **p);
	out[0] = (char)(at && **p ? meant[at - letter] : **p);
	(*p)++;
	return 1;
}

/* Whether the inside of a string is what a pointer's component (up to its '/' or end) means. */
static bool is_component(const char *from, size_t len, const char *want)
{
	const char *end = from + len;

	while (from < end) {
		char bytes[4];
		size_t n = decode(&from, end, bytes);

		for (size_t i = 0; i < n; i++) {
			char c = *want;

			if (c == '~' && (want[1] == '0' || want[1] == '1'))
				c = *++want == '0' ? '~' : '/';
			else if (c == '/' || c == '\0')
				return false;
			if (c != bytes[i])
				return false;
			want++;
		}
	}
	return *want == '/' || *want == '\0';
}

/* Moves from an object's `{` to the value of the key, or says that there is none. */
static bool enter_object(struct scan *s, const char *want)
{
	const char *from;
	size_t len;

	if (!accept(s, '{'))
		return false;
	while (take_string(s, &from, &len) && accept(s, ':')) {
		if (is_component(from, len, want)) {
			skip_blanks(s);
			return s->p < s->end;
		}
		if (!skip_value(s) || !accept(s, ','))
			return false;
	}
	return false;
}

static bool enter_array(struct scan *s, const char *want)
{
	size_t index = 0;

	if (!accept(s, '['))
		return false;
	if (!isdigit((unsigned char)*want))
		return false;
	for (; isdigit((unsigned char)*want); want++)
		if (__builtin_mul_overflow(index, 10u, &index) ||
		    __builtin_add_overflow(index, (size_t)(*want - '0'), &index))
			return false;
	for (; index > 0; index--)
		if (!skip_value(s) || !accept(s, ','))
			return false;
	skip_blanks(s);
	return s->p < s->end && *s->p != ']';
}

static void count_lines(const char *text, const char *at, unsigned *line, unsigned *column)
{
	const char *start = text, *newline;

	*line = 1;
	while ((newline = memchr(start, '\n', (size_t)(at - start)))) {
		start = newline + 1;
		++*line;
	}
	*column = (unsigned)(at - start) + 1;
}

bool oci_locate(const char *text, size_t len, const char *pointer, unsigned *line, unsigned *column)
{
	struct scan s = {text, text + len};

	if (pointer[0] == '@') {
		size_t offset = 0;

		for (pointer++; isdigit((unsigned char)*pointer) && offset <= len; pointer++)
			offset = offset * 10 + (size_t)(*pointer - '0');
		if (*pointer || offset > len)
			return false;
		count_lines(text, text + offset, line, column);
		return true;
	}
	skip_blanks(&s);
	if (s.p == s.end)
		return false;
	while (*pointer == '/') {
		struct scan inner = s;

		pointer++;
		if (!(*s.p == '{' ? enter_object(&inner, pointer) : enter_array(&inner, pointer)))
			break;
		s = inner;
		pointer += strcspn(pointer, "/");
	}
	count_lines(text, s.p, line, column);
	return true;
}
