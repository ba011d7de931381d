/* SPDX-License-Identifier: MIT */
/*
 * --bake: copies the bytecode of a shadow into the tree that it mirrors, such as the root
 * of an image.  Called by main().
 */
#ifndef PYCSHIM_LAUNCH_BAKE_H
#define PYCSHIM_LAUNCH_BAKE_H

#include "attributes.h"
#include "launch/launch_options.h"

/* Copy the files and print how many.  Returns the launcher's exit status. */
int bake(const struct launch_options *options) MUST_CHECK NONNULL;

#endif
