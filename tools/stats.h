/*
 * What a recording's events add up to.  stats_feed() is the one place where the verdict
 * state machine of include/verdict.h meets the tables; stats_process.h and stats_module.h
 * keep what it says of each.  A command that wants single events gets each one,
 * understood, through `observe`.
 * Called by recordings.c; pure but for memory.
 */
#ifndef PYCSHIM_STATS_H
#define PYCSHIM_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"
#include "tables.h"
#include "verdict.h"

/* One event, understood.  Valid during the call of an observer. */
struct stats_event {
	const struct record *record;
	const char *path, *to; /* to: of a rename, else NULL */
	struct thread *thread;
	struct module *module;	 /* that it is about; NULL: none that is known */
	bool temporary;		 /* the path is a temporary's ... */
	bool publishes;		 /* ... and renamed to a pyc */
	bool denied;		 /* deny mode refused this, or its __pycache__ before */
	enum pyc_verdict header; /* of a look-up that opened its pyc */
	struct verdict_changes changes;
};

typedef void stats_observer(void *context, const struct stats_event *event);

struct stats {
	struct tables tables;
	uint64_t events;	     /* that `pycstat events` would print */
	uint64_t redirected, denied; /* of these, by action */
	uint64_t first_ns, last_ns;  /* of everything; 0: nothing */
	uint64_t recording_bytes;    /* that were read ... */
	uint64_t largest_bytes;	     /* ... of the largest of the recordings */
	uint64_t damaged_bytes;
	stats_observer *observe; /* NULL: nobody looks */
	void *context;

	/* filled by stats_finish() */
	struct totals totals;
	struct error_counts errors;
	uint64_t lost_events;
	int64_t at_most, denied_writes;
	int64_t unmeasured; /* compiles whose cost is not known */
	unsigned processes, pythons, modules;
	unsigned starts; /* see starts.h */
};

void stats_init(struct stats *stats) NONNULL;
void stats_free(struct stats *stats) NONNULL;

/* Take in one record, in the order of its recording. */
void stats_feed(struct stats *stats, const struct record *record) NONNULL;

/* After the last record: what processes counted themselves, and the sums of a run. */
void stats_finish(struct stats *stats) NONNULL;

/* Does `pycstat events` print this record? */
bool stats_event_is_shown(const struct record *record) NONNULL;

#endif
