/*
 * What compiling cost that a kept pyc would have saved, by what kept it from being kept.
 * Measured from finished stats; advice.c turns it into sentences.  Pure but for memory.
 *
 * All sums are over all starts of the recording; what is promised is the mean over those
 * in which it happened (waste_per_start()).
 */
#ifndef PYCSHIM_WASTE_H
#define PYCSHIM_WASTE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "span.h"
#include "stats.h"
#include "waste_items.h"

struct waste {
	int64_t modules, compiles; /* compiles: of these modules, in all processes */
	int64_t firsts;		   /* modules, counted in each start */
	unsigned starts;	   /* in which there was one */
	struct span cost;	   /* CPU time of these compiles */
	struct span repeat; /* of it, what compiling each module once a start saves ... */
	int64_t certain_ns; /* ... for certain, see struct waste_item */
	int64_t unwritable; /* compiles whose pyc could not have been kept anyway ... */
	struct span in_vain; /* ... and what these cost */
	int64_t unreadable;  /* compiles whose pyc was there, and could not be read */
	int64_t reset;	     /* modules whose source has got another time, and not size */
	int64_t bytes;	     /* of the pycs of these modules, about, in whole pages */
	uint32_t error;	     /* the errno that most of them failed with */
	unsigned stale_reason;		  /* WASTE_STALE: the reason of most */
	enum again again;		  /* WASTE_AGAIN: the reason of most ... */
	const struct waste_item *example; /* ... or one of them; WASTE_HIDDEN: the last */

	/* the processes it happened in; without those where there was little of it */
	unsigned processes;
	int64_t fewest, most; /* compiles in one of them */
	bool siblings; /* in each start they have one parent, which is recorded: workers */
	bool redirected; /* some ran under redirect already ... */
	bool unshadowed; /* ... or would have, but had no shadow */
	bool single; /* NOT_ATTEMPTED: with those that compiled one module, which are many */
	bool unsure; /* ... and it is the same one, which may not compile */
	int64_t process_compile_ns; /* their compiling ... */
	int64_t start_up_ns;	    /* ... and start-up CPU, where that is known */
};

struct wastes {
	struct waste_items items;
	struct waste cause[WASTE_CAUSES];
};

void waste_measure(const struct stats *stats, struct wastes *wastes) NONNULL;
void waste_free(struct wastes *wastes) NONNULL;

/* The mean of a sum over the starts in which there was this waste. */
struct span waste_per_start(const struct waste *waste, struct span sum) NONNULL;

/* Most of these have a source that got another time, and no other size. */
bool waste_is_reset(const struct waste *waste) NONNULL;

#endif
