/*
 * The totals of a run as lines with bars and notes.  Called by summary_text.c.
 */
#ifndef PYCSHIM_SUMMARY_TOTALS_H
#define PYCSHIM_SUMMARY_TOTALS_H

#include "attributes.h"
#include "stats.h"
#include "terminal.h"

/* Print them; `stats` is finished. */
void summary_totals_print(const struct terminal *terminal,
			  const struct stats *stats) NONNULL;

#endif
