/*
 * ocispec.h - the OCI documents as structs, read and written by tables.
 *
 * Promises: what oci_read() accepts is UTF-8 without NUL, has no key twice, no
 * property of a wrong type or out of range, all the required ones, and integers
 * are exact. It does not say whether the values make sense together: spec/rules.
 *
 * Bounds (security.md, promise 23): a document of at most OCI_MAX_BYTES, OCI_MAX_DEPTH
 * levels and OCI_MAX_VALUES values; each excess has its own sentence.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "libocispec/table.h"

/* In this order, which an empty line keeps clang-format from changing. */
#include "libocispec/struct.h"

#include "libocispec/ocispec.def"

#include "libocispec/end.h"

#define OCI_VERSION "1.3.0"

enum { OCI_MAX_BYTES = 16 << 20, OCI_MAX_DEPTH = 64, OCI_MAX_VALUES = 1 << 20 };

/*
 * No document takes more of an arena than six bytes for one of its own, and two pages; so
 * none needs more than OCI_ARENA_BYTES. An arena that is full ends the program (arena.h),
 * and a document has to get a sentence instead.
 */
enum { OCI_ARENA_BYTES = 128 << 20 };

/*
 * Parses text (len bytes) as one object of table's kind into out, which is
 * table->size bytes, zeroed; everything else is allocated in arena. `null` counts as
 * absent. Errors are ERR_SPEC with the JSON pointer in e->where ("" for the whole
 * document) and a sentence that says what was expected and what was found; for text
 * that is not JSON at all, e->where is "@OFFSET", a byte offset for oci_locate().
 * Unknown properties are skipped, and named at debug level with the nearest known name.
 */
must_check int oci_read(const struct oci_table *table, const char *text, size_t len,
			struct arena *arena, void *out, struct err *e);

/*
 * Where the value that a pointer (RFC 6901) names begins in text: line and column,
 * both from 1; the column counts bytes. "@OFFSET" is understood too. A pointer to
 * something absent gives the nearest enclosing value that is there. False if text
 * can't be followed that far.
 */
bool oci_locate(const char *text, size_t len, const char *pointer, unsigned *line,
		unsigned *column);

/*
 * Writes value as JSON: indented by two blanks a level and ended by a newline when
 * pretty, else on one line without one. What is absent (NULL, has_ false) is left out.
 * Returns malloc()ed text, NUL-terminated, its length in *len.
 */
must_check int oci_write(const struct oci_table *table, const void *value, bool pretty, char **text,
			 size_t *len, struct err *e);

/* As oci_write(), for an array of n structs one after the other (`list --format json`). */
must_check int oci_write_list(const struct oci_table *table, const void *values, size_t n,
			      bool pretty, char **text, size_t *len, struct err *e);

/* The value of key in a map, or NULL. */
const char *oci_map_get(const struct oci_pair *map, size_t n, const char *key);
