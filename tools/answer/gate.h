/* SPDX-License-Identifier: MIT */
/*
 * The values that --fail-if may name: the totals of a run, or by how much those of a start
 * have changed.
 * Used by the commands that read recordings.  Pure, except that a wrong condition ends the
 * program.
 */
#ifndef PYCSHIM_GATE_H
#define PYCSHIM_GATE_H

#include "answer/diff.h"
#include "answer/fail_if.h"
#include "attributes.h"
#include "common/options.h"
#include "read/stats.h"

/* Exit with a usage error if a condition is wrong.  Call this before the work begins. */
void gate_check(const struct options *options) NONNULL;

/*
 * Report each condition that holds for the totals of a run, or for the change per start.
 * Returns EXIT_CONDITION if one holds, else `status`.
 */
int gate_status(const struct options *options, const struct stats *stats,
		int status) MUST_CHECK NONNULL;
int gate_status_of_change(const struct options *options, const struct diff *diff,
			  int status) MUST_CHECK NONNULL;

#endif
