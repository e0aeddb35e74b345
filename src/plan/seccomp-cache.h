/*
 * seccomp-cache.h - compiled filters, kept below the run directory.
 *
 * A file RUN_DIR/.seccomp-cache/KEY for each program, KEY the hash of everything that it was
 * made from. The leading dot keeps it out of the way of containers: no ID begins with
 * one. A file that isn't whole, isn't ours, or that others could write to counts as absent;
 * so does everything that goes wrong: without the cache a start takes longer, and that is all.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/blake2b.h"
#include "plan/seccomp-program.h"

struct sock_filter;

#define SECCOMP_CACHE_DIR ".seccomp-cache"

/* When there are more, the oldest go. */
enum { SECCOMP_CACHE_FILES = 64 };

struct seccomp_key {
	uint8_t hash[BLAKE2B_BYTES];
};

/* True: *filter, n instructions in a, is what was stored for key. */
bool seccomp_cache_get(const char *run_dir, const struct seccomp_key *key, struct arena *a,
		       const struct sock_filter **filter, unsigned short *n);

/* Stores it, atomically. Creates the directory, but not run_dir. */
void seccomp_cache_put(const char *run_dir, const struct seccomp_key *key,
		       const struct sock_filter *filter, unsigned short n);
