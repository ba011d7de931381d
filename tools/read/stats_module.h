/* SPDX-License-Identifier: MIT */
/*
 * What a recording says about each module: the sizes and times of its pyc and source, in
 * which place the pyc is, and the module's totals.
 * Called by stats.c; the questions at the end by answer/ and the commands.  Pure, except
 * that it allocates.
 */
#ifndef PYCSHIM_STATS_MODULE_H
#define PYCSHIM_STATS_MODULE_H

#include "attributes.h"
#include "read/stats_event.h"
#include "read/stats_process.h"
#include "read/tables.h"
#include "verdict.h"

/*
 * Call this before the verdict machine: keep what the record itself says about the module
 * and the thread.  Sets event->header and event->denied.
 */
void stats_module_note(struct tables *tables, struct stats_event *event) NONNULL;

/* The module's source was read, so its path is certain from now on. */
void stats_module_read(const struct stats_event *event) NONNULL;

/* Add one change of the verdict machine to the totals of its module. */
void stats_module_apply(const struct stats_event *event,
			const struct verdict_change *change) NONNULL;

/* The number of its compiles whose cost is not known. */
int64_t stats_module_unmeasured(const struct module *module) MUST_CHECK NONNULL;

/* Was its pyc loaded without a source?  Python needs none for a pyc beside the source. */
bool stats_module_lacks_source(const struct module *module) MUST_CHECK NONNULL;

/* Did every look-up find a pyc that could not be read? */
bool stats_module_is_unreadable(const struct module *module) MUST_CHECK NONNULL;

/* Is an incomplete pyc in place, which must be deleted? */
bool stats_module_is_damaged(const struct module *module) MUST_CHECK NONNULL;

/* Why the last process that compiled it without trying to write did not try. */
enum unattempted stats_module_unattempted(const struct module *module) MUST_CHECK NONNULL;

#endif
