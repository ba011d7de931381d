/* SPDX-License-Identifier: MIT */
/*
 * Which events `pycstat events` prints: of one process, of some operations, about one
 * module, since a time.
 * Used by cmd_events.c.  Pure, except that it allocates, reads the clock and, for a module,
 * uses the current directory (query.h).
 */
#ifndef PYCSHIM_EVENT_FILTER_H
#define PYCSHIM_EVENT_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/query.h"
#include "attributes.h"
#include "common/options.h"
#include "read/tables.h"
#include "recording.h"

struct event_filter {
	bool active;	     /* some events are left out */
	uint32_t pid;	     /* 0: all */
	uint64_t since_ns;   /* 0: all */
	uint32_t operations; /* a bit for each enum record_type; 0: all */
	const char *module;  /* NULL: all */
	struct query query;
};

/* Exits with a message and status 64 if an option is wrong. */
void event_filter_begin(struct event_filter *filter,
			const struct options *options) NONNULL;
void event_filter_end(struct event_filter *filter) NONNULL;

/* Is this event printed?  `tables` keeps what its paths mean. */
bool event_filter_takes(const struct event_filter *filter, struct tables *tables,
			const struct record *record,
			const struct process *process) MUST_CHECK NONNULL;

#endif
