/*
 * The records that threads could not write, because another thread was just opening the
 * recording or registering the process in it.  Nobody waits for that thread: records are
 * left here, in their order, and it writes them when it is done.
 *
 * Any thread, any context, without a lock; not in a vfork child.  A fork child begins with
 * an empty one.  Owned by recorder.c.
 */
#ifndef PYCSHIM_BACKLOG_H
#define PYCSHIM_BACKLOG_H

#include <stdbool.h>

#include "attributes.h"
#include "recording.h"

/* More than a thousand events.  The memory is mapped when it is needed first. */
#define BACKLOG_BYTES (256u << 10)

/* Leave a finished record; false: there is no room.  Any thread. */
bool backlog_add(const struct record *record) MUST_CHECK NONNULL;

/* Is nothing left here?  Any thread. */
bool backlog_is_empty(void) MUST_CHECK;

/* The oldest record; NULL where there is none, or it is still being copied.  Any thread. */
const struct record *backlog_first(void) MUST_CHECK;

/* Drop the oldest record, which is there.  One thread at a time. */
void backlog_drop_first(void);

/* In a fork child, where the kernel does not empty it. */
void backlog_forget(void);

#endif
