/* BLAKE2b against values computed by another implementation (Python's hashlib, digest_size=32). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/blake2b.h"
#include "base/table.h"

enum { LONG = 10000 };

static uint8_t pattern[LONG];

static const struct vector {
	const char *repeat; /* repeated to len bytes; NULL: the pattern */
	size_t len;
	const char *hex;
} vectors[] = {
	{"", 0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
	{"abc", 3, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"},
	{"x", 127, "32afe327aece2cc8275e868be2ea929410f47bcfbac87d8197d92c972a290d3d"},
	{"x", 128, "164ffb7089bae6f5a62fb0795e751dc9e88eac92e1a5b2fafe93a25abf2d9c3b"},
	{"x", 129, "03b0758fa71d249c846c2304a2b9996e6ae66ffa7e5528f9e612e089a360fc8d"},
	{"x", 256, "cb9d468022b930d52da4d9b0226ef9c997e0acc119eeb08afefb8219bc53972b"},
	{NULL, LONG, "cf9bb8c04de5e1de7a6c56a27d66482d09085a97b6020bcf3b2bbaba3b922898"},
};

static void fill(const struct vector *v, uint8_t *buf)
{
	for (size_t i = 0; i < v->len; i++)
		buf[i] = v->repeat ? (uint8_t)v->repeat[i % strlen(v->repeat)] : pattern[i];
}

static void check(const struct vector *v, size_t piece)
{
	static uint8_t buf[LONG];
	uint8_t out[BLAKE2B_BYTES];
	char hex[2 * BLAKE2B_BYTES + 1];
	struct blake2b b;

	fill(v, buf);
	blake2b_init(&b);
	for (size_t at = 0; at < v->len; at += piece)
		blake2b_add(&b, buf + at, v->len - at < piece ? v->len - at : piece);
	blake2b_end(&b, out);
	for (size_t i = 0; i < BLAKE2B_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(hex, v->hex);
}

static void known_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check(&vectors[i], LONG);
}

static void the_pieces_do_not_matter(void **state)
{
	static const size_t pieces[] = {1, 3, 64, 127, 128, 129, 255, 256, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		for (size_t j = 0; j < ARRAY_SIZE(pieces); j++)
			check(&vectors[i], pieces[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values),
		cmocka_unit_test(the_pieces_do_not_matter),
	};

	for (size_t i = 0; i < LONG; i++)
		pattern[i] = (uint8_t)(i % 251);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
