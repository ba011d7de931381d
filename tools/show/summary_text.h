/* SPDX-License-Identifier: MIT */
/*
 * Prints the summary as text: the totals, what cost most, and advice.  Called by
 * cmd_summary.c.
 *
 * The folder tools/show/ owns how results look: text for terminals and JSON.  It runs in
 * pycstat, in one thread, includes answer/, read/, common/ and include/, and computes no
 * results of its own.
 */
#ifndef PYCSHIM_SUMMARY_TEXT_H
#define PYCSHIM_SUMMARY_TEXT_H

#include "answer/advice.h"
#include "attributes.h"
#include "read/recordings.h"
#include "read/stats.h"

/* Print the summary to standard output.  `stats` is finished. */
void summary_print(const struct recordings *recordings, const struct stats *stats,
		   const struct advices *advices) NONNULL;

#endif
