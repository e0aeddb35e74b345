/*
 * arena.h - memory for what is decided once and then only read.
 *
 * The typed config.json and the plan live here: allocated piece by piece, never
 * freed piece by piece, sealed before the first process is made. After the seal
 * a stray write to the plan is a crash at the culprit, not a container with
 * other mounts than were checked.
 *
 * An arena lies in a memfd, always at the same address. The process that becomes
 * the container runs another, smaller program (src/init), which maps the same
 * pages at the same place: pointers stay true, nothing is copied or parsed again.
 * This is why everything that the plan points at has to be inside the arena, and
 * why arena_str() exists: a string constant of this program isn't there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena {
	char *base;
	size_t used, size;
	int fd; /* the memfd; close-on-exec */
};

/*
 * Reserves size bytes at the fixed address, so there can be one in a process; touched pages are
 * what it costs.
 */
must_check int arena_init(struct arena *a, size_t size, struct err *e);

/* As arena_init(), for this process alone: at any address, without a memfd (fd is -1). */
must_check int arena_init_private(struct arena *a, size_t size, struct err *e);

/* The other program's side: maps fd read-only where arena_init() had it. */
must_check int arena_map(int fd, size_t size, void **base, struct err *e);

/* Unmaps and closes. */
void arena_free(struct arena *a);

/*
 * Never NULL: an arena that is full ends the program. That is clean only as long
 * as there is nothing to undo, which is why there is no allocating after the seal.
 * What comes back is zeroed.
 */
void *arena_alloc(struct arena *a, size_t n, size_t size, size_t align)
	__attribute__((malloc, returns_nonnull, alloc_size(2, 3)));

#define arena_new(a, type, n) ((type *)arena_alloc((a), (n), sizeof(type), _Alignof(type)))

/* Copies a string in. arena_str(a, NULL) is NULL. */
char *arena_str(struct arena *a, const char *text);
char *arena_strn(struct arena *a, const char *text, size_t n) __attribute__((returns_nonnull));
char *arena_strf(struct arena *a, const char *fmt, ...)
	__attribute__((returns_nonnull, format(printf, 2, 3)));

/* Copies n bytes in, aligned for any type. */
void *arena_dup(struct arena *a, const void *p, size_t n);

/* Whether p points into the arena: dump.c asserts it of everything a plan holds. */
bool arena_has(const struct arena *a, const void *p);

/*
 * From here on reading is all that is possible, in this process and in every
 * process that gets the memfd (F_SEAL_FUTURE_WRITE, memfd_create(2), Linux 5.1).
 */
must_check int arena_seal(struct arena *a, struct err *e);
