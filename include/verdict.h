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

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "verdict_frame.h"

static inline void verdict_compiled(struct verdict_changes *changes,
				    struct verdict_frame *frame)
{
	if (frame->compiled)
		return;
	frame->compiled = true;
	verdict_add(changes, frame->module, VERDICT_compiled, 1, 0);
	if (!frame->attempted)
		verdict_add(changes, frame->module, VERDICT_not_attempted, 1, 0);
	if (frame->compile_ns)
		verdict_add(changes, frame->module, VERDICT_compile_ns,
			    (int64_t)frame->compile_ns, 0);
}

static inline void verdict_failed(struct verdict_changes *changes,
				  struct verdict_frame *frame, unsigned error)
{
	if (frame->failed)
		return;
	frame->failed = true;
	verdict_add(changes, frame->module, VERDICT_write_failed, 1, 0);
	verdict_add(changes, frame->module, VERDICT_WRITE_ERROR, 1, error);
}

/* The pyc was opened, and the interpreter did not use it. */
static inline void verdict_refused(struct verdict_changes *changes,
				   struct verdict_frame *frame, unsigned reason)
{
	frame->result = RESULT_STALE;
	verdict_add(changes, frame->module, VERDICT_hits, -1, 0);
	verdict_add(changes, frame->module, VERDICT_stale, 1, 0);
	verdict_add(changes, frame->module, VERDICT_STALE_REASON, 1, reason);
	frame->header = (uint8_t)(PYC_STALE_magic + reason);
}

/* ... and went to the source instead. */
static inline void verdict_rejected(struct verdict_changes *changes,
				    struct verdict_frame *frame, unsigned reason)
{
	verdict_refused(changes, frame, reason);
	verdict_compiled(changes, frame);
}

/*
 * Does this pyc end the import with an exception?  Of a module without source any fault
 * does (SourcelessFileLoader.get_code in Lib/importlib/_bootstrap_external.py), and of
 * any module a body that is no code object, as nothing catches what marshal raises.  A
 * pyc that is checked by its hash may still be replaced before.
 */
static inline bool verdict_ends_import(const struct verdict_frame *frame,
				       const struct verdict_event *event)
{
	bool sourceless = event->untagged && !frame->source_read &&
			  !(event->flags & RECORD_SOURCE_SEEN);
	bool faulty = pyc_verdict_is_stale(event->header) ||
		      event->flags & RECORD_REJECTED;

	if (event->error)
		return false;
	return (sourceless && faulty) || (event->flags & RECORD_DAMAGED && !faulty &&
					  event->header != PYC_CHECKED_HASH);
}

static inline unsigned verdict_reason_of(const struct verdict_event *event)
{
	if (pyc_verdict_is_stale(event->header))
		return pyc_stale_reason(event->header);
	return event->flags & RECORD_DAMAGED ? STALE_truncated : STALE_magic;
}

static inline void verdict_attempted(struct verdict_changes *changes,
				     struct verdict_frame *frame)
{
	if (frame->attempted)
		return;
	frame->attempted = true;
	if (frame->compiled)
		verdict_add(changes, frame->module, VERDICT_not_attempted, -1, 0);
	else if (frame->result == RESULT_HIT)
		verdict_rejected(changes, frame,
				 frame->header == PYC_UNPROVEN ? STALE_magic
							       : STALE_hash);
	else
		verdict_compiled(changes, frame);
}

static inline unsigned verdict_total_of_result(unsigned result)
{
	return result == RESULT_HIT	? VERDICT_hits
	       : result == RESULT_MISS	? VERDICT_misses
	       : result == RESULT_STALE ? VERDICT_stale
					: VERDICT_unreadable;
}

