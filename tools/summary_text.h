/*
 * The summary as text: totals, what was worst, what to do.  Called by cmd_summary.c.
 */
#ifndef PYCSHIM_SUMMARY_TEXT_H
#define PYCSHIM_SUMMARY_TEXT_H

#include "advice.h"
#include "attributes.h"
#include "recordings.h"
#include "stats.h"

/* Print it to standard output.  `stats` is finished. */
void summary_print(const struct recordings *recordings, const struct stats *stats,
		   const struct advices *advices) NONNULL;

#endif
