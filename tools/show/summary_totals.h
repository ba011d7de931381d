/* SPDX-License-Identifier: MIT */
/*
 * Prints the totals of a run as lines with bars and notes.  Called by summary_text.c.
 */
#ifndef PYCSHIM_SUMMARY_TOTALS_H
#define PYCSHIM_SUMMARY_TOTALS_H

#include "attributes.h"
#include "read/stats.h"
#include "show/terminal.h"

/* Print the totals.  `stats` is finished. */
void summary_totals_print(const struct terminal *terminal,
			  const struct stats *stats) NONNULL;

#endif
