/*
 * table.h - lists of names with meanings.
 *
 * Everything a user can spell (a mount option, a signal, a capability, a
 * cgroup manager) is a row of such a list, written once in a .def file or a
 * table. Lookup, `features`, --help and the shell completion all read the same rows.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct name_value {
	const char *name;
	uint64_t value;
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline const struct name_value *name_lookup(const struct name_value *t, size_t n,
						   const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(t[i].name, name) == 0)
			return &t[i];
	return NULL;
}
