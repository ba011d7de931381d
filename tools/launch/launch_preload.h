/* SPDX-License-Identifier: MIT */
/*
 * Adds our library to a list for LD_PRELOAD.  Pure, except that it allocates.
 * Called by launch_environment.c.
 */
#ifndef PYCSHIM_LAUNCH_PRELOAD_H
#define PYCSHIM_LAUNCH_PRELOAD_H

#include "attributes.h"

/*
 * Return the list `existing` (NULL: empty) with `library` in it once.  The other entries
 * stay in their order.  The caller frees.
 */
char *preload_merge(const char *existing, const char *library) MUST_CHECK NONNULL_ARGS(2);

#endif
