/*
 * rfc3339.h - the time of day as engines read it.
 *
 * Always UTC. gmtime_r(3) isn't used: the C library's reads /etc/localtime first.
 */
#pragma once

#include <time.h>

enum { RFC3339_SIZE = sizeof("2026-01-02T03:04:05.123456789Z") };

/* Writes ts as "2026-01-02T03:04:05.123456789Z"; returns buf. Years 1970 to 9999. */
const char *rfc3339(const struct timespec *ts, char buf[static RFC3339_SIZE]);

/* The same, of now (CLOCK_REALTIME). */
const char *rfc3339_now(char buf[static RFC3339_SIZE]);
