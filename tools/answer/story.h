/* SPDX-License-Identifier: MIT */
/*
 * The events of the modules that `why` is about, kept in memory in their order.  Collected
 * as an observer of stats.c, printed by story_text.c and why_json.c.  Pure, except that it
 * allocates.
 */
#ifndef PYCSHIM_STORY_H
#define PYCSHIM_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/query.h"
#include "attributes.h"
#include "read/stats.h"

enum story_result {
	STORY_NONE,
	STORY_HIT,
	STORY_MISS,
	STORY_UNREADABLE,
	STORY_STALE,
	STORY_GLANCE /* a tool read the pyc; it was no look-up of an import */
};

struct story_event {
	uint64_t time_ns;
	const struct process *process;
	uint32_t tid;
	uint16_t error;
	uint8_t type;	 /* enum record_type */
	uint8_t action;	 /* enum record_action */
	bool exact;	 /* compile: its end mark was seen */
	bool complete;	 /* write: the pyc is now complete and in place (2.7) */
	bool temporary;	 /* it concerns the pyc's temporary file */
	bool counted;	 /* compile, read_source: compiled, and not only hashed */
	bool hashes;	 /* read_source: to compare the hash of a checked-hash pyc */
	uint64_t amount; /* bytes; for a compile, nanoseconds */
	size_t order;	 /* the order of recording, for equal times */
	/* read_source: the error of making __pycache__ before it; rename: the error of an
	   earlier write, so that the pyc is cut off */
	uint16_t late_error;
	/* filled by story_sort() */
	size_t next;	       /* index of this thread's next event; 0: none */
	uint64_t bytes_before; /* bytes the thread had written since its last create */

	/* look-ups */
	uint8_t result; /* enum story_result */
	uint8_t reason; /* STORY_STALE: STALE_* */
	uint8_t header; /* enum pyc_verdict */
	bool damaged;	/* its body is not a complete code object */
	bool whole;	/* its body is one; neither: the body was not seen */
	bool by_name;	/* it was loaded by its own name, not found by an import */
	bool ended;	/* the import ended with an error: such a pyc is not replaced */
	uint16_t magic;
	uint32_t pyc_mtime, pyc_source_bytes; /* the source's time and size in the pyc */
	uint32_t source_mtime, source_bytes;  /* those of the source itself */
	bool source_seen;		      /* these two are known */
	bool reused, waited; /* from the store; after a wait for another process */
	uint64_t saved_ns;   /* reused: what the compile had taken; 0: not known */
	uint64_t wait_ns;
	char *stored_from; /* reused: the source that was compiled; NULL: not known */
};

struct story_thread;

struct story {
	enum query_rank rank;
	struct story_thread *threads;
	struct story_event *event;
	size_t count, capacity;
	bool several; /* there are several recordings or nodes, so pids are ambiguous */
};

/* The context of story_observe(). */
struct story_teller {
	const struct query *query;
};

/* Add an event to the story of its module, if the query may mean that module. */
stats_observer story_observe;

/* The story of a module; NULL: the query does not mean it. */
struct story *story_of(const struct module *module) NONNULL;

/*
 * Call this before printing a story.  Sorts the events of several recordings and threads
 * by time, and finds for each event the next one of its thread.
 */
void story_sort(struct story *story) NONNULL;

/* Free all stories. */
void story_free(struct stats *stats) NONNULL;

/* The next event of the same thread after `index`, or NULL. */
const struct story_event *story_next(const struct story *story, size_t index) NONNULL;

#endif
