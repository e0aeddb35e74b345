#include "base/near.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { NEAR_MAX = 40 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance, row by row; both words are shorter than NEAR_MAX. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][NEAR_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		last[j] = (unsigned)j;
	for (size_t i = 0; a[i]; i++) {
		unsigned *spare = before;

		now[0] = (unsigned)i + 1;
		for (size_t j = 0; j < n; j++) {
			int x = tolower((unsigned char)a[i]), y = tolower((unsigned char)b[j]);

			now[j + 1] = least(least(last[j + 1], now[j]) + 1, last[j] + (x != y));
			if (i && j && x == tolower((unsigned char)b[j - 1]) &&
			    y == tolower((unsigned char)a[i - 1]))
				now[j + 1] = least(now[j + 1], before[j - 1] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[n];
}

void near_try(struct near *n, const char *candidate)
{
	unsigned d;

	if (strlen(n->word) >= NEAR_MAX || strlen(candidate) >= NEAR_MAX)
		return;
	d = distance(n->word, candidate);
	if (!n->best || d < n->distance) {
		n->best = candidate;
		n->distance = d;
	}
}

const char *near_best(const struct near *n)
{
	size_t len = strlen(n->word);

	/* One mistake in three letters is a slip; more is another word. */
	return n->best && len > 1 && n->distance <= (len + 2) / 3 ? n->best : NULL;
}
