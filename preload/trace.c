/*
 * See trace.h.  Runs in the host: any thread, any context; errno is the caller's to keep.
 */
#include "trace.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "identity.h"
#include "magic.h"
#include "process.h"
#include "recorder.h"
#include "scratch.h"
#include "sys.h"
#include "thread.h"
#include "whole.h"

/* Fill in what an event of this call is. */
static void describe(struct record_event *event, const struct call *call,
		     enum record_type type, int error, uint64_t bytes)
{
	memcpy(event->path, call_path(call), call->path_length);
	event->path[call->path_length] = '\0'; /* there may be a slash behind it */
	event->record = (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = trace_since(call->begin_ns),
		.action = call->action,
	};
	event->bytes = bytes;
}

static void emit(struct call *call, enum record_type type, int error)
{
	struct pyc_path_parts parts = {.in_cache = true};
	struct verdict_event event = {
		.operation = (uint8_t)type,
		.error = (uint16_t)error,
		.key = call->key,
		.temporary = call->class == PYC_TEMPORARY,
	};
	union trace_record record;

	if (type == RECORD_mkdir && call->class != PYC_CACHE)
		event.flags = RECORD_FOR_LAST;
	if (call->class == PYC_FILE)
		parts = pyc_path_split(call_path(call), call->path_length);
	event.untagged = trace_is_sourceless(&parts);
	event.place = pyc_path_place(call_path(call), call->path_length);
	describe(&record.event, call, type, error, 0);
	record.record.flags = event.flags;
	recorder_append(&record.record, sizeof(record.event) + call->path_length + 1,
			&event);
}

static void create(struct call *call, int fd, int error, bool stream)
{
	struct descriptor *slot;
	struct stat status = {0};

	if (!error && sys_fstat(fd, &status) == 0) {
		whole_note(status.st_dev, status.st_ino, 0); /* numbers are used again */
		slot = descriptor_add(fd, DESCRIPTOR_WRITTEN, WATCH_NOTHING);
		if (slot) {
			slot->key = call->key;
			slot->stream = stream;
			slot->action = call->action;
			slot->device = status.st_dev;
			slot->inode = status.st_ino;
			memcpy(slot->path, call_path(call), call->path_length + 1);
		}
	}
	emit(call, RECORD_create, error);
}

static void read_source(struct call *call, int fd, int error, bool stream)
{
	bool direct = thread->direct_key == call->key,
	     seen = thread->seen_key == call->key;
	struct verdict_event event = {
		.operation = RECORD_read_source,
		.flags = direct ? RECORD_DIRECT : 0,
		.error = (uint16_t)error,
		.key = call->key,
		.place = pyc_path_place(call_path(call), call->path_length)};
	struct descriptor *slot;
	union trace_record record;

	if (!process_is_python())
		return;
	magic_read_source(call->key);
	if (stream) {
		thread->open_source = error ? 0 : call->key;
		thread->missing_source = error ? call->key : 0;
	}
	/* 2.7 tries every directory of sys.path; only what is there is an event */
	if (error == ENOENT || error == ENOTDIR)
		return;
	/* 2.7 looks at the source by its descriptor */
	if (!error && (slot = descriptor_add(fd, DESCRIPTOR_SOURCE, WATCH_LOOKS))) {
		slot->key = call->key;
		slot->stream = stream;
		memcpy(slot->path, call_path(call), call->path_length + 1);
	}
	describe(&record.event, call, RECORD_read_source, error,
		 seen && thread->seen.seen ? thread->seen.bytes : 0);
	record.record.flags = event.flags;
	recorder_append(&record.record, sizeof(record.event) + call->path_length + 1,
			&event);
}

static void opened(struct call *call, int fd, int error, bool stream)
{
	bool reading = !call_opens_for_writing(call_open_flags(call));

	if (call->operation == CALL_open && call->detail & (O_PATH | O_DIRECTORY))
		return;
	if (reading && config.record_off) /* what is written is watched all the same */
		return;
	if (call->class == PYC_SOURCE && reading)
		read_source(call, fd, error, stream);
	else if (call->class == PYC_FILE && reading)
		trace_lookup(call, fd, error, stream);
	else if ((call->class == PYC_FILE || call->class == PYC_TEMPORARY) && !reading)
		create(call, fd, error, stream);
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
	thread->seen_stamp_ns = identity_stamp_of(status);
}

static void looked_at(const struct call *call, int error)
{
	const struct stat *status = error ? NULL : (const struct stat *)call->detail;

	if (call->class == PYC_SOURCE) {
		trace_saw_source(call->key, status);
		return;
	}
	thread->direct_key = 0;
	/* an import has no reason to look at a pyc, but one without source */
	if (status && call->class == PYC_FILE) {
		thread->seen_key = call->key;
		thread->seen_is_source = false;
		thread->seen.seen = false;
	}
}

/*
 * py_compile asks whether its target is a symbolic link before it reads the source
 * (Lib/py_compile.py, compile); an import does not.  The miss before was compileall's.
 */
static void asked_for_link(struct call *call)
{
	const struct verdict_frame *frame = verdict_top(&thread->verdict);

	if (call->class == PYC_FILE && frame && frame->key == call->key &&
	    !frame->source_read &&
	    (frame->result == RESULT_MISS || frame->result == RESULT_UNREADABLE))
		emit(call, RECORD_retract, 0);
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
		looked_at(call, error);
		break;
	case CALL_lstat:
		asked_for_link(call);
		break;
	case CALL_mkdir:
		if (call->class == PYC_CACHE || error)
			emit(call, RECORD_mkdir, error);
		break;
	case CALL_rmdir:
		if (call->class == PYC_CACHE)
			emit(call, RECORD_rmdir, error);
		break;
	case CALL_unlink:
	case CALL_remove:
		if (is_pyc)
			emit(call, RECORD_unlink, error);
		else if (call->class == PYC_CACHE) /* AT_REMOVEDIR, remove() */
			emit(call, RECORD_rmdir, error);
		break;
	default:
		break;
	}
}

void trace_rename(const struct call *call, const struct call *to, int error)
{
	size_t used = call->path_length + 1;
	size_t bytes = sizeof(struct record_event) + used + to->path_length + 1;
	SCRATCH(struct record_event, record, RECORD_ALIGN(bytes)); /* for two paths */
	struct verdict_event event = {
		.operation = RECORD_rename,
		.error = (uint16_t)error,
		.temporary = call->class == PYC_TEMPORARY,
		.publishes = call->class == PYC_TEMPORARY && to->class == PYC_FILE,
		.key = to->key,
	};

	describe(record, call, RECORD_rename, error, 0);
	memcpy(record->path + used, call_path(to), to->path_length + 1);
	recorder_append(&record->record, bytes, &event);
}
