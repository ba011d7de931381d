/*
 * See trace.h.  Runs in the host: any thread, any context; errno is the caller's to keep.
 */
#include "trace.h"

#include <errno.h>
#include <string.h>

#include "bracket.h"
#include "process.h"
#include "recorder.h"
#include "sys.h"
#include "thread.h"

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
static bool is_lookup(const struct call *call, const struct pyc_path_parts *parts, int error,
		      bool stream)
{
	if (stream)
		return thread.open_source == call->key ||
		       (!error && is_sourceless(parts) && thread.missing_source == call->key);
	return thread.seen_key == call->key && (thread.seen_is_source || is_sourceless(parts));
}

static void emit_lookup(struct call *call, int error, enum pyc_verdict verdict)
{
	struct record_lookup *lookup = &call->record.lookup;
	struct verdict_event event = {.operation = RECORD_lookup,
				      .error = (uint16_t)error,
				      .header = (uint8_t)verdict,
				      .key = call->key};

	lookup->record = (struct record){
		.type = RECORD_lookup,
		.flags = thread.seen.seen ? RECORD_SOURCE_SEEN : 0,
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = since(call->begin_ns),
	};
	lookup->source_mtime = thread.seen.mtime;
	lookup->source_bytes = thread.seen.bytes;
	recorder_append(&lookup->record, sizeof(*lookup) + call->path_length + 1, &event);
}

static void lookup(struct call *call, int fd, int error, bool stream)
{
	struct record_lookup *lookup = &call->record.lookup;
	const char *path = lookup->path;
	struct pyc_path_parts parts = pyc_path_split(path, call->path_length);
	struct descriptor *slot;
	struct stat status;
	enum pyc_verdict verdict = PYC_VALID;
	bool two; /* 2.7, which has the source open */

	if (!process_is_python() || !is_lookup(call, &parts, error, stream))
		return;
	two = stream && thread.open_source == call->key;
	if (thread.seen_key != call->key || !thread.seen_is_source)
		thread.seen.seen = false;
	memset(lookup->header, 0, sizeof(lookup->header));
	lookup->pyc_bytes = 0;
	if (!error) {
		if (sys_fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
			return;
		lookup->pyc_bytes = (uint64_t)status.st_size;
		sys_pread(fd, lookup->header, sizeof(lookup->header), 0);
		verdict = pyc_header_judge(lookup->header, lookup->pyc_bytes, path + parts.tag,
					   parts.tag ? parts.tag_end - parts.tag : 0,
					   thread.seen);
		slot = descriptor_add(fd, DESCRIPTOR_LOOKUP);
		if (slot) {
			slot->key = call->key;
			slot->stream = stream;
			slot->stale_with_source_open = two && pyc_verdict_is_stale(verdict);
			memcpy(slot->path, path, call->path_length + 1);
		}
	}
	thread.imported_source = two ? call->key : thread.imported_source;
	emit_lookup(call, error, verdict);
	thread.direct_key = error ? call->key : 0;
	if (error && two)
		bracket_begin(call->key, descriptor_find_source(call->key));
}

/* Move the path from where call_begin() put it to where this kind of record has it. */
static struct record_event *as_event(struct call *call, enum record_type type, int error,
				     uint64_t bytes)
{
	struct record_event *event = &call->record.event;

	memmove(event->path, call->record.lookup.path, call->path_length + 1);
	event->record = (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = since(call->begin_ns),
	};
	event->bytes = bytes;
	return event;
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

	if (call->class == PYC_FILE)
		parts = pyc_path_split(call->record.lookup.path, call->path_length);
	event.untagged = is_sourceless(&parts);
	recorder_append(&as_event(call, type, error, 0)->record,
			sizeof(struct record_event) + call->path_length + 1, &event);
}

static void create(struct call *call, int fd, int error, bool stream)
{
	struct descriptor *slot;
	struct stat status;

	if (!error && sys_fstat(fd, &status) == 0) {
		slot = descriptor_add(fd, DESCRIPTOR_WRITTEN);
		if (slot) {
			slot->key = call->key;
			slot->stream = stream;
			slot->device = status.st_dev;
			slot->inode = status.st_ino;
			memcpy(slot->path, call->record.lookup.path, call->path_length + 1);
		}
	}
	emit(call, RECORD_create, error);
}

static void read_source(struct call *call, int fd, int error, bool stream)
{
	bool direct = thread.direct_key == call->key, seen = thread.seen_key == call->key;
	struct verdict_event event = {.operation = RECORD_read_source,
				      .flags = direct ? RECORD_DIRECT : 0,
				      .error = (uint16_t)error,
				      .key = call->key};
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

/* An open is a reading one, or it may change the file. */
static bool opens_for_reading(const struct call *call)
{
	const char *mode = (const char *)call->detail;

	if (call->operation == CALL_fopen)
		return mode[0] == 'r' && !strchr(mode, '+');
	return (call->detail & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY;
}

static void opened(struct call *call, int fd, int error, bool stream)
{
	bool reading = opens_for_reading(call);

	if (call->operation == CALL_open && call->detail & (O_PATH | O_DIRECTORY))
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
		thread.seen_key = call->key;
		thread.seen_is_source = true;
		thread.seen = (struct pyc_source){true, (uint32_t)status->st_mtime,
						  (uint32_t)status->st_size};
	} else if (call->class == PYC_FILE && thread.seen_key != call->key) {
		thread.seen_key = call->key;
		thread.seen_is_source = false;
		thread.seen.seen = false;
	}
}

/*
 * py_compile asks whether its target is a symbolic link after it has compiled
 * (Lib/py_compile.py, compile); an import does not.  The miss before was a tool's.
 */
static void asked_for_link(struct call *call)
{
	const struct verdict_frame *frame = verdict_top(&thread.verdict);

	if (call->class == PYC_FILE && frame && frame->key == call->key && frame->compiled &&
	    !frame->attempted && frame->result != RESULT_NONE)
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
		if (call->class == PYC_CACHE)
			emit(call, RECORD_mkdir, error);
		break;
	case CALL_rmdir:
		if (call->class == PYC_CACHE)
			emit(call, RECORD_rmdir, error);
		break;
	case CALL_unlink:
		if (is_pyc)
			emit(call, RECORD_unlink, error);
		else if (call->class == PYC_CACHE) /* AT_REMOVEDIR, remove() */
			emit(call, RECORD_rmdir, error);
		break;
	default:
		break;
	}
}

void trace_rename(struct call *call, const struct call *to, int error)
{
	struct record_event *record = as_event(call, RECORD_rename, error, 0);
	size_t used = call->path_length + 1;
	struct verdict_event event = {
		.operation = RECORD_rename,
		.error = (uint16_t)error,
		.temporary = call->class == PYC_TEMPORARY,
		.publishes = call->class == PYC_TEMPORARY && to->class == PYC_FILE,
		.key = to->key,
	};

	memcpy(record->path + used, to->record.lookup.path, to->path_length + 1);
	recorder_append(&record->record, sizeof(*record) + used + to->path_length + 1, &event);
}
