/* SPDX-License-Identifier: MIT */
/*
 * What a store would have saved: compiles of sources that had been compiled before.
 * Computed from finished stats; used by advice.c and remedy_store.c.  Pure, except that it
 * allocates.
 *
 * A recording does not have the content of sources.  Two are taken for one if they have the
 * same name and size and are for the same interpreter.  At the same path, in the same place,
 * that is certain as long as the source has not changed; elsewhere it is only possible, and
 * counts for the upper limit alone.
 */
#ifndef PYCSHIM_STORE_GAIN_H
#define PYCSHIM_STORE_GAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/waste.h"
#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

/* The compiles of a module by a process that a store would have avoided. */
struct store_gain_item {
	const struct tally *tally;
	struct span saves;
	bool alone; /* no other remedy concerns it: it is no waste item */
};

struct store_gain {
	struct store_gain_item *item;
	size_t count;
	int64_t compiles;  /* of all items */
	struct span saves; /* the sum */
	unsigned starts;   /* in which something would have been saved */
	int64_t bytes;	   /* size of the entries, estimated */

	/* how many of the compiles were of a source that was compiled before ... */
	int64_t moved;	 /* ... at another path */
	int64_t changed; /* ... at this path, with another time and the same size */
	int64_t foreign; /* ... at this path, on another node or in another recording */

	bool unwritable;  /* some were not kept, as nothing could be written in place */
	bool unattempted; /* some were not kept, as nobody tried (-B) */
};

void store_gain_measure(const struct stats *stats, const struct wastes *wastes,
			struct store_gain *gain) NONNULL;
void store_gain_free(struct store_gain *gain) NONNULL;

#endif
