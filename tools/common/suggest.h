/* SPDX-License-Identifier: MIT */
/*
 * "Did you mean": finds the name that is most like a mistyped word.  Used by both tools
 * for options, variables and module names.  Pure.
 */
#ifndef PYCSHIM_SUGGEST_H
#define PYCSHIM_SUGGEST_H

#include "attributes.h"

struct suggestion {
	const char *word;
	const char *best;  /* the nearest name offered, not copied; NULL: none is near */
	unsigned distance; /* of `best`; only nearer names replace it */
};

/* Begin the search for names like `word`, which must stay valid. */
void suggest_begin(struct suggestion *suggestion, const char *word) NONNULL;

/* Consider one name. */
void suggest_offer(struct suggestion *suggestion, const char *name) NONNULL;

#endif
