/*
 * From an event to the recording: numbers it, judges it (verdict.h), keeps the process's
 * totals, appends it.  The only place that writes to the recording.
 */
#ifndef PYCSHIM_RECORDER_H
#define PYCSHIM_RECORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "recording.h"
#include "verdict.h"

/*
 * Record an event of the calling thread.  The caller has filled in type, flags, time,
 * duration, error and action, and all behind the header; `bytes` is the length without
 * padding, and the buffer has room for the padding.  `event` says the same to verdict.h.
 * Never fails: what cannot be recorded is counted.  process_gate() was true.
 */
void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event) NONNULL;

/* Is this number still our file?  It is not where the host closed it behind our back. */
bool recorder_owns(int fd);

/* The host wants this descriptor number for itself, and it is ours: give way. */
void recorder_move_descriptor(int fd);

#endif
