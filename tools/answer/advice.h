/* SPDX-License-Identifier: MIT */
/*
 * Advice about a run's bytecode cache, computed from its recording, each with what it saves
 * and costs.  There is none where nothing can be gained.
 * Used by cmd_summary.c and summary_text.c.  Looks at the directories of sources to
 * estimate sizes (compileall.h); otherwise pure, except that it allocates.
 *
 * The folder tools/answer/ owns what is concluded from totals: costs, advice, and the story
 * of a module for `why`.  It runs in pycstat, in one thread, includes read/, common/ and
 * include/, and prints nothing.
 */
#ifndef PYCSHIM_ADVICE_H
#define PYCSHIM_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "answer/remedy.h"
#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"

struct advice {
	const char *code; /* "redirect", "compileall", ... */
	char *finding; /* a sentence that says what is wrong; others may have the same */
	struct remedy remedy;
};

#define ADVICE_MAX 14
struct advices {
	double saved_part; /* what pycs save of what was compiled in vain: not the loading */
	struct advice advice[ADVICE_MAX];
	size_t count;
	struct span saves;   /* by following all advice, at each start */
	struct span ready;   /* how much sooner it is ready then, wall */
	int64_t costs_bytes; /* of following all advice */
};

/* Find all advice, the most important first.  `stats` is finished. */
void advice_find(const struct stats *stats, struct advices *advices) NONNULL;
void advice_free(struct advices *advices) NONNULL;

/* If there is no advice: a sentence that says why.  The caller frees it. */
char *advice_none(const struct stats *stats) MUST_CHECK NONNULL;

#endif
