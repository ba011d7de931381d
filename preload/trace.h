/*
 * What a finished call means for the bytecode cache, as events of the recording.
 */
#ifndef PYCSHIM_TRACE_H
#define PYCSHIM_TRACE_H

#include "attributes.h"
#include "call.h"
#include "descriptor.h"
#include "pyc_path.h"
#include "sys.h"

/* A record with room for the path behind it.  Large: for what runs on our own stack. */
union trace_record {
	struct record record;
	struct record_event event;
	struct record_lookup lookup;
	struct record_compile compile;
	char bytes[sizeof(struct record_lookup) + PATH_MAX + 8];
} __attribute__((aligned(8)));

/* How long ago that was, in nanoseconds; UINT32_MAX: that or more. */
static inline uint32_t trace_since(uint64_t begin_ns)
{
	uint64_t now = sys_time_ns();

	if (now < begin_ns) /* the clock was set */
		return 0;
	return now - begin_ns < UINT32_MAX ? (uint32_t)(now - begin_ns) : UINT32_MAX;
}

/* A pyc that is beside its source, or has none. */
static inline bool trace_is_sourceless(const struct pyc_path_parts *parts)
{
	return !parts->in_cache && !parts->tag;
}

/*
 * Record what a call on a path did.  `fd` is the descriptor it opened, -1 for none;
 * `error` its errno; `stream`: through stdio.
 */
void trace_call(struct call *call, int fd, int error, bool stream) NONNULL;

/* The same for a rename; the new path is in `to`. */
void trace_rename(const struct call *call, const struct call *to, int error) NONNULL;

/* A look at a source, whose key this is; `status`: what was seen, NULL: nothing. */
void trace_saw_source(uint64_t key, const struct stat *status);

/*
 * Of a pyc that was opened for reading: look-ups, and their descriptors' next calls.  An
 * fstat gave `status`; a read, which had `bytes` of `data` and could have had `wanted`, or
 * failed (-1); it is to be closed.
 */
void trace_lookup(struct call *call, int fd, int error, bool stream) NONNULL;
void trace_lookup_looked_at(struct descriptor *descriptor,
			    const struct stat *status) NONNULL;
void trace_lookup_read(struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		       long bytes) NONNULL_ARGS(1);
void trace_lookup_closed(struct descriptor *descriptor) NONNULL;

/* The look-up of this pyc was none: it was not read to its end. */
void trace_retract(const struct descriptor *descriptor) NONNULL;

/*
 * A write on a pyc's descriptor: `bytes` written, -1 where it failed; `why` that was not
 * all, an errno, 0 where it was.
 */
void trace_write(const struct descriptor *descriptor, uint64_t begin_ns, long bytes,
		 int why) NONNULL;

/* A stream on a pyc is about to be closed. */
void trace_stream_closing(struct descriptor *descriptor) NONNULL;

/* A stream on a pyc was closed (2.7): what has come into being? */
void trace_stream_closed(const struct descriptor *descriptor, uint64_t begin_ns,
			 int error) NONNULL;

#endif
