/*
 * The environment that COMMAND gets.  Called by main(), and in the child where there
 * is one, so that pycstat and the launcher itself run in the environment they found.
 */
#ifndef PYCSHIM_LAUNCH_ENVIRONMENT_H
#define PYCSHIM_LAUNCH_ENVIRONMENT_H

#include "attributes.h"
#include "launch_options.h"

/* Set LD_PRELOAD and the variables of the options; all else stays as it is. */
void environment_apply(const struct launch_options *options, const char *library) NONNULL;

/* Print what environment_apply() would set, a line each. */
void environment_print(const struct launch_options *options, const char *library) NONNULL;

/*
 * A value as it is written after NAME=, for a shell, a Dockerfile's ENV and a unit
 * file's EnvironmentFile alike.  Pure; the caller frees.
 */
char *environment_quote(const char *value) MUST_CHECK NONNULL;

/* Is this the name of a variable of ours? */
bool environment_is_known(const char *name) MUST_CHECK NONNULL;

#endif
