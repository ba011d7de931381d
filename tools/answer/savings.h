/* SPDX-License-Identifier: MIT */
/*
 * What the shadow of redirect mode holds and has saved, as far as the recording tells.
 * Computed from finished stats.  Used by the summary and compileall.c; pure, except that
 * it allocates.
 */
#ifndef PYCSHIM_SAVINGS_H
#define PYCSHIM_SAVINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "read/stats.h"

struct savings {
	const char *root; /* the shadow's path; NULL: unknown, or there are several */
	bool several;	  /* there are several shadows; the rest is about all of them */
	int64_t pycs;	  /* how many pycs it holds */
	int64_t bytes;	  /* their size in whole pages, as in a tmpfs */
	int64_t hits;	  /* look-ups that it answered */
	int64_t costed_hits; /* of these, those for modules whose compile is recorded, too */
	int64_t saved_ns;    /* what compiling these again would have cost */
	bool at_most;	     /* saved_ns is an upper limit */
};

struct savings savings_measure(const struct stats *stats) MUST_CHECK NONNULL;

/* Was any process in redirect mode, so that the summary mentions the shadow? */
bool savings_are_told(const struct stats *stats) MUST_CHECK NONNULL;

/* One or two sentences for the summary.  The caller frees them. */
char *savings_text(const struct stats *stats,
		   const struct savings *savings) MUST_CHECK NONNULL;

#endif
