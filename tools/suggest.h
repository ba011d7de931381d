/*
 * "Did you mean": the nearest of the names that are offered.  Used by pycstat.c,
 * cmd_why.c, rows.c and launch_unknown.c.  Pure.
 */
#ifndef PYCSHIM_SUGGEST_H
#define PYCSHIM_SUGGEST_H

#include "attributes.h"

struct suggestion {
	const char *word;
	const char *best; /* of what was offered, not copied; NULL: nothing is near */
	unsigned distance;
};

void suggest_begin(struct suggestion *suggestion, const char *word) NONNULL;
void suggest_offer(struct suggestion *suggestion, const char *name) NONNULL;

#endif
