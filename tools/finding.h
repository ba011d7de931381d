/*
 * What went wrong with a run's bytecode cache, each a sentence with its number.
 * Used by advice.c's table.  Pure but for memory.
 */
#ifndef PYCSHIM_FINDING_H
#define PYCSHIM_FINDING_H

#include "attributes.h"
#include "stats.h"
#include "waste.h"

/* The sentence about one cause, which the caller frees; NULL: it is not so. */
typedef char *finding_of(const struct stats *stats,
			 const struct waste waste[WASTE_CAUSES], enum waste_cause cause);

finding_of finding_unkept; /* compiled, and not kept for this cause */
finding_of finding_stale;
finding_of finding_hidden;
finding_of finding_ahead; /* whatever compiling ahead would have spared */
finding_of finding_lost;

/* The causes of what was compiled and not kept. */
#define FINDING_UNKEPT_CAUSES 4
extern const enum waste_cause finding_unkept_causes[FINDING_UNKEPT_CAUSES];

/*
 * "at least ", where events were lost, and their costs with them; "at most ", where not
 * each compile's end was seen; else "".
 */
const char *finding_bound(const struct stats *stats) MUST_CHECK NONNULL;

/* "at most 1.92 s of CPU", or that it was not measured; the caller frees. */
char *finding_cost(const struct stats *stats, int64_t ns) MUST_CHECK NONNULL;

#endif
