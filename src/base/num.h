/*
 * num.h - numbers in text, read strictly.
 *
 * Digits only, the whole string, no sign where none is allowed, no blanks, no
 * overflow. "A parse error means root" (security.md A11) can't happen here:
 * nothing is stored unless everything was right.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits alone, at most max. False, with *out untouched, for anything else. */
bool num_u64(const char *text, uint64_t max, uint64_t *out);

/* As num_u64(), and one leading '-' is allowed. */
bool num_i64(const char *text, int64_t min, int64_t max, int64_t *out);

/* A uid or gid: 0 to 4294967294; 4294967295 means "no change" to the kernel, so it isn't one. */
bool num_id(const char *text, uint32_t *out);
