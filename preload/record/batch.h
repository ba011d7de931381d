/* SPDX-License-Identifier: MIT */
/*
 * The records of a thread that are to be written together.  A module that is compiled and
 * kept makes six events.  Two groups of them follow each other at once, with nothing but
 * a few calls of the interpreter between them: the look-up and the reading of the source;
 * and the end of the compile, the temporary file, its writing and its renaming.  Each
 * group is one write(2).
 *
 * What waits here is lost if the process is killed between two of these calls.  It is
 * written with the thread's next event, whatever that is, and when the program ends.
 *
 * Called by recorder.c, for the calling thread only.
 */
#ifndef PYCSHIM_BATCH_H
#define PYCSHIM_BATCH_H

#include <stdbool.h>

#include "attributes.h"
#include "recording.h"
#include "verdict.h"

/* Is this event followed by another one of its group, which will take it along? */
bool batch_is_followed(const struct verdict_event *event) MUST_CHECK NONNULL;

/* Add a copy of a finished record.  False if there is no room. */
bool batch_add(const struct record *record) MUST_CHECK NONNULL;

#endif
