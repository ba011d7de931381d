/*
 * See trace.h.  Runs in the host: any thread, any context; errno is the caller's to keep.
 */
#include "trace.h"

#include <errno.h>
#include <string.h>

#include "bracket.h"
#include "config.h"
#include "process.h"
#include "recorder.h"
#include "scratch.h"
#include "sys.h"
#include "thread.h"
#include "whole.h"

static uint32_t since(uint64_t begin_ns)
{
	uint64_t now = sys_time_ns();

	if (now < begin_ns) /* the clock was set */
		return 0;
	return now - begin_ns < UINT32_MAX ? (uint32_t)(now - begin_ns) : UINT32_MAX;
}

static bool is_sourceless(const struct pyc_path_parts *parts)
{
	return !parts->in_cache && !parts->tag;
}

/*
 * Is this open of a pyc an interpreter's look-up?  It has looked at the source just
 * before (stat), or has it open (2.7); or there is no source and it has looked at the
 * pyc itself.  Others read pycs too: archivers, checksums.
 */
static bool is_lookup(const struct call *call, const struct pyc_path_parts *parts,
		      int error, bool stream)
{
	if (stream)
		return thread.open_source == call->key ||
		       (!error && is_sourceless(parts) &&
			thread.missing_source == call->key);
	return thread.seen_key == call->key &&
	       (thread.seen_is_source || is_sourceless(parts));
}

static void emit_lookup(struct call *call, int error, enum pyc_verdict verdict,
			bool rejected)
{
	struct record_lookup *lookup = &call->record.lookup;
	struct verdict_event event = {.operation = RECORD_lookup,
				      .flags = rejected ? RECORD_REJECTED : 0,
				      .error = (uint16_t)error,
				      .header = (uint8_t)verdict,
				      .key = call->key};

	lookup->record = (struct record){
		.type = RECORD_lookup,
		.flags = event.flags | (thread.seen.seen ? RECORD_SOURCE_SEEN : 0),
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = since(call->begin_ns),
		.action = call->action,
	};
	lookup->source_mtime = thread.seen.mtime;
	lookup->source_bytes = thread.seen.bytes;
	recorder_append(&lookup->record, sizeof(*lookup) + call->path_length + 1, &event);
}

static enum pyc_verdict judge(const struct call *call, const struct pyc_path_parts *parts)
{
	const struct record_lookup *lookup = &call->record.lookup;

	return pyc_header_judge(
		lookup->header, lookup->pyc_bytes, lookup->path + parts->tag,
		parts->tag ? parts->tag_end - parts->tag : 0, thread.seen);
}

