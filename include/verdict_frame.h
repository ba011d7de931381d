/*
 * What verdict.h keeps of each thread: the modules that are on their way, and the
 * corrections of counters that an event leads to.  Taken in by verdict.h alone.
 *
 * Pure: no I/O, no allocation, errno untouched.
 */
#ifndef PYCSHIM_VERDICT_FRAME_H
#define PYCSHIM_VERDICT_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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
	uint64_t amount; /* bytes, or nanoseconds for compile */
	void *module;
};

static inline void verdict_add(struct verdict_changes *changes, void *module,
			       unsigned what, int64_t amount, unsigned detail)
{
	if (changes->count < VERDICT_CHANGES_MAX)
		changes->change[changes->count++] = (struct verdict_change){
			module, amount, (uint16_t)what, (uint16_t)detail};
}

static inline struct verdict_frame *verdict_top(struct verdict_thread *thread)
{
	return thread->depth ? &thread->frame[thread->depth - 1] : NULL;
}

static inline struct verdict_frame *verdict_find(struct verdict_thread *thread,
						 uint64_t key)
{
	unsigned i;

	for (i = thread->depth; i-- > 0;)
		if (thread->frame[i].key == key)
			return &thread->frame[i];
	return NULL;
}

/* The frame that a pyc's event belongs to; py_compile names the pyc only here. */
static inline struct verdict_frame *verdict_find_pyc(struct verdict_thread *thread,
						     const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (frame && !frame->module)
		frame->module = event->module;
	return frame;
}

/* Was its pyc found to be of no use, which ends the import: there is no way round it? */
static inline bool verdict_is_refused(const struct verdict_frame *frame)
{
	return frame->result == RESULT_STALE && !frame->compiled;
}

/*
 * The top frame, if it is a miss whose source nobody has opened since.  An import opens it
 * next, so that was a tool which asks whether there is a pyc (Debian's py3compile).
 */
static inline struct verdict_frame *verdict_probe(struct verdict_thread *thread)
{
	struct verdict_frame *top = verdict_top(thread);

	return top && top->result == RESULT_MISS && !top->source_read && !top->asked &&
			       !top->attempted
		       ? top
		       : NULL;
}

/* May another look-up take this frame's place?  If not, it nests in its compile. */
static inline bool verdict_is_over(const struct verdict_frame *frame)
{
	return frame->attempted || frame->compile_ended || verdict_is_refused(frame) ||
	       (frame->result == RESULT_HIT &&
		(!frame->source_read || frame->header == PYC_VALID));
}

/* Is the read of a source with this key the next step of this frame? */
static inline bool verdict_awaits_source(const struct verdict_frame *frame,
					 const struct verdict_event *event)
{
	if (frame->key != event->key || frame->attempted || frame->compile_ended)
		return false;
	if (verdict_is_refused(frame))
		return event->flags & RECORD_DIRECT;
	if (frame->result != RESULT_HIT)
		return true;
	/* after a hit, linecache or inspect may read the source too, but not at once */
	return pyc_verdict_is_stale(frame->header) || frame->header == PYC_CHECKED_HASH ||
	       ((frame->header == PYC_UNPROVEN || frame->header == PYC_UNCHECKED_HASH) &&
		event->flags & RECORD_DIRECT);
}

static inline struct verdict_frame *verdict_push(struct verdict_thread *thread,
						 uint64_t key, void *module)
{
	struct verdict_frame *top;

	while ((top = verdict_top(thread)) && (verdict_is_over(top) || top->key == key))
		thread->depth--;
	if (thread->depth == VERDICT_DEPTH) { /* -B: compiles that have no end mark */
		thread->depth--;
		memmove(thread->frame, thread->frame + 1,
			thread->depth * sizeof(thread->frame[0]));
	}
	top = &thread->frame[thread->depth++];
	*top = (struct verdict_frame){.key = key, .module = module};
	return top;
}

#endif
