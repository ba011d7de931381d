/* SPDX-License-Identifier: MIT */
/*
 * Compares two sets of recordings, per start: the totals, which modules are compiled, and
 * whether what the advice of the first set promised came true.
 * Used by cmd_diff.c and the files of show/ that print it.  Pure, except that it allocates
 * and that advice looks at the directories of sources (advice.h).
 */
#ifndef PYCSHIM_DIFF_H
#define PYCSHIM_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/advice.h"
#include "answer/ready.h"
#include "attributes.h"
#include "read/stats.h"
#include "verdict.h"

enum diff_which { DIFF_BEFORE, DIFF_AFTER, DIFF_SIDES };

/* One set of recordings.  All amounts are means over its starts. */
struct diff_side {
	const struct stats *stats;
	double total[VERDICT_TOTALS];
	double processes;
	struct ready ready;
};

/* A module that is compiled in one set only, or in both for different reasons. */
struct diff_module {
	const char *source;
	const struct module *module[DIFF_SIDES]; /* NULL: not in this set */
	double compiled[DIFF_SIDES], compile_ns[DIFF_SIDES], hits[DIFF_SIDES];
	unsigned reasons[DIFF_SIDES]; /* a bit for each reason why it was compiled */
	UT_hash_handle hh;
};

enum diff_kind { DIFF_NEW, DIFF_REASON, DIFF_GONE, DIFF_SAME };

/* What one piece of advice promised for a start, and what was measured; CPU time. */
struct diff_promise {
	const struct advice *advice;
	bool followed; /* as far as that can be seen */
	bool later;    /* the promise for starts after the first is compared */
	struct span promised;
	double measured_ns;
};

struct diff {
	struct diff_side side[DIFF_SIDES];
	struct diff_module **module; /* those that differ, the worst change first */
	size_t modules;
	struct diff_module *table; /* all modules */
	struct advices advices;	   /* of the first set */
	struct diff_promise promise[ADVICE_MAX];
	size_t promises;
};

/* Compare them.  Both are finished and must stay unchanged as long as `diff` lives. */
void diff_find(struct diff *diff, const struct stats *before,
	       const struct stats *after) NONNULL;
void diff_free(struct diff *diff) NONNULL;

enum diff_kind diff_kind_of(const struct diff_module *module) NONNULL;

/* By how much the total of a start has changed. */
double diff_change(const struct diff *diff, enum verdict_total total) NONNULL;

#endif
