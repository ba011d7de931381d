/* SPDX-License-Identifier: MIT */
/*
 * Checks the options together, and the files that they name.  Called once, by main()
 * after options_parse().
 */
#ifndef PYCSHIM_LAUNCH_JUDGE_H
#define PYCSHIM_LAUNCH_JUDGE_H

#include "attributes.h"
#include "launch/launch_options.h"

/*
 * Exit with a message and status 64 if options contradict each other, name a file that
 * cannot be used, or lack a COMMAND.  Warn about options that have no effect.
 */
void judge_options(const struct launch_options *options) NONNULL;

#endif
