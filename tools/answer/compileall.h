/* SPDX-License-Identifier: MIT */
/*
 * Plans a compileall command that makes pycs before a run which it would otherwise have to
 * compile: with the same Python and optimisation level, for the packages in which most of
 * them are.  Also computes what that saves and costs.
 * Used by advice.c.  Looks at the directories that the command names, and at no others.
 */
#ifndef PYCSHIM_COMPILEALL_H
#define PYCSHIM_COMPILEALL_H

#include <stdbool.h>

#include "answer/waste.h"
#include "attributes.h"
#include "read/stats.h"

/* Does compileall make this pyc?  False for those of pytest. */
bool compileall_makes(const struct module *module) MUST_CHECK NONNULL;

/* Where and when the command makes the pycs. */
enum compileall_place {
	COMPILEALL_IN_PLACE,  /* where the run writes them, before it starts */
	COMPILEALL_IN_SHADOW, /* in the named shadow of this user, before the run starts */
	COMPILEALL_IN_IMAGE   /* beside the sources, when the image is built */
};

struct compileall {
	char *command; /* in a shell's syntax; NULL: no command would help */
	enum compileall_place place;
	bool timeless;	   /* it makes hash-based pycs, which ignore the source's time */
	bool *spares;	   /* for each waste item: its compiles are avoided */
	struct span saves; /* the mean over the starts in which something is avoided */
	struct span ready; /* how much sooner these starts are ready: the mean, wall */
	unsigned starts;   /* the number of these starts */
	int64_t costs_bytes; /* what the command adds to a disk, in whole blocks */
	bool at_least;	     /* it may be more: the sources are not on this machine */
	int64_t least_bytes; /* what only the sources that the run has compiled would add */
};

/* Plan the command for the items with these causes, a bit each: 1 << enum waste_cause. */
void compileall_plan(const struct stats *stats, const struct wastes *wastes,
		     unsigned causes, struct compileall *plan) NONNULL;
void compileall_free(struct compileall *plan) NONNULL;

#endif
