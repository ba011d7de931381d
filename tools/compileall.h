/*
 * The command that makes beforehand the pycs that a run compiled for nothing: with the
 * Python that ran, as it was optimised, for the packages that hold most of them; what
 * it would save, and what it would take.
 * Used by advice.c.  It looks at the directories that it names, and at nothing else.
 */
#ifndef PYCSHIM_COMPILEALL_H
#define PYCSHIM_COMPILEALL_H

#include <stdbool.h>

#include "attributes.h"
#include "stats.h"
#include "waste.h"

/* Does compileall make this pyc?  pytest's are its own. */
bool compileall_makes(const struct module *module) MUST_CHECK NONNULL;

/* Where a run's pycs can be made beforehand. */
enum compileall_place {
	COMPILEALL_IN_PLACE,
	COMPILEALL_IN_SHADOW, /* it was named, and is of the user who asks */
	COMPILEALL_IN_IMAGE   /* beside the sources; not in the shadow that was used */
};

struct compileall {
	char *command; /* as a shell takes it; NULL: nothing can be made that would help */
	enum compileall_place place;
	bool timeless;	     /* it makes pycs that do not depend on the sources' times */
	bool *spares;	     /* for each of the waste's items: it would not be compiled */
	struct span saves;   /* the mean of the starts in which something is spared ... */
	unsigned starts;     /* ... so many */
	int64_t costs_bytes; /* what the command adds on a disk, in whole blocks ... */
	bool at_least;	     /* ... and maybe more: the sources were not there to see */
};

/* What is compiled for one of these causes: a bit for each, 1 << enum waste_cause. */
void compileall_plan(const struct stats *stats, const struct wastes *wastes,
		     unsigned causes, struct compileall *plan) NONNULL;
void compileall_free(struct compileall *plan) NONNULL;

#endif
