/* SPDX-License-Identifier: MIT */
/*
 * Finds out what compiling costs the sources that have no valid pyc: what a recording says of
 * them, and how long an interpreter of the image takes for a sample of them.  Used by
 * cmd_image.c.
 *
 * The sources are chosen in a second walk, because only the first one tells which interpreter
 * imports from which tree.  Memory does not grow with the image.
 */
#ifndef PYCSHIM_IMAGE_MEASURE_H
#define PYCSHIM_IMAGE_MEASURE_H

#include "answer/image_cost.h"
#include "answer/image_price.h"
#include "attributes.h"
#include "read/image.h"
#include "read/stats.h"

#define IMAGE_SAMPLE 200 /* sources for each interpreter */

struct image_sample;

struct image_measure {
	const struct image_cost *cost;
	const struct image_root *root;
	struct image_sample *sample;	     /* for each interpreter of `cost` */
	const struct image_package *package; /* whose rows are known */
	const struct image_row **row; /* of `cost`, that need compiling, by directory */
	size_t rows;
	size_t first, end;	   /* those about this package */
	const struct stats *stats; /* of recordings; NULL: there are none */
	struct image_price *known; /* of the rows of `cost` */
	char *directory; /* where relative paths begin: the working directory and "/" */
	uint64_t random;
};

/*
 * `cost`, `root` and `stats` must stay as they are until image_measure_free().  `stats` may be
 * NULL.
 */
void image_measure_begin(struct image_measure *measure, const struct image_cost *cost,
			 const struct image_root *root, const struct stats *stats)
	NONNULL_ARGS(1, 2, 3);

/* The on_source of the second walk: offer a source to the samples of `context`, the measure. */
void image_measure_offer(void *context, const struct image_source *source) NONNULL;

/* Add what the recordings say: the costs of single sources, and prices for the others. */
void image_measure_take_recorded(const struct image_measure *measure,
				 struct image_prices *prices) NONNULL;

/*
 * Compile the samples and add the prices.  Warns, once for each interpreter, where that is
 * not possible.
 */
void image_measure_run(struct image_measure *measure,
		       struct image_prices *prices) NONNULL;
void image_measure_free(struct image_measure *measure) NONNULL;

#endif
