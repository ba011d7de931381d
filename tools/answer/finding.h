/* SPDX-License-Identifier: MIT */
/*
 * Sentences with figures about what went wrong with a run's bytecode cache.
 * Used by advice.c's table and remedy*.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_FINDING_H
#define PYCSHIM_FINDING_H

#include "answer/diagnosis.h"
#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

/* Return the sentence about one cause, which the caller frees; NULL: it did not occur. */
typedef char *finding_of(const struct diagnosis *diagnosis, enum waste_cause cause);

finding_of finding_unkept; /* compiled and not kept for this cause */
finding_of finding_stale;
finding_of finding_again;
finding_of finding_unreadable;
finding_of finding_hidden;
finding_of finding_damaged;
finding_of finding_ahead; /* all compiles that compiling before the run avoids */
finding_of finding_lost;
finding_of finding_store; /* compiled before, and no kept pyc would have been used */

/* The causes for which a pyc was compiled and not kept. */
#define FINDING_UNKEPT_CAUSES 5
extern const enum waste_cause finding_unkept_causes[FINDING_UNKEPT_CAUSES];

/*
 * "1.92 s" or "0.61 s to 1.92 s"; if events were lost, and their costs with them, "at least
 * 0.61 s".  `about` stands before a number that is no limit; it may be "".  The caller
 * frees the text.
 */
char *finding_time(const struct stats *stats, struct span time,
		   const char *about) MUST_CHECK NONNULL;

/* "1.92 s of CPU", or that it was not measured.  The caller frees it. */
char *finding_cost(const struct stats *stats, struct span cost) MUST_CHECK NONNULL;

#endif
