/* SPDX-License-Identifier: MIT */
/*
 * Estimates the size of pycs that were never written.  Used by answer/; pure.
 */
#ifndef PYCSHIM_PYC_SIZE_H
#define PYCSHIM_PYC_SIZE_H

#include <stdint.h>

#include "attributes.h"
#include "read/stats.h"

/* The size of the recorded pycs, and what their size would usually be. */
struct pyc_size {
	double bytes, usual_bytes;
};

/* From all modules whose pyc and source were both seen. */
struct pyc_size pyc_size_measure(const struct stats *stats) MUST_CHECK NONNULL;

/* The size of a module's pyc: recorded, or else estimated. */
int64_t pyc_size_of(const struct module *module,
		    const struct pyc_size *size) MUST_CHECK NONNULL;

/*
 * Estimate the size of the pyc of any source.  `ending` is what follows the stem in the
 * pyc's name, such as ".cpython-311.pyc", or ".pyc" for Python 2.7.
 */
int64_t pyc_size_estimate(uint64_t source_bytes, const char *ending,
			  const struct pyc_size *size) MUST_CHECK NONNULL;

#endif
