/* SPDX-License-Identifier: MIT */
/*
 * What to do about a finding, with figures from the same waste.
 * Used by advice.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_REMEDY_H
#define PYCSHIM_REMEDY_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/diagnosis.h"
#include "attributes.h"
#include "read/span.h"

/*
 * What to do, and what that saves and costs.  `saves` and `later` are CPU time of one
 * start, the mean over the starts that the finding concerns.
 */
struct remedy {
	char *text;    /* a sentence; NULL: nothing can be done */
	char *command; /* in a shell's syntax; NULL: none */
	struct span saves;
	struct span ready; /* how much sooner the start is ready, wall */
	bool is_later;	   /* `saves` holds for the first start only ... */
	struct span later; /* ... and this for later ones, as does the next */
	struct span ready_later;
	unsigned starts; /* how many starts it concerns */
	int64_t costs_bytes;
};

typedef struct remedy remedy_of(const struct diagnosis *diagnosis,
				enum waste_cause cause);

remedy_of remedy_redirect, remedy_keep, remedy_stale, remedy_again, remedy_prefix,
	remedy_damaged, remedy_unreadable, remedy_compileall, remedy_lost, remedy_store;

/*
 * "about 1.92 s at each start (the mean of 5)", where `when` is "at each start".  The caller
 * frees it.
 */
char *remedy_saving(const struct stats *stats, struct span saves, const char *when,
		    unsigned starts) MUST_CHECK NONNULL;

#endif
