/* SPDX-License-Identifier: MIT */
/*
 * Tells the user something in one line on standard error, without stdio.  errno and the
 * host's streams are untouched, and it never waits for a full pipe.
 *
 * Called by activate.c, state.c and recorder.c.  Any thread, also in a signal handler.
 */
#ifndef PYCSHIM_SAY_H
#define PYCSHIM_SAY_H

#include "attributes.h"

/*
 * Called when the process becomes active: remember which file standard error is.  If the
 * host opens another file under that number later, we write nothing any more.
 */
void say_start(void);

/* Write a line if the user asked for the topic (enum config_debug) by PYCSHIM_DEBUG. */
void say_debug(unsigned topic, const char *what, const char *value);

/* Write the line "pycshim: SUBJECT VALUE: WHY". */
void say_complain(const char *subject, const char *value, const char *why) COLD;

#endif
