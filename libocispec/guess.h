/*
 * guess.h - what an unknown property or value of a document was meant to be.
 *
 * Only for sentences: nothing is ever read differently because of a guess.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "libocispec/table.h"

/* The key of table that is a slip away from key (see base/near.h); NULL if none is. */
const char *guess_field(const struct oci_table *table, const char *key, size_t len);

/* The same among choices "a|b|c"; the result is not NUL-terminated, *n is its length. */
const char *guess_choice(const char *choices, const char *text, size_t len, size_t *n);

/*
 * Whether a document of root's kind has a property with exactly this key somewhere: adds
 * its pointer, with "*" for every index or name in a map. The first is as good as any.
 */
bool guess_elsewhere(const struct oci_table *root, const char *key, size_t len,
		     struct str *pointer);
