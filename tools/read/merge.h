/* SPDX-License-Identifier: MIT */
/*
 * Merges the records of several recordings by time.  A heap holds the recordings that have
 * a next record, so each record costs the logarithm of their number.
 * Used by cmd_events.c.
 */
#ifndef PYCSHIM_MERGE_H
#define PYCSHIM_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "read/reader.h"

/* One of the recordings, and its next record. */
struct merge_source {
	struct reader reader;
	const struct record *next; /* NULL: none, for now */
	bool open;
	bool awaited; /* the file does not exist yet */
};

struct merge {
	struct merge_source **heap; /* heap[i] is the oldest of i, 2i+1 and 2i+2 */
	size_t count;
};

/* Read a record from each open source that has none, and build the heap. */
void merge_begin(struct merge *merge, struct merge_source *sources, size_t count) NONNULL;

/* Free the heap; the sources stay as they are. */
void merge_end(struct merge *merge) NONNULL;

/* The source whose next record is the oldest; NULL: no source has a record. */
struct merge_source *merge_oldest(const struct merge *merge) MUST_CHECK NONNULL;

/* Drop the oldest record and read the next one of its source. */
void merge_advance(struct merge *merge) NONNULL;

#endif
