/*
 * The command that makes beforehand the pycs that a run compiled for nothing: with the
 * Python that ran, as it was optimised, for the few directories that hold most of them.
 * Used by advice.c and waste.c.  Pure but for memory and the
 * user that asks.
 */
#ifndef PYCSHIM_COMPILEALL_H
#define PYCSHIM_COMPILEALL_H

#include <stdbool.h>

#include "attributes.h"
#include "stats.h"

/* Does compileall make this pyc?  pytest's are its own. */
bool compileall_makes(const struct module *module) MUST_CHECK NONNULL;

/* Where a run's pycs can be made beforehand. */
enum compileall_place {
	COMPILEALL_IN_PLACE,
	COMPILEALL_IN_SHADOW, /* it was named, and is of the user who asks */
	COMPILEALL_IN_IMAGE   /* beside the sources; not in the shadow that was used */
};

enum compileall_place compileall_place(const struct stats *stats) MUST_CHECK NONNULL;

/* `stats` is finished; IN_SHADOW only if compileall_place() says so.  The caller frees. */
char *compileall_command(const struct stats *stats,
			 enum compileall_place place) MUST_CHECK NONNULL;

#endif
