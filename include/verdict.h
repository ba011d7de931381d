/* SPDX-License-Identifier: MIT */
/*
 * What the events of a run mean: hit, miss, stale, compiled, written, failed.  Events
 * say what happened; the verdicts follow from their order on one thread.  The library
 * keeps a process's totals with this when events are lost, pycstat reads recordings
 * with it: one definition.
 *
 * A frame is one module on its way.  Frames form a stack for each thread, because a
 * compile may import a codec in its middle ("coding: cp1252").  The orders:
 *
 *	3.x   lookup, [close], read_source, compile, mkdir|create, write, rename
 *	2.7   read_source, lookup, compile, unlink, create, write|COMPLETE
 *	py_compile	read_source, compile, [retract], create, write, rename
 *	checked hash	lookup, read_source: a hit, unless a write follows; so too for
 *			an unchecked hash, if the source is read at once
 *	unknown magic	lookup: a hit, unless the source is read at once
 *
 * Provisional counts are corrected: a look-up that opened its pyc counts as a hit until
 * its source is read; a compile counts as not_attempted until it tries to write.
 *
 * Pure: no I/O, no allocation, errno untouched.  The caller owns all state.
 */
#ifndef PYCSHIM_VERDICT_H
#define PYCSHIM_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "pyc_header.h"
#include "pyc_path.h"
#include "recording.h"

enum verdict_total {
#define TOTAL(name, what) VERDICT_##name,
#include "totals.def"
#undef TOTAL
	VERDICT_TOTALS,
	VERDICT_STALE_REASON = VERDICT_TOTALS, /* detail: STALE_* */
	VERDICT_WRITE_ERROR,		       /* detail: errno */
};

/* One correction of one counter. */
struct verdict_change {
	void *module; /* as given in the event that opened the frame */
	int64_t amount;
	uint16_t what; /* enum verdict_total */
	uint16_t detail;
};

#define VERDICT_CHANGES_MAX 8
struct verdict_changes {
	unsigned count;
	struct verdict_change change[VERDICT_CHANGES_MAX];
};

enum verdict_result {
	RESULT_NONE,
	RESULT_HIT,
	RESULT_MISS,
	RESULT_UNREADABLE,
	RESULT_STALE
};

struct verdict_frame {
	uint64_t key;
	void *module;
	uint64_t compile_ns; /* of this compile, as counted so far */
	uint8_t result;	     /* enum verdict_result */
	uint8_t header;	     /* enum pyc_verdict of the pyc that was opened */
	bool source_read;
	uint32_t place;	    /* of the source */
	bool compiled;	    /* counted as compiled */
	bool compile_ended; /* its end mark was seen */
	bool asked;	    /* its source was tried to be read */
	bool shown;	    /* its source was read again, not to be compiled */
	bool attempted;	    /* tried to write */
	bool failed;	    /* counted as write_failed */
	uint16_t cut_short; /* why the last write was short, an errno; 0: it was not */
};

#define VERDICT_DEPTH 8
struct verdict_thread {
	unsigned depth;
	uint32_t cache_directory; /* pyc_key_directory() of a __pycache__ ... */
	uint16_t cache_error;	  /* ... that could not be made before any look-up */
	struct verdict_frame frame[VERDICT_DEPTH];
};

struct verdict_event {
	uint8_t operation; /* enum record_type */
	uint8_t flags;	   /* enum record_flags */
	uint16_t error;
	uint8_t header;	 /* lookup: enum pyc_verdict */
	bool temporary;	 /* create, write, unlink, rename's source: a temporary name */
	bool publishes;	 /* rename: from a temporary to a pyc */
	bool untagged;	 /* create: a pyc by its final name without a tag */
	uint64_t key;	 /* pyc_path_key(), of the new path for rename */
	uint32_t place;	 /* read_source, and create without a tag: pyc_path_place() */
	uint64_t amount; /* bytes; compile, reuse, wait: nanoseconds */
	void *module;
};

/* Feed one event of `thread`, in order; `changes` is filled with what follows from it. */
void verdict_feed(struct verdict_thread *thread, const struct verdict_event *event,
		  struct verdict_changes *changes) NONNULL;

/* The module that is on its way and was begun last; the one with this key.  Or NULL. */
struct verdict_frame *verdict_top(struct verdict_thread *thread) NONNULL;
struct verdict_frame *verdict_find(struct verdict_thread *thread, uint64_t key) NONNULL;

#endif
