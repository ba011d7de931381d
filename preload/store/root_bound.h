/* SPDX-License-Identifier: MIT */
/*
 * How the shadow stays within PYCSHIM_ROOT_MAX.  A file in its root counts the bytes of the
 * pycs that were put into it.  When they are above the limit, the process that has put one
 * walks the tree, counts anew, and removes the pycs that were used longest ago, by their access
 * times.  (Most file systems note an access once in a day only, or never: relatime, noatime.
 * Then it is the time at which a pyc was made.)
 *
 * Called by call/ and store/.  Any thread, on our own stack; raw system calls only.  Not in a
 * vfork child.
 */
#ifndef PYCSHIM_STORE_ROOT_BOUND_H
#define PYCSHIM_STORE_ROOT_BOUND_H

#include "attributes.h"

/* A pyc was put into the shadow at `rel` (shadow.h). */
void root_bound_grown(const char *rel) NONNULL;

#endif
