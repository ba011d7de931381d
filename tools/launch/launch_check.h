/* SPDX-License-Identifier: MIT */
/*
 * --check: reports whether the library would be active in COMMAND, and if not, why.
 * Called by main().
 */
#ifndef PYCSHIM_LAUNCH_CHECK_H
#define PYCSHIM_LAUNCH_CHECK_H

#include "attributes.h"
#include "launch/launch_options.h"

/*
 * Find the program that the kernel loads for COMMAND, try the library in it and print the
 * result.  Returns 0 if the library is active, else 1.  Exits with 126 or 127 if COMMAND
 * cannot be executed.
 */
int check_command(const struct launch_options *options,
		  const char *library) MUST_CHECK NONNULL;

#endif
