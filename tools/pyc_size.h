/*
 * How large the pyc of a source would be that nobody has seen.  Used by waste.c; pure.
 */
#ifndef PYCSHIM_PYC_SIZE_H
#define PYCSHIM_PYC_SIZE_H

#include <stdint.h>

#include "attributes.h"
#include "stats.h"

/* What pycs of this run take against what is usual. */
struct pyc_size {
	double bytes, usual_bytes;
};

/* From all modules whose pyc and source were both seen. */
struct pyc_size pyc_size_measure(const struct stats *stats) MUST_CHECK NONNULL;

/* Bytes of a module's pyc: as seen, or else about. */
int64_t pyc_size_of(const struct module *module,
		    const struct pyc_size *size) MUST_CHECK NONNULL;

/*
 * Bytes of the pyc of any source, about.  `ending`: of the pyc's name behind the stem,
 * such as ".cpython-311.pyc", or ".pyc" of 2.7.
 */
int64_t pyc_size_estimate(uint64_t source_bytes, const char *ending,
			  const struct pyc_size *size) MUST_CHECK NONNULL;

#endif
