/* SPDX-License-Identifier: MIT */
/*
 * Makes the events of a recording.  Used by trace/ only; errno is the caller's to keep.
 */
#ifndef PYCSHIM_EVENT_H
#define PYCSHIM_EVENT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "host/call_data.h"
#include "host/sys.h"
#include "pyc_path.h"
#include "recording.h"

/* A record with room for a path.  It is large: use it only on our own stack. */
union event_record {
	struct record record;
	struct record_event event;
	struct record_lookup lookup;
	struct record_compile compile;
	char bytes[sizeof(struct record_lookup) + PATH_MAX + 8];
} __attribute__((aligned(8)));

/* Nanoseconds since `begin_ns` (since the epoch), at most UINT32_MAX. */
static inline uint32_t event_since(uint64_t begin_ns)
{
	uint64_t now = sys_time_ns();

	if (now < begin_ns) /* the clock was set back */
		return 0;
	return now - begin_ns < UINT32_MAX ? (uint32_t)(now - begin_ns) : UINT32_MAX;
}

/*
 * Does the pyc lie where sources lie, and without a tag?  A sourceless pyc is named so,
 * and every pyc of CPython 2.7.
 */
static inline bool event_is_sourceless(const struct pyc_path_parts *parts)
{
	return !parts->in_cache && !parts->tag;
}

/*
 * Fill in an event about the path of this call, which has just ended with `error` (errno
 * or 0).  `bytes` is the event's own (recording.h), 0 for most types.
 */
void event_describe(struct record_event *event, const struct call *call,
		    enum record_type type, int error, uint64_t bytes) NONNULL;

/* Record an event about the path of this call that needs nothing but the call. */
void event_emit(struct call *call, enum record_type type, int error) NONNULL;

#endif
