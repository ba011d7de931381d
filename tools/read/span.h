/* SPDX-License-Identifier: MIT */
/*
 * An amount of CPU time in nanoseconds, between a lower and an upper limit.  The limits
 * are equal if it was measured exactly.  Used by answer/ for all costs; pure.
 */
#ifndef PYCSHIM_SPAN_H
#define PYCSHIM_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "read/tables.h"

struct span {
	int64_t low, high;
};

static inline struct span span_add(struct span a, struct span b)
{
	return (struct span){amount_add(a.low, b.low), amount_add(a.high, b.high)};
}

static inline struct span span_times(struct span a, int64_t times)
{
	return (struct span){amount_times(a.low, times), amount_times(a.high, times)};
}

/* The mean of `count` amounts with this sum; 0 if there are none. */
static inline struct span span_mean(struct span sum, unsigned count)
{
	return count ? (struct span){sum.low / count, sum.high / count}
		     : (struct span){0};
}

static inline bool span_is_range(struct span a)
{
	return a.low != a.high;
}

#endif
