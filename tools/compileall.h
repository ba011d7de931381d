/*
 * The command that makes beforehand the pycs that a run compiled for nothing: with the
 * Python that ran, as it was optimised, for the few directories that hold most of them.
 * Used by advice.c.  Pure but for memory.
 */
#ifndef PYCSHIM_COMPILEALL_H
#define PYCSHIM_COMPILEALL_H

#include "attributes.h"
#include "stats.h"

/* `stats` is finished.  The caller frees it. */
char *compileall_command(const struct stats *stats) MUST_CHECK NONNULL;

#endif
