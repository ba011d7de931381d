/* SPDX-License-Identifier: MIT */
/*
 * Appends records to the recording, within the recording's own limit and the process's
 * limit on file sizes (RLIMIT_FSIZE).  What does not fit is not written at all, and raises no
 * signal.
 *
 * Called by recorder.c.  Any thread, also in a signal handler.
 */
#ifndef PYCSHIM_APPEND_H
#define PYCSHIM_APPEND_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

/*
 * RLIMIT_FSIZE in bytes: a write beyond that size raises SIGXFSZ.  The kernel is asked
 * once, and again after append_limit_changed().
 */
uint64_t append_size_limit(void) MUST_CHECK;

/* The host has called setrlimit() or the like: forget the limit. */
void append_limit_changed(void);

/*
 * Append finished records, which take so many `bytes`, to the recording by one write(2).
 * The recording's size was `size` bytes just now and may be `limit` bytes at most.
 * Returns 0 or -errno; -EFBIG when there is no room.  `fd` is a pointer because another
 * thread may move the descriptor until we write.
 */
int append_records(const int *fd, const void *records, size_t bytes, int64_t size,
		   uint64_t limit) MUST_CHECK NONNULL;

#endif
