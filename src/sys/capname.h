/*
 * capname.h - capabilities by name and by number.
 *
 * The names are libcap's, which knows as many as its kernel headers did; what this kernel
 * has beyond that has a number and no name. Host side only: src/init sees masks alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The number of "CAP_CHOWN", in any case of letters, or -1 if there is no such name. The prefix
 * has to be there, and a number is not a name.
 */
int cap_number(const char *name);

/* Writes the name of cap as config.json spells it, "CAP_CHOWN". False if it has none. */
bool cap_spell(int cap, char *buf, size_t size);
