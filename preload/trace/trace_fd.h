/* SPDX-License-Identifier: MIT */
/*
 * Events of calls on descriptors: writes to a pyc, and what a stream leaves behind.
 *
 * Called by call/call_fd.c and trace_lookup.c.  Any thread, also in a signal handler, but
 * no vfork child.  errno is the caller's to keep.
 */
#ifndef PYCSHIM_TRACE_FD_H
#define PYCSHIM_TRACE_FD_H

#include <stdint.h>
#include <sys/stat.h>

#include "attributes.h"
#include "host/descriptor.h"

/* Take back the look-up of this pyc: it was not read to its end, so not imported. */
void trace_retract(const struct descriptor *descriptor) NONNULL;

/*
 * Record a write to a pyc that began at `begin_ns` (since the epoch).  `bytes` were
 * written, -1 if the write failed.  `why` is the errno that kept it from writing all,
 * else 0.
 */
void trace_write(struct descriptor *descriptor, uint64_t begin_ns, long bytes,
		 int why) NONNULL;

/*
 * The program, or we, have asked for the status of a pyc that is open for writing: the
 * first time this tells which file it is.
 */
void trace_written_looked_at(struct descriptor *descriptor,
			     const struct stat *status) NONNULL;

/*
 * A stream on a pyc is about to be closed.  This opens the pyc for reading once more;
 * trace_stream_closed() closes it.
 */
void trace_stream_closing(struct descriptor *descriptor) NONNULL;

/* A stream on a pyc was closed: record the write.  `error`: fclose()'s errno, or 0. */
void trace_stream_closed(const struct descriptor *descriptor, uint64_t begin_ns,
			 int error) NONNULL;

#endif
