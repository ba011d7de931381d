/*
 * The command that makes beforehand the pycs that a run compiled for nothing: with the
 * Python that ran, as it was optimised, for the few directories that hold most of them.
 * Used by advice.c and waste.c.  Pure but for memory.
 */
#ifndef PYCSHIM_COMPILEALL_H
#define PYCSHIM_COMPILEALL_H

#include <stdbool.h>

#include "attributes.h"
#include "stats.h"

/* Does compileall make this pyc?  pytest's are its own. */
bool compileall_makes(const struct module *module) MUST_CHECK NONNULL;

/* `stats` is finished.  The caller frees it. */
char *compileall_command(const struct stats *stats) MUST_CHECK NONNULL;

#endif
