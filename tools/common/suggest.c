/* SPDX-License-Identifier: MIT */
/*
 * See suggest.h.
 */
#include "common/suggest.h"

#include <string.h>

#define WORD_MAX 64

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The Levenshtein distance: how many characters are inserted, deleted or changed. */
static unsigned distance(const char *from, const char *to)
{
	unsigned row[WORD_MAX + 1], before, diagonal;
	size_t columns = strlen(to), i, j;

	if (columns > WORD_MAX)
		return WORD_MAX;
	for (j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (i = 0; from[i]; i++) {
		diagonal = row[0];
		row[0] = (unsigned)i + 1;
		for (j = 0; j < columns; j++) {
			before = row[j + 1];
			row[j + 1] = min2(diagonal + (from[i] != to[j]),
					  min2(row[j], before) + 1);
			diagonal = before;
		}
	}
	return row[columns];
}

void suggest_begin(struct suggestion *suggestion, const char *word)
{
	*suggestion = (struct suggestion){.word = word};
	/* at most a third of the word may differ */
	suggestion->distance = (unsigned)min2((unsigned)strlen(word), WORD_MAX) / 3 + 1;
}

void suggest_offer(struct suggestion *suggestion, const char *name)
{
	unsigned far;

	if (strlen(suggestion->word) > WORD_MAX)
		return;
	far = distance(suggestion->word, name);
	if (far >= suggestion->distance)
		return;
	suggestion->distance = far;
	suggestion->best = name;
}
