/*
 * What to do against what was found, with figures from the same waste as its sentence.
 * Used by advice.c.
 */
#ifndef PYCSHIM_REMEDY_H
#define PYCSHIM_REMEDY_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis.h"
#include "span.h"

/*
 * What to do, and what that saves and costs.  No text: nothing can be done.
 *
 * `saves` is CPU time of one start, on average of those that it concerns: for certain the
 * lower limit.
 */
struct remedy {
	char *text;
	char *command; /* as a shell takes it; NULL: none */
	struct span saves;
	bool is_later; /* what a start saves that is not the first is another matter: */
	struct span later;
	unsigned starts; /* that it concerns */
	int64_t costs_bytes;
};

typedef struct remedy remedy_of(const struct diagnosis *diagnosis,
				enum waste_cause cause);

remedy_of remedy_redirect, remedy_keep, remedy_stale, remedy_again, remedy_prefix,
	remedy_damaged, remedy_compileall, remedy_lost;

#endif
