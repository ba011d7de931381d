/* SPDX-License-Identifier: MIT */
/*
 * How long after their beginning starts were ready, in wall time, and how much of that was
 * compiling.  A start is ready when its last compile has ended.
 * Computed from finished stats; used by the summary and diff.  Pure, except that it
 * allocates.
 */
#ifndef PYCSHIM_READY_H
#define PYCSHIM_READY_H

#include <stdint.h>

#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

struct ready {
	unsigned starts; /* those that compiled something; 0: what follows is 0 */
	int64_t median_ns, quartile_low_ns, quartile_high_ns;
	struct span compiling; /* the median of what compiling delayed them */
	int64_t timeout_s;     /* of gunicorn's --timeout; 0: not on a command line */
};

struct ready ready_measure(const struct stats *stats) MUST_CHECK NONNULL;

/*
 * "3.10 s later because of compiling; the median of 5 starts, half of them 4.00 s to 4.50 s".
 * The caller frees it.
 */
char *ready_text(const struct ready *ready) MUST_CHECK NONNULL;

#endif
