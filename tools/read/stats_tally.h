/* SPDX-License-Identifier: MIT */
/*
 * A tally for each pair of process and module: how often the process compiled the module,
 * and with what result.
 * Called by stats.c; pure, except that it allocates.
 */
#ifndef PYCSHIM_STATS_TALLY_H
#define PYCSHIM_STATS_TALLY_H

#include "attributes.h"
#include "read/stats_event.h"
#include "read/tables.h"

/*
 * Add one change of the verdict machine to the tally of its process and module.
 * `corrects`: this is the second cost of the same compile.  Call it before
 * stats_module_apply(): it needs the module as it was before the event.
 */
void stats_tally_apply(struct tables *tables, const struct stats_event *event,
		       const struct verdict_change *change, bool corrects) NONNULL;

#endif
