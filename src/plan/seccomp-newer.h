/*
 * seccomp-newer.h - calls that are newer than the libseccomp at hand.
 *
 * A name that the library lacks would be left out of a filter: with a default of ALLOW
 * that lets through what was to be denied, and with any other a program is kept from
 * a call that its engine allows. Since Linux 5.0 a new call has the same number on
 * all processors but for an offset, so a short list helps.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * If name is that of a call that came after Linux 6.4, its number in audit_arch's ABI whose
 * numbers begin at first. False for any other.
 */
bool seccomp_newer_number(const char *name, uint32_t audit_arch, uint32_t first, uint32_t *nr);
