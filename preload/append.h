/*
 * Appending to a recording, which has a bound, in a process that may have one too
 * (RLIMIT_FSIZE): what does not fit is not written in part, and raises no signal.
 * Used by recorder.c; any thread, any context.
 */
#ifndef PYCSHIM_APPEND_H
#define PYCSHIM_APPEND_H

#include <stdint.h>

#include "attributes.h"
#include "recording.h"

/*
 * The size at which RLIMIT_FSIZE makes a write raise SIGXFSZ, in bytes.  Asked for once, and
 * again when the host has changed its limits.
 */
uint64_t append_size_limit(void) MUST_CHECK;

/* The host has set a limit. */
void append_limit_changed(void);

/*
 * Append to a recording that was just seen to be of `size` bytes, and is to have `limit`
 * at most.  0, or -errno: -EFBIG where there is no room.  The descriptor is read at the
 * last moment, for the host may have it moved.
 */
int append_record(const int *fd, const struct record *record, int64_t size,
		  uint64_t limit) MUST_CHECK NONNULL;

#endif