static inline void verdict_lookup(struct verdict_changes *changes,
				  struct verdict_thread *thread,
				  const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_probe(thread);

	if (frame) {
		verdict_add(changes, frame->module, VERDICT_lookups, -1, 0);
		verdict_add(changes, frame->module, VERDICT_misses, -1, 0);
		thread->depth--;
	}
	frame = verdict_top(thread);
	/* 2.7 has opened the source before it looks for the pyc */
	if (!frame || frame->key != event->key || !frame->source_read ||
	    frame->result != RESULT_NONE || verdict_is_over(frame))
		frame = verdict_push(thread, event->key, event->module);
	frame->module = event->module;
	frame->header = event->header;
	frame->result = !event->error ? RESULT_HIT
			: event->error == ENOENT || event->error == ENOTDIR
				? RESULT_MISS
				: RESULT_UNREADABLE;
	verdict_add(changes, frame->module, VERDICT_lookups, 1, 0);
	verdict_add(changes, frame->module, verdict_total_of_result(frame->result), 1, 0);
	if (verdict_ends_import(frame, event))
		verdict_refused(changes, frame, verdict_reason_of(event));
	if (!frame->source_read || frame->result == RESULT_STALE)
		return;
	if (frame->result != RESULT_HIT)
		verdict_compiled(changes, frame);
	else if (pyc_verdict_is_stale(frame->header))
		verdict_rejected(changes, frame, pyc_stale_reason(frame->header));
	else if (event->flags & RECORD_REJECTED) /* it was just being written */
		verdict_rejected(changes, frame, STALE_mtime);
}

/*
 * A module whose look-up was no hit is read once to be compiled.  That it is read again
 * before it is written is linecache, which shows a line of it: of a SyntaxWarning in the
 * middle of the compile (Python/errors.c, _PyErr_EmitSyntaxWarning), of any warning or
 * traceback under -B.  Remember it: what that reading cost is no compile.
 */
static inline bool verdict_shows_source(struct verdict_thread *thread,
					const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (!frame || frame->result == RESULT_NONE || !frame->compiled ||
	    frame->attempted || frame->place != event->place)
		return false;
	frame->shown = true;
	return true;
}

static inline void verdict_read_source(struct verdict_changes *changes,
				       struct verdict_thread *thread,
				       const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_top(thread);

	if (frame && frame->key == event->key)
		frame->asked = true;
	if (event->error)
		return;
	if (verdict_shows_source(thread, event))
		return;
	if (!frame || !verdict_awaits_source(frame, event))
		frame = verdict_push(thread, event->key, event->module);
	frame->source_read = true;
	frame->place = event->place;
	if (frame->result == RESULT_NONE)
		return;
	if (frame->result != RESULT_HIT)
		verdict_compiled(changes, frame);
	else if (pyc_verdict_is_stale(frame->header))
		verdict_rejected(changes, frame, pyc_stale_reason(frame->header));
	else if (frame->header == PYC_UNPROVEN)
		verdict_rejected(changes, frame, STALE_magic);
	if (frame->compiled && thread->cache_error &&
	    thread->cache_directory == pyc_key_directory(frame->key)) {
		verdict_attempted(changes, frame);
		verdict_failed(changes, frame, thread->cache_error);
	}
	thread->cache_error = 0;
}

static inline void verdict_compile(struct verdict_changes *changes,
				   struct verdict_thread *thread,
				   const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);
	int64_t before;

	if (!frame || frame->shown)
		return;
	before = (int64_t)frame->compile_ns;
	frame->compile_ns = event->amount;
	if (frame->compiled)
		verdict_add(changes, frame->module, VERDICT_compile_ns,
			    (int64_t)event->amount - before, 0);
	if (event->flags & RECORD_EXACT) {
		frame->compile_ended = true;
		thread->depth = (unsigned)(frame - thread->frame) + 1;
	}
}

static inline void verdict_create(struct verdict_changes *changes,
				  struct verdict_thread *thread,
				  const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find_pyc(thread, event);

	/* by its final name: 2.7 after a compile; else somebody copies or unpacks */
	if (!event->temporary && (!event->untagged || !frame || !frame->source_read ||
				  frame->place != event->place))
		return;
	if (frame)
		verdict_attempted(changes, frame);
	else /* its source was not seen: what becomes of it counts all the same */
		frame = verdict_push(thread, event->key, event->module);
	frame->attempted = true;
	if (event->error)
		verdict_failed(changes, frame, event->error);
}

