/*
 * blake2b.h - a strong hash (BLAKE2b, RFC 7693), for names and for finding damage.
 *
 * Unkeyed, always 32 bytes out. Chosen over SHA-256 because it needs no processor
 * extension to be fast: a seccomp profile is hashed on every start of a container.
 * No secrets are handled here: nothing is wiped, nothing takes constant time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { BLAKE2B_BYTES = 32, BLAKE2B_BLOCK = 128 };

struct blake2b {
	uint64_t h[8];
	uint64_t total; /* bytes compressed so far; 2^64 of them are out of reach */
	size_t used;	/* of block */
	uint8_t block[BLAKE2B_BLOCK];
};

void blake2b_init(struct blake2b *b);
void blake2b_add(struct blake2b *b, const void *data, size_t n);

/* Ends the hash; b has to be initialised again before it is used again. */
void blake2b_end(struct blake2b *b, uint8_t out[BLAKE2B_BYTES]);
