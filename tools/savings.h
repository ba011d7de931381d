/*
 * What the shadow of redirect mode holds and what it saved, as far as a recording shows.
 * Measured from finished stats, shown by the summary.  Pure.
 */
#ifndef PYCSHIM_SAVINGS_H
#define PYCSHIM_SAVINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "stats.h"

struct savings {
	const char *root;    /* of the shadow; NULL: not known, or several */
	bool several;	     /* shadows; all of this is of all of them then */
	int64_t pycs, bytes; /* that it holds; in whole pages, as in a tmpfs */
	int64_t hits;	     /* that it answered ... */
	int64_t costed_hits; /* ... for modules whose compile is recorded too ... */
	int64_t saved_ns;    /* ... and would have been compiled again in this time */
	bool at_most;	     /* some of these compiles had no end mark */
};

struct savings savings_measure(const struct stats *stats) MUST_CHECK NONNULL;

/* Was there a shadow at all? */
bool savings_are_told(const struct stats *stats) MUST_CHECK NONNULL;

/* A sentence or two.  The caller frees it. */
char *savings_text(const struct stats *stats,
		   const struct savings *savings) MUST_CHECK NONNULL;

#endif
