/* SPDX-License-Identifier: MIT */
/*
 * Takes an event to the recording: judges it (verdict.h), counts it in the process's
 * totals and appends it.  Nothing else writes to the recording.
 *
 * Called by trace/ and call/, after process_gate() has returned true.  Any thread, also
 * in a signal handler; not in a vfork child.
 */
#ifndef PYCSHIM_RECORDER_H
#define PYCSHIM_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "host/thread.h"
#include "recording.h"
#include "verdict.h"

/*
 * Record an event of the calling thread.  The caller has filled in type, flags, time,
 * duration, error and action, and everything behind the header.  `bytes` is the length
 * without padding; the buffer has room for the padding.  `event` is the same event for
 * verdict.h.  Never fails: an event that cannot be recorded is counted as lost.  An event
 * that another one follows at once is written with that one (batch.h).
 */
void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event) NONNULL;

/* Does an event of the calling thread wait for its next one, which may never come? */
static inline bool recorder_waits(void)
{
	return unlikely(thread->batch.bytes);
}

/* Write what waits. */
void recorder_flush(void);

#endif
