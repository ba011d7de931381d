/*
 * LD_PRELOAD: where our library goes in a list that may be there already.  Pure.
 * Called by launch_environment.c.
 */
#ifndef PYCSHIM_LAUNCH_PRELOAD_H
#define PYCSHIM_LAUNCH_PRELOAD_H

#include "attributes.h"

/*
 * The list `existing` (NULL or empty: none) with `library` in it once.  Everything else
 * stays, in its order.  The caller frees.
 */
char *preload_merge(const char *existing, const char *library) MUST_CHECK NONNULL_ARGS(2);

#endif
