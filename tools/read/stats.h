/* SPDX-License-Identifier: MIT */
/*
 * Adds up the events of recordings.  stats_feed() passes each event to the verdict state
 * machine of include/verdict.h, and the result to the tables by stats_process.h,
 * stats_module.h and stats_tally.h.  A command that needs single events gets them through
 * `observe`.
 * Called by recordings.c and cmd_events.c; pure, except that it allocates.
 */
#ifndef PYCSHIM_STATS_H
#define PYCSHIM_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "read/stats_event.h"
#include "read/tables.h"
#include "recording.h"
#include "verdict.h"

struct stats {
	struct tables tables;
	uint64_t events;	     /* those that `pycstat events` prints */
	uint64_t redirected, denied; /* of these, those with that action */
	uint64_t first_ns, last_ns;  /* of all records; 0: there was none */
	uint64_t recording_bytes;    /* bytes read from all recordings */
	uint64_t largest_bytes;	     /* bytes read from the largest one */
	uint64_t damaged_bytes;
	stats_observer *observe; /* called after each event; may be NULL */
	void *context;		 /* its first argument */

	/* filled by stats_finish() */
	struct totals totals;
	struct error_counts errors;
	uint64_t lost_events;
	int64_t at_most;       /* compiles whose cost is an upper limit */
	int64_t denied_writes; /* writes that deny mode refused */
	int64_t unmeasured;    /* compiles whose cost is not known */
	unsigned processes, pythons, modules;
	unsigned starts; /* see starts.h */
};

void stats_init(struct stats *stats) NONNULL;
void stats_free(struct stats *stats) NONNULL;

/* Add one record.  The records of a recording come in its order. */
void stats_feed(struct stats *stats, const struct record *record) NONNULL;

/*
 * Call this after the last record.  It fills the totals, for which processes that lost
 * events give their own counts.
 */
void stats_finish(struct stats *stats) NONNULL;

/* Does `pycstat events` print this record? */
bool stats_event_is_shown(const struct record *record) NONNULL;

#endif
