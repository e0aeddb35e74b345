#include "base/blake2b.h"

#include <string.h>

static const uint64_t iv[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
	0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/* The order in which each of the ten rounds takes the block's words; rounds 11 and 12 begin anew.
 */
static const uint8_t sigma[10][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

static inline uint64_t rotate(uint64_t x, unsigned n)
{
	return x >> n | x << (64 - n);
}

static inline uint64_t load(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

static inline void mix(uint64_t v[16], unsigned a, unsigned b, unsigned c, unsigned d, uint64_t x,
		       uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

static void compress(struct blake2b *s, const uint8_t *block, uint64_t last)
{
	uint64_t v[16], m[16];

	for (unsigned i = 0; i < 16; i++)
		m[i] = load(block + 8 * i);
	for (unsigned i = 0; i < 8; i++) {
		v[i] = s->h[i];
		v[i + 8] = iv[i];
	}
	v[12] ^= s->total;
	v[14] ^= last;
	for (unsigned round = 0; round < 12; round++) {
		const uint8_t *g = sigma[round % 10];

		mix(v, 0, 4, 8, 12, m[g[0]], m[g[1]]);
		mix(v, 1, 5, 9, 13, m[g[2]], m[g[3]]);
		mix(v, 2, 6, 10, 14, m[g[4]], m[g[5]]);
		mix(v, 3, 7, 11, 15, m[g[6]], m[g[7]]);
		mix(v, 0, 5, 10, 15, m[g[8]], m[g[9]]);
		mix(v, 1, 6, 11, 12, m[g[10]], m[g[11]]);
		mix(v, 2, 7, 8, 13, m[g[12]], m[g[13]]);
		mix(v, 3, 4, 9, 14, m[g[14]], m[g[15]]);
	}
	for (unsigned i = 0; i < 8; i++)
		s->h[i] ^= v[i] ^ v[i + 8];
}

void blake2b_init(struct blake2b *b)
{
	memset(b, 0, sizeof(*b));
	memcpy(b->h, iv, sizeof(b->h));
	b->h[0] ^= 0x01010000 ^ BLAKE2B_BYTES; /* parameter block: fan-out 1, depth 1, no key */
}

void blake2b_add(struct blake2b *b, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n > 0) {
		size_t room = BLAKE2B_BLOCK - b->used, take = n < room ? n : room;

		/* The last block is compressed differently: a full one waits for what follows. */
		if (room == 0) {
			b->total += BLAKE2B_BLOCK;
			compress(b, b->block, 0);
			b->used = 0;
			continue;
		}
		memcpy(b->block + b->used, p, take);
		b->used += take;
		p += take;
		n -= take;
	}
}

void blake2b_end(struct blake2b *b, uint8_t out[BLAKE2B_BYTES])
{
	b->total += b->used;
	memset(b->block + b->used, 0, BLAKE2B_BLOCK - b->used);
	compress(b, b->block, ~(uint64_t)0);
	for (unsigned i = 0; i < BLAKE2B_BYTES; i++)
		out[i] = (uint8_t)(b->h[i / 8] >> (8 * (i % 8)));
}
