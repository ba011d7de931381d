/* SPDX-License-Identifier: MIT */
/*
 * Turns finished calls on paths into events of the recording.
 *
 * Called by call/ after process_gate(), on our own stack; any thread, also in a signal
 * handler, but no vfork child.  Looks (up to CALL_LAST_LOOK) come on the host's stack, perhaps
 * from a vfork child, and change only `thread`.  errno is the caller's to keep.
 */
#ifndef PYCSHIM_TRACE_H
#define PYCSHIM_TRACE_H

#include <sys/stat.h>

#include "attributes.h"
#include "host/call_data.h"

/*
 * Record what a call on a path did.  `fd` is the descriptor that it opened, -1 for none.
 * `error` is its errno, 0 if it succeeded.  `stream`: it was made through stdio.
 */
void trace_call(struct call *call, int fd, int error, bool stream) NONNULL;

/* Record a rename from the path of `call` to the path of `to`. */
void trace_rename(const struct call *call, const struct call *to, int error) NONNULL;

/* This thread has looked at a source (stat).  `status` is NULL if that failed. */
void trace_saw_source(uint64_t key, const struct stat *status);

#endif
