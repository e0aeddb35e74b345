/*
 * near.h - "did you mean": the known word that a misspelt one is nearest to.
 *
 *	struct near n = {.word = typed};
 *	for (each known word)
 *		near_try(&n, known);
 *	if (near_best(&n)) ...
 *
 * Nearness is the number of letters to change, drop, add or swap. Case is
 * ignored: a wrong one is the commonest mistake of all.
 */
#pragma once

struct near {
	const char *word;
	const char *best;
	unsigned distance; /* of best */
};

void near_try(struct near *n, const char *candidate);

/* The nearest of those tried, or NULL if none is near enough to be worth a guess. */
const char *near_best(const struct near *n);
