/*
 * utf8.h - what a well-formed character is (RFC 3629), and how JSON spells strings.
 *
 * Shared by the reader, which refuses what isn't UTF-8, by the writer, which must
 * never produce it, and by error sentences, which quote what a file had.
 */
#pragma once

#include <stddef.h>

/*
 * The length, 1 to 4, of the character that p begins with; 0 if the first bytes of
 * the n (at least one) aren't one: cut off, overlong, a surrogate, beyond U+10FFFF.
 */
static inline size_t utf8_len(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	unsigned char low = 0x80, high = 0xbf;
	size_t len;

	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (u[0] == 0xe0)
		low = 0xa0;
	else if (u[0] == 0xed)
		high = 0x9f;
	else if (u[0] == 0xf0)
		low = 0x90;
	else if (u[0] == 0xf4)
		high = 0x8f;
	if (n < len || u[1] < low || u[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/*
 * How a JSON string spells the first character of the n (at least one) bytes at p.
 * out gets at most 6 bytes, *len says how many; a byte that is part of no character becomes
 * U+FFFD. Returns how many bytes of p that was.
 */
size_t json_spell(const char *p, size_t n, char out[6], size_t *len);
