/* SPDX-License-Identifier: MIT */
/*
 * See verdict.h.
 */
#include "verdict.h"

#include <errno.h>
#include <string.h>

static void verdict_add(struct verdict_changes *changes, void *module, unsigned what,
			int64_t amount, unsigned detail)
{
	if (changes->count < VERDICT_CHANGES_MAX)
		changes->change[changes->count++] = (struct verdict_change){
			module, amount, (uint16_t)what, (uint16_t)detail};
}

struct verdict_frame *verdict_top(struct verdict_thread *thread)
{
	return thread->depth ? &thread->frame[thread->depth - 1] : NULL;
}

struct verdict_frame *verdict_find(struct verdict_thread *thread, uint64_t key)
{
	unsigned i;

	for (i = thread->depth; i-- > 0;)
		if (thread->frame[i].key == key)
			return &thread->frame[i];
	return NULL;
}

/* The frame that a pyc's event belongs to; py_compile names the pyc only here. */
static struct verdict_frame *verdict_find_pyc(struct verdict_thread *thread,
					      const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (frame && !frame->module)
		frame->module = event->module;
	return frame;
}

/* Was its pyc found to be of no use, which ends the import: there is no way round it? */
static bool verdict_is_refused(const struct verdict_frame *frame)
{
	return frame->result == RESULT_STALE && !frame->compiled;
}

/*
 * The top frame, if it is a miss whose source nobody has opened since.  An import opens it
 * next, so that was a tool which asks whether there is a pyc (Debian's py3compile).
 */
static struct verdict_frame *verdict_probe(struct verdict_thread *thread)
{
	struct verdict_frame *top = verdict_top(thread);

	return top && top->result == RESULT_MISS && !top->source_read && !top->asked &&
			       !top->attempted
		       ? top
		       : NULL;
}

/* May another look-up take this frame's place?  If not, it nests in its compile. */
static bool verdict_is_over(const struct verdict_frame *frame)
{
	return frame->attempted || frame->compile_ended || verdict_is_refused(frame) ||
	       (frame->result == RESULT_HIT &&
		(!frame->source_read || frame->header == PYC_VALID));
}

/* Is the read of a source with this key the next step of this frame? */
static bool verdict_awaits_source(const struct verdict_frame *frame,
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

static struct verdict_frame *verdict_push(struct verdict_thread *thread, uint64_t key,
					  void *module)
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

static void verdict_compiled(struct verdict_changes *changes, struct verdict_frame *frame)
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

static void verdict_failed(struct verdict_changes *changes, struct verdict_frame *frame,
			   unsigned error)
{
	if (frame->failed)
		return;
	frame->failed = true;
	verdict_add(changes, frame->module, VERDICT_write_failed, 1, 0);
	verdict_add(changes, frame->module, VERDICT_WRITE_ERROR, 1, error);
}

/* The pyc was opened, and the interpreter did not use it. */
static void verdict_refused(struct verdict_changes *changes, struct verdict_frame *frame,
			    unsigned reason)
{
	frame->result = RESULT_STALE;
	verdict_add(changes, frame->module, VERDICT_hits, -1, 0);
	verdict_add(changes, frame->module, VERDICT_stale, 1, 0);
	verdict_add(changes, frame->module, VERDICT_STALE_REASON, 1, reason);
	frame->header = (uint8_t)(PYC_STALE_magic + reason);
}

/* ... and went to the source instead. */
static void verdict_rejected(struct verdict_changes *changes, struct verdict_frame *frame,
			     unsigned reason)
{
	verdict_refused(changes, frame, reason);
	verdict_compiled(changes, frame);
}

/*
 * Does this pyc end the import with an exception?  Of a module without source, and of a
 * pyc that is loaded by its own name, any fault does (SourcelessFileLoader.get_code in
 * Lib/importlib/_bootstrap_external.py), and of any module a body that is no code object,
 * as nothing catches what marshal raises.  A pyc that is checked by its hash may still be
 * replaced before.
 */
static bool verdict_ends_import(const struct verdict_frame *frame,
				const struct verdict_event *event)
{
	bool by_name = event->flags & RECORD_BY_NAME;
	bool sourceless = (event->untagged || by_name) && !frame->source_read &&
			  !(event->flags & RECORD_SOURCE_SEEN);
	bool faulty = pyc_verdict_is_stale(event->header) ||
		      event->flags & RECORD_REJECTED;

	if (event->error)
		return false;
	return (sourceless && faulty) || (event->flags & RECORD_DAMAGED && !faulty &&
					  event->header != PYC_CHECKED_HASH);
}

static unsigned verdict_reason_of(const struct verdict_event *event)
{
	if (pyc_verdict_is_stale(event->header))
		return pyc_stale_reason(event->header);
	return event->flags & RECORD_DAMAGED ? STALE_truncated : STALE_magic;
}

static void verdict_attempted(struct verdict_changes *changes,
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

static unsigned verdict_total_of_result(unsigned result)
{
	return result == RESULT_HIT	? VERDICT_hits
	       : result == RESULT_MISS	? VERDICT_misses
	       : result == RESULT_STALE ? VERDICT_stale
					: VERDICT_unreadable;
}

static void verdict_lookup(struct verdict_changes *changes, struct verdict_thread *thread,
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
static bool verdict_shows_source(struct verdict_thread *thread,
				 const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (!frame || frame->result == RESULT_NONE || !frame->compiled ||
	    frame->attempted || frame->place != event->place)
		return false;
	frame->shown = true;
	return true;
}

static void verdict_read_source(struct verdict_changes *changes,
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

static void verdict_compile(struct verdict_changes *changes,
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

static void verdict_create(struct verdict_changes *changes, struct verdict_thread *thread,
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

static void verdict_write(struct verdict_changes *changes, struct verdict_thread *thread,
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
static void verdict_unlink(struct verdict_changes *changes, struct verdict_thread *thread,
			   const struct verdict_event *event)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (frame && frame->cut_short && event->temporary)
		verdict_failed(changes, frame, frame->cut_short);
}

static void verdict_rename(struct verdict_changes *changes, struct verdict_thread *thread,
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
static struct verdict_frame *verdict_unwritten(struct verdict_thread *thread,
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
static void verdict_mkdir(struct verdict_changes *changes, struct verdict_thread *thread,
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
static void verdict_retract(struct verdict_changes *changes,
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

/* A hit is of the store, or came after a wait: `counter` of the module, and its time. */
static void verdict_shared(struct verdict_changes *changes, struct verdict_thread *thread,
			   const struct verdict_event *event, unsigned counter,
			   unsigned time)
{
	struct verdict_frame *frame = verdict_find(thread, event->key);

	if (frame && frame->result == RESULT_HIT)
		verdict_add(changes, frame->module, counter, 1, 0);
	if (event->amount)
		verdict_add(changes, frame ? frame->module : event->module, time,
			    (int64_t)event->amount, 0);
}

void verdict_feed(struct verdict_thread *thread, const struct verdict_event *event,
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
	case RECORD_reuse:
		verdict_shared(changes, thread, event, VERDICT_reused, VERDICT_saved_ns);
		break;
	case RECORD_wait:
		verdict_shared(changes, thread, event, VERDICT_waited, VERDICT_wait_ns);
		break;
	default:
		break;
	}
}