static inline void verdict_write(struct verdict_changes *changes,
				 struct verdict_thread *thread,
				 const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find_pyc(thread, event);

	if (event->amount)
		verdict_add(changes, frame ? frame->module : event->module,
			    VERDICT_bytes_written, (int64_t)event->amount, 0);
	if (!frame || !frame->attempted)
		return;
	frame->cut_short = 0;
	if (event->flags & RECORD_SHORT) /* the next write may add what is missing */
		frame->cut_short = event->error ? event->error : ENOSPC;
	else if (event->error)
		verdict_failed(changes, frame, event->error);
	else if (event->flags & RECORD_COMPLETE && !event->temporary && !frame->failed)
		verdict_add(changes, frame->module, VERDICT_written, 1, 0);
}

/* CPython with gh-126606 removes a temporary whose write was short. */
static inline void verdict_unlink(struct verdict_changes *changes,
				  struct verdict_thread *thread,
				  const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (frame && frame->cut_short && event->temporary)
		verdict_failed(changes, frame, frame->cut_short);
}

static inline void verdict_rename(struct verdict_changes *changes,
				  struct verdict_thread *thread,
				  const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find_pyc(thread, event);
	struct verdict_frame orphan = {.module = event->module, .attempted = true};

	if (!event->publishes)
		return;
	if (!frame)
		frame = &orphan;
	if (event->error || frame->cut_short) /* a truncated pyc is published */
		verdict_failed(changes, frame,
			       event->error ? event->error : frame->cut_short);
	else if (!frame->failed)
		verdict_add(changes, frame->module, VERDICT_written, 1, 0);
}

/* The frame that a directory is made for: of that directory, compiled and not written. */
static inline struct verdict_frame *verdict_unwritten(struct verdict_thread *thread,
						      const struct verdict_event *event)
{
	struct verdict_frame *frame;
	unsigned i;

	for (i = thread->depth; i-- > 0;) {
		frame = &thread->frame[i];
		if (frame->source_read && !frame->attempted &&
		    (event->flags & RECORD_FOR_LAST ||
		     pyc_key_directory(frame->key) == pyc_key_directory(event->key)))
			return frame;
	}
	return NULL;
}

/*
 * A __pycache__ that could not be made is the only sign of its module's failure.
 * CPython tries after the compile; pytest before the look-up, once for each module.
 */
static inline void verdict_mkdir(struct verdict_changes *changes,
				 struct verdict_thread *thread,
				 const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_unwritten(thread, event);

	if (!event->error || event->error == EEXIST)
		return;
	if (!frame) {
		thread->cache_directory = pyc_key_directory(event->key);
		thread->cache_error = event->error;
		return;
	}
	verdict_attempted(changes, frame);
	verdict_failed(changes, frame, event->error);
}

/* That look-up was a tool's glance at the header (compileall), not an import. */
static inline void verdict_retract(struct verdict_changes *changes,
				   struct verdict_thread *thread,
				   const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (!frame || frame->result == RESULT_NONE)
		return;
	verdict_add(changes, frame->module, VERDICT_lookups, -1, 0);
	verdict_add(changes, frame->module, verdict_total_of_result(frame->result), -1,
		    0);
	if (frame->result == RESULT_STALE)
		verdict_add(changes, frame->module, VERDICT_STALE_REASON, -1,
			    pyc_stale_reason(frame->header));
	frame->result = RESULT_NONE;
}

/* Feed one event of `thread`, in order; `changes` is filled with what follows. */
static inline void verdict_feed(struct verdict_thread *thread,
				const struct verdict_event *event,
				struct verdict_changes *changes)
{
	changes->count = 0;
	switch (event->operation) {
	case RECORD_lookup:
		verdict_lookup(changes, thread, event);
		break;
	case RECORD_read_source:
		verdict_read_source(changes, thread, event);
		break;
	case RECORD_compile:
		verdict_compile(changes, thread, event);
		break;
	case RECORD_create:
		verdict_create(changes, thread, event);
		break;
	case RECORD_write:
		verdict_write(changes, thread, event);
		break;
	case RECORD_rename:
		verdict_rename(changes, thread, event);
		break;
	case RECORD_unlink:
		verdict_unlink(changes, thread, event);
		break;
	case RECORD_mkdir:
		verdict_mkdir(changes, thread, event);
		break;
	case RECORD_retract:
		verdict_retract(changes, thread, event);
		break;
	default:
		break;
	}
}

#endif
