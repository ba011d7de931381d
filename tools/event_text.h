/*
 * An event as a line of text, within the width of the terminal.  Called by cmd_events.c.
 */
#ifndef PYCSHIM_EVENT_TEXT_H
#define PYCSHIM_EVENT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"
#include "tables.h"
#include "terminal.h"

struct event_text {
	struct terminal terminal;
	unsigned shown; /* a bit for each column */
	bool apart;	/* paths are in lines of their own */
	bool several;	/* recordings or nodes, which are named then */
	size_t indent;	/* of paths */
};

/* Standard output's, with the columns that there is room for. */
struct event_text event_text_begin(bool several) MUST_CHECK;

void event_text_print(const struct event_text *text, const struct record *record,
		      const struct process *process) NONNULL;

/* Bytes of what the event is about. */
uint64_t event_bytes(const struct record *record) MUST_CHECK NONNULL;

/* Nanoseconds of the call; of a compile, which is no call, its CPU time. */
uint64_t event_ns(const struct record *record) MUST_CHECK NONNULL;

#endif
