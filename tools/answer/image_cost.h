/* SPDX-License-Identifier: MIT */
/*
 * What the bytecode of an image amounts to, by interpreter and by package: counts, sizes,
 * and what it costs to compile what is not valid.  Used by cmd_image.c, image_measure.c
 * and show/image_*.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_IMAGE_COST_H
#define PYCSHIM_IMAGE_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/image_price.h"
#include "attributes.h"
#include "read/image.h"
#include "read/pyc_size.h"

struct image_row {
	const char *tag;
	const char *executable;		     /* NULL: none was found */
	const struct image_package *package; /* NULL: the sum of all */
	struct image_pycs pycs;
	int64_t sources, missing;
	int64_t unproven; /* may be valid: the interpreter's magic number is not known */
	const struct image_prices *prices;
	struct pyc_size size; /* of the interpreter's valid pycs, for estimates */
	uint32_t magic;	      /* learnt from the interpreter's library; 0: it was not */
	struct image_tally mtimes; /* of the sources of those that are stale by mtime */
	int64_t reset;		   /* stale sources whose times packing has reset ... */
	int64_t reset_mtime;	   /* ... to this one */
	int64_t missing_bytes;	   /* estimate of the pycs to be made */
	int64_t added_bytes; /* ... and of how much larger the replaced ones become */
	int64_t compile_ns;  /* of compiling what has no valid pyc, by its size */
	int64_t recorded, recorded_ns; /* a part of it: sources that a recording has */
	int64_t all_ns;		       /* ... and of compiling everything */
};

struct image_cost {
	const struct image_prices *prices;
	struct image_row *interpreter, *package;
	size_t interpreters, packages;
	/* Over the interpreters, except that a source which several use is one source. */
	struct image_row total;
	/* The interpreter of the trees without pycs, and the sources in them. */
	const char *assumed_tag;
	int64_t assumed_sources;
	int64_t other_sources; /* from which no interpreter imports */
};

/* `image` and `prices` must stay as they are as long as the result lives. */
void image_cost_find(struct image_cost *cost, const struct image *image,
		     const struct image_prices *prices) NONNULL;
void image_cost_free(struct image_cost *cost) NONNULL;

/* How many optimised pycs there are, and how many of these are valid and stale. */
int64_t image_optimised_pycs(const struct image_row *row) MUST_CHECK NONNULL;
struct image_optimised
image_optimised_sum(const struct image_row *row) MUST_CHECK NONNULL;

/*
 * Whether packing has reset the times: in one package, or over all of an interpreter, more
 * than one pyc is stale by its mtime, and more than half of their sources have the same one.
 */
bool image_times_reset(const struct image_cost *cost) MUST_CHECK NONNULL;

#endif