/* Read what the file holds; false: it is no regular file. */
static bool read_header(struct call *call, int fd)
{
	struct record_lookup *lookup = &call->record.lookup;
	struct stat status;

	if (!call->sized) {
		if (sys_fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
			return false;
		lookup->pyc_bytes = (uint64_t)status.st_size;
	}
	sys_pread(fd, lookup->header, sizeof(lookup->header), 0);
	return true;
}

/* Follow a pyc that was opened; true: 2.7 will tell later whether it is a hit. */
static bool follow_lookup(const struct call *call, int fd, bool stream, bool two)
{
	const struct record_lookup *lookup = &call->record.lookup;
	struct descriptor *slot = descriptor_add(fd, DESCRIPTOR_LOOKUP);

	if (!slot)
		return false;
	slot->key = call->key;
	slot->stream = stream;
	slot->action = call->action;
	memcpy(slot->path, lookup->path, call->path_length + 1);
	thread.open_pyc = call->key;
	thread.confirmed_pyc = 0;
	if (!two)
		return false;
	memcpy(slot->header, lookup->header, sizeof(slot->header));
	slot->bytes = lookup->pyc_bytes;
	slot->begin_ns = call->begin_ns;
	slot->source = thread.seen;
	slot->pending = true;
	return true;
}

static void lookup(struct call *call, int fd, int error, bool stream)
{
	struct record_lookup *lookup = &call->record.lookup;
	struct pyc_path_parts parts = pyc_path_split(lookup->path, call->path_length);
	bool two; /* 2.7, which has the source open */

	if (!process_is_python() || !is_lookup(call, &parts, error, stream))
		return;
	two = stream && thread.open_source == call->key;
	if (thread.seen_key != call->key || !thread.seen_is_source)
		thread.seen.seen = false;
	memset(lookup->header, 0, sizeof(lookup->header));
	if (error)
		lookup->pyc_bytes = 0;
	else if (!read_header(call, fd))
		return;
	if (two)
		thread.imported_source = call->key;
	thread.prefix_pyc = parts.tag && !parts.in_cache ? call->key : 0;
	thread.direct_key = error ? call->key : 0;
	if (error || !follow_lookup(call, fd, stream, two))
		emit_lookup(call, error, error ? PYC_VALID : judge(call, &parts), false);
	if (error && two)
		bracket_begin(call->key, descriptor_find_source(call->key));
}

/*
 * 2.7 asks for the size of a pyc that it takes (PyMarshal_ReadLastObjectFromFile), and
 * closes one that it rejects.  By the header alone it cannot be told: another process may
 * just be writing it.  A frame of its own for the path.
 */
__attribute__((noinline)) void trace_late_lookup(struct descriptor *descriptor,
						 bool rejected)
{
	struct call call = {.operation = CALL_fopen,
			    .key = descriptor->key,
			    .action = descriptor->action,
			    .begin_ns = descriptor->begin_ns,
			    .path_length = strlen(descriptor->path)};
	struct record_lookup *lookup = &call.record.lookup;
	struct pyc_path_parts parts;

	descriptor->pending = false;
	thread.seen_key = descriptor->key;
	thread.seen_is_source = true;
	thread.seen = descriptor->source;
	memcpy(lookup->header, descriptor->header, sizeof(lookup->header));
	lookup->pyc_bytes = descriptor->bytes;
	if (!rejected) /* whole by now, if it was not */
		(void)read_header(&call, descriptor->fd);
	memcpy(lookup->path, descriptor->path, call.path_length + 1);
	parts = pyc_path_split(lookup->path, call.path_length);
	emit_lookup(&call, 0, rejected ? judge(&call, &parts) : PYC_VALID, rejected);
}

/* Fill in what an event of this call is; it may be the call's own, below the path there. */
static void describe(struct record_event *event, const struct call *call,
		     enum record_type type, int error, uint64_t bytes)
{
	memmove(event->path, call->record.lookup.path, call->path_length + 1);
	event->record = (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = since(call->begin_ns),
		.action = call->action,
	};
	event->bytes = bytes;
}

/* Move the path from where call_begin() put it to where this kind of record has it. */
static struct record_event *as_event(struct call *call, enum record_type type, int error,
				     uint64_t bytes)
{
	describe(&call->record.event, call, type, error, bytes);
	return &call->record.event;
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
	struct record_event *record;

	if (type == RECORD_mkdir && call->class != PYC_CACHE)
		event.flags = RECORD_FOR_LAST;
	if (call->class == PYC_FILE)
		parts = pyc_path_split(call->record.lookup.path, call->path_length);
	event.untagged = is_sourceless(&parts);
	event.place = pyc_path_place(call->record.lookup.path, call->path_length);
	record = as_event(call, type, error, 0);
	record->record.flags = event.flags;
	recorder_append(&record->record, sizeof(*record) + call->path_length + 1, &event);
}

static void create(struct call *call, int fd, int error, bool stream)
{
	struct descriptor *slot;
	struct stat status = {0};

	if (!error && sys_fstat(fd, &status) == 0) {
		whole_note(status.st_dev, status.st_ino, 0); /* numbers are used again */
		slot = descriptor_add(fd, DESCRIPTOR_WRITTEN);
		if (slot) {
			slot->key = call->key;
			slot->stream = stream;
			slot->action = call->action;
			slot->device = status.st_dev;
			slot->inode = status.st_ino;
			memcpy(slot->path, call->record.lookup.path,
			       call->path_length + 1);
		}
	}
	emit(call, RECORD_create, error);
}

static void read_source(struct call *call, int fd, int error, bool stream)
{
	bool direct = thread.direct_key == call->key, seen = thread.seen_key == call->key;
	struct verdict_event event = {
		.operation = RECORD_read_source,
		.flags = direct ? RECORD_DIRECT : 0,
		.error = (uint16_t)error,
		.key = call->key,
		.place = pyc_path_place(call->record.lookup.path, call->path_length)};
	struct descriptor *slot;
	struct record_event *record;

	if (!process_is_python())
		return;
	if (stream) {
		thread.open_source = error ? 0 : call->key;
		thread.missing_source = error ? call->key : 0;
	}
	/* 2.7 tries every directory of sys.path; only what is there is an event */
	if (error == ENOENT || error == ENOTDIR)
		return;
	if (!error && (slot = descriptor_add(fd, DESCRIPTOR_SOURCE))) {
		slot->key = call->key;
		slot->stream = stream;
		memcpy(slot->path, call->record.lookup.path, call->path_length + 1);
	}
	record = as_event(call, RECORD_read_source, error,
			  seen && thread.seen.seen ? thread.seen.bytes : 0);
	record->record.flags = event.flags;
	recorder_append(&record->record, sizeof(*record) + call->path_length + 1, &event);
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
		lookup(call, fd, error, stream);
	else if ((call->class == PYC_FILE || call->class == PYC_TEMPORARY) && !reading)
		create(call, fd, error, stream);
}

static void looked_at(const struct call *call, int error)
{
	const struct stat *status = (const struct stat *)call->detail;

	thread.direct_key = 0;
	if (error)
		return;
	if (call->class == PYC_SOURCE) {
		thread.confirmed_pyc = thread.open_pyc == call->key ? call->key : 0;
		thread.seen_key = call->key;
		thread.seen_is_source = true;
		thread.seen = (struct pyc_source){true, (uint32_t)status->st_mtime,
						  (uint32_t)status->st_size};
	} else if (call->class ==
		   PYC_FILE) { /* an import has no reason to, but one without source */
		thread.seen_key = call->key;
		thread.seen_is_source = false;
		thread.seen.seen = false;
	}
}

/*
 * py_compile asks whether its target is a symbolic link before it reads the source
 * (Lib/py_compile.py, compile); an import does not.  The miss before was compileall's.
 */
static void asked_for_link(struct call *call)
{
	const struct verdict_frame *frame = verdict_top(&thread.verdict);

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
	SCRATCH(struct record_event, record,
		RECORD_ALIGN(bytes)); /* a call has no such room */
	struct verdict_event event = {
		.operation = RECORD_rename,
		.error = (uint16_t)error,
		.temporary = call->class == PYC_TEMPORARY,
		.publishes = call->class == PYC_TEMPORARY && to->class == PYC_FILE,
		.key = to->key,
	};

	describe(record, call, RECORD_rename, error, 0);
	memcpy(record->path + used, to->record.lookup.path, to->path_length + 1);
	recorder_append(&record->record, bytes, &event);
}
