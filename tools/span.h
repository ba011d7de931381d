/*
 * An amount of CPU time that is known between two limits, in nanoseconds.  What was
 * measured to its end has two equal ones.  Used by all that reckons costs; pure.
 */
#ifndef PYCSHIM_SPAN_H
#define PYCSHIM_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "tables.h"

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

/* The mean of so many; of none it is nothing. */
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
