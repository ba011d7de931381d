/*
 * What each process compiled of each module, and what came of it: a tally for each pair,
 * made when the process compiles the module.
 * Filled by stats.c; pure but for memory.
 */
#ifndef PYCSHIM_STATS_TALLY_H
#define PYCSHIM_STATS_TALLY_H

#include "attributes.h"
#include "stats.h"
#include "tables.h"

/*
 * One thing that the event made certain of a module; `corrects`: a cost that was known
 * already.  Before stats_module_apply(): what is known of the module must be what was so
 * before the event.
 */
void stats_tally_apply(struct tables *tables, const struct stats_event *event,
		       const struct verdict_change *change, bool corrects) NONNULL;

#endif
