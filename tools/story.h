/*
 * All that happened to the modules a person asked about, in order, kept in memory until
 * it is told.  Collected as an observer of stats.c, told by cmd_why.c.
 */
#ifndef PYCSHIM_STORY_H
#define PYCSHIM_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "query.h"
#include "stats.h"

enum story_result {
	STORY_NONE,
	STORY_HIT,
	STORY_MISS,
	STORY_UNREADABLE,
	STORY_STALE,
	STORY_GLANCE
};

struct story_event {
	uint64_t time_ns;
	const struct process *process;
	uint32_t tid;
	uint16_t error;
	uint8_t type;	 /* enum record_type */
	uint8_t action;	 /* enum record_action */
	bool exact;	 /* compile: the end mark was seen */
	bool complete;	 /* write: the file is whole and in place (2.7) */
	bool temporary;	 /* it is about a temporary of the pyc's */
	bool counted;	 /* compile, read_source: it was compiled, not only hashed */
	bool hashes;	 /* read_source: it follows a hit that its hash decides */
	uint64_t amount; /* bytes; of a compile, nanoseconds */
	size_t order;	 /* as recorded, where times are equal */
	/* read_source: its __pycache__ could not be made before; rename: what came into
	   place is cut short */
	uint16_t late_error;
	size_t next;	       /* of the same thread, by story_sort(); 0: none follows */
	uint64_t bytes_before; /* that the thread had written since its last create */

	/* look-ups */
	uint8_t result; /* enum story_result */
	uint8_t reason; /* STORY_STALE: STALE_* */
	uint8_t header; /* enum pyc_verdict */
	bool damaged;	/* its body is no code object that is whole ... */
	bool whole;	/* ... or is one; neither: it was not seen */
	bool ended;	/* it ended the import: there is no way round such a pyc */
	uint16_t magic;
	uint32_t pyc_mtime, pyc_source_bytes; /* as the pyc has them */
	uint32_t source_mtime, source_bytes;  /* as the source has them ... */
	bool source_seen;		      /* ... if that is known */
};

struct story_thread;

struct story {
	enum query_rank rank;
	struct story_thread *threads;
	struct story_event *event;
	size_t count, capacity;
	bool several; /* recordings or nodes: a pid alone does not name a process */
};

/* The context of story_observe(). */
struct story_teller {
	const struct query *query;
};

/* Take an event into its module's story, if the module is one that may be meant. */
stats_observer story_observe;

/* The story of a module; NULL: not one that may be meant. */
struct story *story_of(const struct module *module) NONNULL;

/*
 * Put the events of several recordings, and of threads that overlap, in order, and find
 * which follow each other on one thread.  Before a story is told.
 */
void story_sort(struct story *story) NONNULL;

/* Free all stories. */
void story_free(struct stats *stats) NONNULL;

/* The next event of the same thread after `index`, or NULL. */
const struct story_event *story_next(const struct story *story, size_t index) NONNULL;

#endif
