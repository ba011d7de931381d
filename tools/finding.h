/*
 * What went wrong with a run's bytecode cache, each a sentence with its number.
 * Used by advice.c's table.  Pure but for memory.
 */
#ifndef PYCSHIM_FINDING_H
#define PYCSHIM_FINDING_H

#include "attributes.h"
#include "diagnosis.h"
#include "span.h"
#include "stats.h"

/* The sentence about one cause, which the caller frees; NULL: it is not so. */
typedef char *finding_of(const struct diagnosis *diagnosis, enum waste_cause cause);

finding_of finding_unkept; /* compiled, and not kept for this cause */
finding_of finding_stale;
finding_of finding_again;
finding_of finding_hidden;
finding_of finding_damaged;
finding_of finding_ahead; /* whatever compiling ahead would have spared */
finding_of finding_lost;

/* The causes of what was compiled and not kept. */
#define FINDING_UNKEPT_CAUSES 5
extern const enum waste_cause finding_unkept_causes[FINDING_UNKEPT_CAUSES];

/*
 * "1.92 s", "0.61 s to 1.92 s"; where events were lost, and their costs with them, "at
 * least 0.61 s".  `about`: what to say before a number that is no limit; it may be "".
 * The caller frees it.
 */
char *finding_time(const struct stats *stats, struct span time,
		   const char *about) MUST_CHECK NONNULL;

/* "1.92 s of CPU", or that it was not measured; the caller frees it. */
char *finding_cost(const struct stats *stats, struct span cost) MUST_CHECK NONNULL;

/* The module's pyc is a beginning that came into place whole: it must be deleted. */
bool finding_is_damaged(const struct module *module) MUST_CHECK NONNULL;

#endif
