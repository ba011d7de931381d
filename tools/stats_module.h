/*
 * What a recording says of each module: its pyc's and its source's measures, where the
 * pyc lies, and what came of it.
 * Filled by stats.c, asked by the commands; pure but for memory.
 */
#ifndef PYCSHIM_STATS_MODULE_H
#define PYCSHIM_STATS_MODULE_H

#include "attributes.h"
#include "stats.h"
#include "stats_process.h"
#include "tables.h"
#include "verdict.h"

/*
 * Before the verdict: keep what the record says itself, of its module and of what the
 * thread is at.  Fills event->header and event->denied.
 */
void stats_module_note(struct tables *tables, struct stats_event *event) NONNULL;

/* The module's source was read: it is the one to name. */
void stats_module_read(const struct stats_event *event) NONNULL;

/* One thing that the event made certain of a module. */
void stats_module_apply(const struct stats_event *event,
			const struct verdict_change *change) NONNULL;

/* How many of its compiles have no cost. */
int64_t stats_module_unmeasured(const struct module *module) MUST_CHECK NONNULL;

/* Was its pyc loaded, and did nobody ever see its source?  Python needs none then. */
bool stats_module_lacks_source(const struct module *module) MUST_CHECK NONNULL;

/* Was its pyc there, each time, and could not be read? */
bool stats_module_is_unreadable(const struct module *module) MUST_CHECK NONNULL;

/* Why the process that last compiled it and did not try to keep it did so. */
enum unattempted stats_module_unattempted(const struct module *module) MUST_CHECK NONNULL;

#endif
