/* SPDX-License-Identifier: MIT */
/*
 * Sets the environment of COMMAND.  Called by main() just before it executes COMMAND, or in
 * the forked child: launcher and pycstat keep the environment that they were given.
 */
#ifndef PYCSHIM_LAUNCH_ENVIRONMENT_H
#define PYCSHIM_LAUNCH_ENVIRONMENT_H

#include "attributes.h"
#include "launch/launch_options.h"

/* Set LD_PRELOAD and the variables of the options.  Other variables do not change. */
void environment_apply(const struct launch_options *options, const char *library) NONNULL;

/* Print what environment_apply() would set, one assignment on each line. */
void environment_print(const struct launch_options *options, const char *library) NONNULL;

/*
 * Quote a value for the right side of NAME=, such that a shell, a Dockerfile's ENV and a
 * systemd EnvironmentFile= all understand it.  Pure; the caller frees.
 */
char *environment_quote(const char *value) MUST_CHECK NONNULL;

/* Is this the name of a variable that library or launcher knows? */
bool environment_is_known(const char *name) MUST_CHECK NONNULL;

#endif
