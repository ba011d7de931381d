/* SPDX-License-Identifier: MIT */
/*
 * What the parent does while a child runs: forwards signals, stops and continues with it,
 * and reaps orphans.  Called by launch_summary.c, for one child at a time.
 */
#ifndef PYCSHIM_LAUNCH_SUPERVISE_H
#define PYCSHIM_LAUNCH_SUPERVISE_H

#include <sys/types.h>

#include "attributes.h"

/* Block all signals from now on.  Call it before the first fork(). */
void supervise_begin(void);

/* In the child, before exec: undo supervise_begin(). */
void supervise_release(void);

/* Wait until `child` has ended.  Returns its status as a shell does: 128 + signal. */
int supervise(pid_t child) MUST_CHECK;

#endif
