/* SPDX-License-Identifier: MIT */
/*
 * Prints an event as a line of text that fits the terminal.  Called by cmd_events.c.
 */
#ifndef PYCSHIM_EVENT_TEXT_H
#define PYCSHIM_EVENT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "read/tables.h"
#include "recording.h"
#include "show/terminal.h"

struct event_text {
	struct terminal terminal;
	unsigned shown; /* a bit for each column */
	bool apart;	/* paths have their own line */
	bool several;	/* there are several recordings or nodes, which are then named */
	size_t indent;	/* where paths begin */
};

/* Choose the columns for which standard output has room. */
struct event_text event_text_begin(bool several) MUST_CHECK;

void event_text_print(const struct event_text *text, const struct record *record,
		      const struct process *process) NONNULL;

/* The number of bytes that the event records. */
uint64_t event_bytes(const struct record *record) MUST_CHECK NONNULL;

/* The duration of the call; for a compile, which is no call, its CPU time. */
uint64_t event_ns(const struct record *record) MUST_CHECK NONNULL;

#endif
