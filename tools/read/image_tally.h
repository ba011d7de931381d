/* SPDX-License-Identifier: MIT */
/*
 * Counts how often each of a few values occurs, to find the most frequent one.  Memory is
 * fixed: a value that is seen when all slots are taken adds to the total alone.  Used by
 * image.c and image_cost.c.  Pure.
 */
#ifndef PYCSHIM_IMAGE_TALLY_H
#define PYCSHIM_IMAGE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#define IMAGE_TALLY_SLOTS 8

struct image_tally {
	int64_t total;
	struct image_tally_slot {
		int64_t value, count;
		int64_t bytes; /* of the sources that were counted */
	} slot[IMAGE_TALLY_SLOTS];
};

static inline void image_tally_add(struct image_tally *tally, int64_t value,
				   int64_t count, int64_t bytes)
{
	struct image_tally_slot *slot;

	tally->total += count;
	for (slot = tally->slot; slot < tally->slot + IMAGE_TALLY_SLOTS; slot++) {
		if (slot->count && slot->value != value)
			continue;
		slot->value = value;
		slot->count += count;
		slot->bytes += bytes;
		return;
	}
}

/* The most frequent value and how often it occurs: 0 times if there is none. */
static inline struct image_tally_slot image_tally_most(const struct image_tally *tally)
{
	struct image_tally_slot most = {0};
	size_t i;

	for (i = 0; i < IMAGE_TALLY_SLOTS; i++)
		if (tally->slot[i].count > most.count)
			most = tally->slot[i];
	return most;
}

#endif
