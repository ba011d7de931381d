/* SPDX-License-Identifier: MIT */
/*
 * What it costs to compile sources of an image: what a recording says of them, or by their
 * size, at a price that was measured or recorded, or else at a usual one.  Used by
 * image_cost.c; image_measure.c fills in what it has found.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_IMAGE_PRICE_H
#define PYCSHIM_IMAGE_PRICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* Sources of one interpreter that were compiled, and the CPU that this took. */
struct image_price {
	const char *tag;
	const char *
		directory; /* of the package whose cost is known; NULL: they are a sample */
	bool recorded;	   /* by a program's own imports */
	int64_t sources, bytes, ns;
};

struct image_prices {
	struct image_price *price;
	size_t count;
};

/* The price of an interpreter; NULL: there is only the usual one. */
const struct image_price *image_price_find(const struct image_prices *prices,
					   const char *tag) MUST_CHECK NONNULL;
/* What a recording says of the invalid sources of a package; NULL: nothing. */
const struct image_price *image_price_known(const struct image_prices *prices,
					    const char *tag,
					    const char *directory) MUST_CHECK NONNULL;
/* CPU to compile sources of this size. */
int64_t image_price_ns(const struct image_prices *prices, const char *tag,
		       int64_t bytes) MUST_CHECK NONNULL;
/* Keep what was found, if anything was compiled.  The strings are borrowed. */
void image_prices_add(struct image_prices *prices, struct image_price price) NONNULL;
void image_prices_free(struct image_prices *prices) NONNULL;

#endif
