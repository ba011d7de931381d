/* SPDX-License-Identifier: MIT */
/*
 * A queue of records that threads could not write, because another thread was opening the
 * recording or registering the process in it.  They do not wait for that thread.  They
 * leave their records here, in order, and that thread writes the records when it is done.
 *
 * Called by recorder.c.  Any thread, also in a signal handler, without a lock; not in a
 * vfork child.  A fork child begins with an empty backlog.
 */
#ifndef PYCSHIM_BACKLOG_H
#define PYCSHIM_BACKLOG_H

#include <stdbool.h>

#include "attributes.h"
#include "recording.h"

/* Room for more than a thousand events.  The memory is mapped at the first use. */
#define BACKLOG_BYTES (256u << 10)

/* Add a copy of a finished record.  False if there is no room. */
bool backlog_add(const struct record *record) MUST_CHECK NONNULL;

/* Is no record here, not even one that is still being copied? */
bool backlog_is_empty(void) MUST_CHECK;

/* Is there a record that was added and not yet dropped? */
bool backlog_waits(void) MUST_CHECK;

/*
 * The oldest record.  NULL if there is none, or if it is still being copied.  Only by the
 * thread that has the turn.
 */
const struct record *backlog_first(void) MUST_CHECK;

/* Drop the record that backlog_first() gave.  Only by the same thread, in its turn. */
void backlog_drop_first(void);

#endif
