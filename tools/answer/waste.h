/* SPDX-License-Identifier: MIT */
/*
 * Sums up the compiles that a kept pyc would have avoided, by the cause why there was none.
 * Computed from finished stats; finding.c and remedy.c turn it into sentences.  Pure,
 * except that it allocates.
 *
 * All sums are over all starts of the recording.  What advice promises is the mean over the
 * starts in which the cause occurred (waste_per_start()).
 */
#ifndef PYCSHIM_WASTE_H
#define PYCSHIM_WASTE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/waste_items.h"
#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

struct waste {
	int64_t modules;
	int64_t compiles;  /* of these modules, by all processes */
	int64_t firsts;	   /* for each start, the number of its modules */
	unsigned starts;   /* the number of starts in which the cause occurred */
	struct span cost;  /* CPU time of the compiles */
	struct span saves; /* what pycs would have saved of it */
	struct span
		ready; /* how much later the starts were ready because of them, wall */
	/* of these, what compiling a module once in each start would save */
	struct span repeat, ready_repeat;
	int64_t keeping_ns; /* what keeping pycs in a shadow may take of `repeat` */

	int64_t unwritable;  /* compiles whose pyc could not have been written anyway */
	struct span in_vain; /* what pycs would have saved of them */
	int64_t reset;	     /* modules whose source changed its time, but not its size */
	int64_t bytes;	     /* size of the modules' pycs, estimated, in whole pages */
	uint32_t error;	     /* the most frequent errno of failed writes */
	unsigned stale_reason;		  /* WASTE_STALE: the most frequent reason ... */
	bool stale_mixed;		  /* ... and whether there are others */
	enum again again;		  /* WASTE_AGAIN: the reason that cost most */
	const struct waste_item *example; /* of `again`; other causes: the last item */

	/* the processes in which the cause occurred, except those with few compiles */
	unsigned processes;
	int64_t fewest, most; /* the least and most compiles of one of them */
	bool siblings;	      /* in each start they have the same parent: workers */
	bool redirected;      /* some of them used a shadow already ... */
	bool unshadowed;      /* ... or were in redirect mode without a shadow */
	bool single;	      /* NOT_ATTEMPTED: includes those with a single compile */
	bool unsure;	      /* ... all of one module, which may not compile */
	int64_t process_compile_ns; /* CPU time of all their compiles ... */
	int64_t start_up_ns;	    /* ... and of their start-up, where that is known */
};

struct wastes {
	struct waste_items items;
	struct waste cause[WASTE_CAUSES];
};

void waste_measure(const struct stats *stats, struct wastes *wastes) NONNULL;
void waste_free(struct wastes *wastes) NONNULL;

/* The mean of a sum over the starts in which the cause occurred. */
struct span waste_per_start(const struct waste *waste, struct span sum) NONNULL;

/* Did most of the modules' sources change their time, but not their size? */
bool waste_is_reset(const struct waste *waste) NONNULL;

#endif
