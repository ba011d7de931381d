/* SPDX-License-Identifier: MIT */
/*
 * See trace.h.
 */
#include "trace/trace.h"

#include <errno.h>
#include <string.h>

#include "host/config.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/source_hash.h"
#include "host/sys.h"
#include "host/thread.h"
#include "path/stamp.h"
#include "record/recorder.h"
#include "trace/event.h"
#include "trace/magic.h"
#include "trace/trace_fd.h"
#include "trace/trace_lookup.h"

/*
 * A pyc or a temporary was opened for writing, or that was tried: record it and follow its
 * descriptor.
 */
static void trace_create(struct call *call, int fd, int error, bool stream)
{
	struct descriptor *slot = error ? NULL
					: call_follow(call, fd, DESCRIPTOR_WRITTEN,
						      stream);
	struct stat status;

	if (slot) {
		slot->identified = slot->asked = false;
		slot->exclusive = call->open_flags & O_EXCL;
		/* the program asks a file that it has not opened by stdio for its status */
		if (stream && sys_fstat(fd, &status) == 0)
			trace_written_looked_at(slot, &status);
	}
	/* an import looks at the source anew before it opens the pyc that was made */
	if (thread->seen_key == call->key)
		thread->seen_key = 0;
	thread->unwritten = 0;
	event_emit(call, RECORD_create, error);
}

/* Was the look-up of this module's pyc a hit?  (Of one with a hash, the source is read.) */
static bool was_hit(uint64_t key)
{
	const struct verdict_frame *frame = verdict_find(&thread->verdict, key);

	return frame && frame->result == RESULT_HIT;
}

/* A source was opened for reading: record it and follow its descriptor. */
static void trace_read_source(struct call *call, int fd, int error, bool stream)
{
	bool direct = thread->direct_key == call->key,
	     seen = thread->seen_key == call->key;
	struct verdict_event event = {
		.operation = RECORD_read_source,
		.flags = direct ? RECORD_DIRECT : 0,
		.error = (uint16_t)error,
		.key = call->key,
		.place = pyc_path_place(call_path(call), call->path_length)};
	union event_record record;

	if (!process_is_python())
		return;
	magic_read_source(call->key);
	if (stream) {
		thread->open_source = error ? 0 : call->key;
		thread->missing_source = error ? call->key : 0;
	}
	/* 2.7 tries every directory of sys.path: a source that is absent is no event */
	if (error == ENOENT || error == ENOTDIR)
		return;
	if (!error) {
		call_follow(call, fd, DESCRIPTOR_SOURCE, stream);
		thread->unwritten += direct && !was_hit(call->key); /* to compile it */
	}
	event_describe(&record.event, call, RECORD_read_source, error,
		       seen && thread->seen.seen ? thread->seen.bytes : 0);
	record.record.flags = event.flags;
	recorder_append(&record.record, sizeof(record.event) + call->path_length + 1,
			&event);
}

static void opened(struct call *call, int fd, int error, bool stream)
{
	bool reading = call_opens_to_read(call);

	if (call->open_flags & (O_PATH | O_DIRECTORY))
		return;
	/* redirect and a store need the sources, and redirect stamps a pyc at its close */
	if (reading && config.record_off && !source_hash_is_wanted())
		return;
	if (call->class != PYC_FILE || !reading)
		direct_interrupted(&thread->direct);
	if (call->class == PYC_SOURCE && reading)
		trace_read_source(call, fd, error, stream);
	else if (call->class == PYC_FILE && reading)
		trace_lookup(call, fd, error, stream);
	else if ((call->class == PYC_FILE || call->class == PYC_TEMPORARY) && !reading)
		trace_create(call, fd, error, stream);
}

void trace_saw_source(uint64_t key, const struct stat *status)
{
	thread->direct_key = 0;
	if (!status)
		return;
	thread->confirmed_pyc = thread->open_pyc == key ? key : 0;
	thread->seen_key = key;
	thread->seen_is_source = true;
	thread->seen = (struct pyc_source){true, (uint32_t)status->st_mtime,
					   (uint32_t)status->st_size};
	thread->seen_stamp_ns = stamp_of(status);
}

/* A stat of a source or a pyc. */
static void path_looked_at(const struct call *call, int error)
{
	const struct stat *status = error ? NULL : (const struct stat *)call->detail;

	if (call->class == PYC_SOURCE) {
		trace_saw_source(call->key, status);
		return;
	}
	thread->direct_key = 0;
	/* an import looks at a pyc by stat only if the pyc has no source */
	if (status && call->class == PYC_FILE) {
		direct_looks(&thread->direct, call_path(call), call->path_length);
		thread->seen_key = call->key;
		thread->seen_is_source = false;
		thread->seen.seen = false;
	}
}

/*
 * An lstat of a pyc.  py_compile asks whether its target is a symbolic link before it
 * reads the source (compile() in Lib/py_compile.py); an import does not.  So the miss
 * before was compileall's, and no import's: retract it.
 */
static void asked_for_link(struct call *call)
{
	const struct verdict_frame *frame = verdict_top(&thread->verdict);

	if (call->class == PYC_FILE && frame && frame->key == call->key &&
	    !frame->source_read &&
	    (frame->result == RESULT_MISS || frame->result == RESULT_UNREADABLE))
		event_emit(call, RECORD_retract, 0);
}

void trace_call(struct call *call, int fd, int error, bool stream)
{
	bool is_pyc = call->class == PYC_FILE || call->class == PYC_TEMPORARY;

	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		opened(call, fd, error, stream);
		break;
	case CALL_stat:
		path_looked_at(call, error);
		break;
	case CALL_lstat:
		asked_for_link(call);
		break;
	case CALL_mkdir:
		thread->unwritten = 0; /* under -B nothing is tried */
		if (call->class == PYC_CACHE || error)
			event_emit(call, RECORD_mkdir, error);
		break;
	case CALL_rmdir:
		if (call->class == PYC_CACHE)
			event_emit(call, RECORD_rmdir, error);
		break;
	case CALL_unlink:
	case CALL_remove:
		if (is_pyc)
			event_emit(call, RECORD_unlink, error);
		else if (call->class == PYC_CACHE) /* AT_REMOVEDIR, remove() */
			event_emit(call, RECORD_rmdir, error);
		break;
	default:
		break;
	}
}

void trace_rename(const struct call *call, const struct call *to, int error)
{
	size_t used = call->path_length + 1;
	size_t bytes = sizeof(struct record_event) + used + to->path_length + 1;
	/* an event_record would not hold two paths */
	SCRATCH(struct record_event, record, RECORD_ALIGN(bytes));
	struct verdict_event event = {
		.operation = RECORD_rename,
		.error = (uint16_t)error,
		.temporary = call->class == PYC_TEMPORARY,
		.publishes = call->class == PYC_TEMPORARY && to->class == PYC_FILE,
		.key = to->key,
	};

	event_describe(record, call, RECORD_rename, error, 0);
	memcpy(record->path + used, call_path(to), to->path_length + 1);
	recorder_append(&record->record, bytes, &event);
}
