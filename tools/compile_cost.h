/*
 * What one compile cost.  Where the end of a compile was not seen (python -B), its
 * measured time holds what the module did afterwards, too: a lower limit is then
 * estimated from the size of the source.
 * Used by waste_items.c and savings.c; pure but for memory.
 */
#ifndef PYCSHIM_COMPILE_COST_H
#define PYCSHIM_COMPILE_COST_H

#include "attributes.h"
#include "span.h"
#include "stats.h"

/* CPU time for each source byte at least, by interpreter. */
struct compile_rates;

struct compile_rates *compile_rates_measure(const struct stats *stats) MUST_CHECK NONNULL;
void compile_rates_free(struct compile_rates *rates) NONNULL;

/* One compile of a module by one process, on average. */
struct span compile_cost(const struct compile_rates *rates,
			 const struct tally *tally) MUST_CHECK NONNULL;

/* One compile of a module, on average of all processes; at most, where an end is missing. */
int64_t compile_cost_of_module(const struct module *module) MUST_CHECK NONNULL;

#endif
