/*
 * What to do against what was found, with figures from the same waste as its sentence.
 * Used by advice.c.
 */
#ifndef PYCSHIM_REMEDY_H
#define PYCSHIM_REMEDY_H

#include <stdint.h>

#include "stats.h"
#include "waste.h"

/* What to do, and what that saves and costs.  No text: nothing can be done. */
struct remedy {
	char *text;
	int64_t saves_ns, costs_bytes;
};

typedef struct remedy remedy_of(const struct stats *stats,
				const struct waste waste[WASTE_CAUSES],
				enum waste_cause cause);

remedy_of remedy_redirect, remedy_keep, remedy_stale, remedy_prefix, remedy_compileall,
	remedy_lost;

#endif
