/* SPDX-License-Identifier: MIT */
/*
 * What findings and remedies are written from.  Owned by advice.c.
 */
#ifndef PYCSHIM_DIAGNOSIS_H
#define PYCSHIM_DIAGNOSIS_H

#include "answer/compileall.h"
#include "answer/store_gain.h"
#include "answer/waste.h"
#include "read/stats.h"

struct diagnosis {
	const struct stats *stats;
	struct wastes wastes;
	struct compileall ahead; /* for pycs not kept, or compiled by several at once */
	struct compileall again; /* for pycs that later starts compiled again */
	struct store_gain store; /* for sources that were compiled elsewhere before */
};

#endif
