#include "plan/part.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/num.h"
#include "libocispec/ocispec.h"

struct plan_strs plan_strs_copy(struct arena *a, const char *const *v, size_t n, size_t spare)
{
	const char **copy = arena_new(a, const char *, n + 1 + spare);

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_str(a, v[i]);
	return (struct plan_strs){.v = copy, .n = n};
}

const char *plan_path(struct arena *a, const char *base, const char *path)
{
	return path[0] == '/' ? arena_str(a, path) : arena_strf(a, "%s/%s", base, path);
}

bool plan_ns_private(const struct plan_ns *ns, uint32_t type)
{
	if (ns->make & type)
		return true;
	for (size_t i = 0; i < ns->n_join; i++)
		if ((uint32_t)ns->join[i].type == type)
			return true;
	return false;
}

const char *plan_annotation(const struct plan_ctx *x, const char *key)
{
	return oci_map_get(x->c->annotations, x->c->n_annotations, key);
}

const char *plan_pointer(struct arena *a, const char *base, const char *key)
{
	size_t len = strlen(base);
	char *text = arena_new(a, char, len + 2 * strlen(key) + 2), *p = text + len;

	memcpy(text, base, len);
	*p++ = '/';
	for (; *key; key++) {
		if (*key == '~' || *key == '/') {
			*p++ = '~';
			*p++ = *key == '~' ? '0' : '1';
		} else {
			*p++ = *key;
		}
	}
	return text;
}

bool plan_id_mapped(const struct plan_id_range *ranges, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= ranges[i].inside && id - ranges[i].inside < ranges[i].size)
			return true;
	return false;
}

/* As many as the kernel can be built for, and then some. */
enum { LIST_MAX = 65535, LONG_BITS = sizeof(long) * CHAR_BIT };

/* Reads a number at *text and moves behind it. */
static bool read_number(const char **text, unsigned *out)
{
	unsigned value = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); ++*text) {
		value = value * 10 + (unsigned)(**text - '0');
		if (value > LIST_MAX)
			return false;
	}
	*out = value;
	return true;
}

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

/* Reads "3" or "0-3" and the comma behind it, if there is one. Blanks may be anywhere between. */
static bool read_range(const char **text, unsigned *first, unsigned *last)
{
	*text = skip_blanks(*text);
	if (!read_number(text, first))
		return false;
	*last = *first;
	*text = skip_blanks(*text);
	if (**text == '-') {
		*text = skip_blanks(*text + 1);
		if (!read_number(text, last) || *last < *first)
			return false;
		*text = skip_blanks(*text);
	}
	if (**text == '\0')
		return true;
	if (**text != ',')
		return false;
	*text = skip_blanks(*text + 1);
	return **text != '\0';
}

int plan_bit_list(struct arena *a, const char *text, const unsigned long **mask, size_t *n_bits,
		  const char *at, struct err *e)
{
	unsigned first, last, highest = 0;
	unsigned long *bits;
	size_t n;

	for (const char *p = text; *p;) {
		if (!read_range(&p, &first, &last))
			return err_spec(e, at,
					"`%s` is not a list of numbers and ranges up to %d, such "
					"as `0-3,7`",
					text, LIST_MAX);
		if (last > highest)
			highest = last;
	}
	n = (highest + 1) / LONG_BITS +
	    1; /* one bit more than the highest: set_mempolicy(2) wants it */
	bits = arena_new(a, unsigned long, n);
	for (const char *p = text; *p && read_range(&p, &first, &last);)
		for (unsigned i = first; i <= last; i++)
			bits[i / LONG_BITS] |= 1UL << (i % LONG_BITS);
	*mask = bits;
	*n_bits = n * LONG_BITS;
	return 0;
}
