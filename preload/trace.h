/*
 * What a finished call means for the bytecode cache, as events of the recording.
 */
#ifndef PYCSHIM_TRACE_H
#define PYCSHIM_TRACE_H

#include "attributes.h"
#include "call.h"
#include "descriptor.h"

/*
 * Record what a call on a path did.  `fd` is the descriptor it opened, -1 for none;
 * `error` its errno; `stream`: through stdio.
 */
void trace_call(struct call *call, int fd, int error, bool stream) NONNULL;

/* The same for a rename; the new path is in `to`. */
void trace_rename(const struct call *call, const struct call *to, int error) NONNULL;

/* 2.7 has shown that it takes a pyc that it opened, or (rejected) that it does not. */
void trace_late_lookup(struct descriptor *descriptor, bool rejected) NONNULL;

/* A look-up's descriptor is closed: was it one? */
void trace_lookup_closed(const struct descriptor *descriptor) NONNULL;

/* A write on a pyc's descriptor: `bytes` written, of `wanted`. */
void trace_write(const struct descriptor *descriptor, uint64_t begin_ns, long bytes,
		 size_t wanted, int error) NONNULL;

/* A stream on a pyc is about to be closed. */
void trace_stream_closing(struct descriptor *descriptor) NONNULL;

/* A stream on a pyc was closed (2.7): what has come into being? */
void trace_stream_closed(const struct descriptor *descriptor, uint64_t begin_ns,
			 int error) NONNULL;

#endif
