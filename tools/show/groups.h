/* SPDX-License-Identifier: MIT */
/*
 * Adds up modules by package, or processes by command or recording, and prints the sums
 * with their share and a total.
 * Called by cmd_summary.c and cmd_rows.c for --by.
 */
#ifndef PYCSHIM_GROUPS_H
#define PYCSHIM_GROUPS_H

#include "attributes.h"
#include "common/options.h"
#include "read/stats.h"

/*
 * Print the groups that options->by asks for, the costliest first; `command` names the
 * schema.  Exits with status 64 if they cannot be sorted by options->sort.
 */
void groups_print(const char *command, const struct stats *stats,
		  const struct options *options) NONNULL;

#endif
