/*
 * The records of several recordings, the oldest first: a heap of those that have a next
 * one, so that each record costs the logarithm of their number.
 * Used by cmd_events.c; runs in pycstat.
 */
#ifndef PYCSHIM_MERGE_H
#define PYCSHIM_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "reader.h"

/* One recording of several, and its next record. */
struct merge_source {
	struct reader reader;
	const struct record *next; /* NULL: none, for now */
	bool open;
	bool awaited; /* not there yet */
};

struct merge {
	struct merge_source **heap; /* each is no younger than the two at 2i+1 and 2i+2 */
	size_t count;
};

/* Ask all that are open for a record, if they have none yet. */
void merge_begin(struct merge *merge, struct merge_source *sources, size_t count) NONNULL;
void merge_end(struct merge *merge) NONNULL;

/* The one whose next record is the oldest; NULL: there is no record anywhere. */
struct merge_source *merge_oldest(const struct merge *merge) MUST_CHECK NONNULL;

/* That record is done with. */
void merge_advance(struct merge *merge) NONNULL;

#endif
