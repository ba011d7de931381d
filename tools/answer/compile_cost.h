/* SPDX-License-Identifier: MIT */
/*
 * What one compile cost.  If the end of a compile was not seen (python -B), its measured
 * time includes what the module did next, so it is an upper limit.  The lower limit is then
 * estimated from the size of the source.
 * Used by waste_items.c and savings.c; pure, except that it allocates.
 */
#ifndef PYCSHIM_COMPILE_COST_H
#define PYCSHIM_COMPILE_COST_H

#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

/* The least CPU time for each byte of source, by interpreter. */
struct compile_rates;

struct compile_rates *compile_rates_measure(const struct stats *stats) MUST_CHECK NONNULL;
void compile_rates_free(struct compile_rates *rates) NONNULL;

/* The average cost of one compile of a module by one process. */
struct span compile_cost(const struct compile_rates *rates,
			 const struct tally *tally) MUST_CHECK NONNULL;

/*
 * What a kept pyc saves of that cost: Python must read the pyc, and make objects of it.  That
 * takes a part of what the recording's compiles took for each byte of source; nothing is
 * taken off where too few bytes were compiled to know that.  A range where the
 * interpreter's compiles shared their processors, if the cost itself is none.
 */
struct span compile_saves(const struct compile_rates *rates, const struct tally *tally,
			  struct span cost) MUST_CHECK NONNULL;

/* The average over all processes; an upper limit if module->at_most. */
int64_t compile_cost_of_module(const struct module *module) MUST_CHECK NONNULL;

#endif
