/*
 * signals.h - signals by name and by number.
 *
 * "TERM", "SIGTERM", "sigterm" and "15" all mean SIGTERM. Real-time signals are spelled
 * "RTMIN", "RTMIN+3", "RTMAX-1"; RTMIN is the C library's (34 with glibc, which keeps two
 * of the kernel's for itself), as it is for kill(1). 0, which sends nothing, is a number here.
 */
#pragma once

#include <stddef.h>

/* The number, 0 to 64; -EINVAL if there is no such signal. */
int signal_from_name(const char *name);

/* Writes "SIGTERM", "SIGRTMIN+3", or "signal 99" for what has no name; returns buf. 16 bytes do. */
const char *signal_name(int sig, char *buf, size_t size);

/* Calls fn for each named signal without its SIG, in the order of numbers: for "did you mean". */
void signals_each(void (*fn)(const char *name, void *arg), void *arg);
