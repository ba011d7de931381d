/* SPDX-License-Identifier: MIT */
/*
 * Events of look-ups: an interpreter opens a pyc to see whether it can be used.
 *
 * Called by trace.c and call/call_fd.c.  Any thread, also in a signal handler, but no
 * vfork child.  errno is the caller's to keep.
 */
#ifndef PYCSHIM_TRACE_LOOKUP_H
#define PYCSHIM_TRACE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "host/call_data.h"
#include "host/descriptor.h"

/*
 * A pyc was opened for reading: if this is a look-up, record it or follow its descriptor
 * `fd`.  `error` is the errno of the open, 0 if it succeeded.  `stream`: through stdio.
 */
void trace_lookup(struct call *call, int fd, int error, bool stream) NONNULL;

/* An fstat of a pyc that is followed gave `status`. */
void trace_lookup_looked_at(struct descriptor *descriptor,
			    const struct stat *status) NONNULL;

/*
 * A read of a pyc that is followed asked for `wanted` bytes and got `bytes` bytes into
 * `data`, or -1.
 */
void trace_lookup_read(struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		       long bytes) NONNULL_ARGS(1);

/* The program asks whether a pyc that is followed is a terminal: a loader does not. */
void trace_lookup_asked(struct descriptor *descriptor) NONNULL;

/* A pyc that is followed is about to be closed.  The caller drops the descriptor. */
void trace_lookup_closed(struct descriptor *descriptor) NONNULL;

#endif
