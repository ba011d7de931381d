/*
 * The parent's part while a child runs: pass signals on, stop and go on with it, reap
 * whatever else ends.  Called by main() and launch_summary.c, one child at a time.
 */
#ifndef PYCSHIM_LAUNCH_SUPERVISE_H
#define PYCSHIM_LAUNCH_SUPERVISE_H

#include <sys/types.h>

#include "attributes.h"

/* Take all signals from now on; before the first child is forked. */
void supervise_begin(void);

/* In the child, before exec: as it was before supervise_begin(). */
void supervise_release(void);

/* Until `child` has ended; returns its status as a shell has it: 128 + signal. */
int supervise(pid_t child) MUST_CHECK;

#endif
