/*
 * What is known of a run when findings and remedies are written.  Owned by advice.c.
 */
#ifndef PYCSHIM_DIAGNOSIS_H
#define PYCSHIM_DIAGNOSIS_H

#include "compileall.h"
#include "stats.h"
#include "waste.h"

struct diagnosis {
	const struct stats *stats;
	struct wastes wastes;
	struct compileall ahead; /* what was not kept, or compiled by several at once */
	struct compileall again; /* what was kept, and compiled again by later starts */
};

#endif
