/*
 * The part of trace.h that is about look-ups.  Runs in the host: any thread, any context;
 * errno is the caller's to keep.
 *
 * A look-up that finds a pyc is recorded when the interpreter has read the pyc's head, or
 * closes it: both its size (by an fstat) and its header then come from the interpreter's
 * own calls, and nothing has to be asked for.  2.7 reads by stdio, which nobody sees.
 */
#include <string.h>

#include "bracket.h"
#include "magic.h"
#include "marshal.h"
#include "process.h"
#include "recorder.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"

/*
 * Is this open of a pyc an interpreter's look-up?  It has looked at the source just
 * before (stat), or has it open (2.7); or there is no source and it has looked at the
 * pyc itself.  Others read pycs too: archivers, checksums.
 */
static bool is_lookup(const struct call *call, const struct pyc_path_parts *parts,
		      int error, bool stream)
{
	if (stream)
		return thread->open_source == call->key ||
		       (!error && trace_is_sourceless(parts) &&
			thread->missing_source == call->key);
	return thread->seen_key == call->key &&
	       (thread->seen_is_source || trace_is_sourceless(parts));
}

/* What became of it. */
struct outcome {
	uint32_t duration_ns; /* of the open */
	int error;
	bool taken, rejected;  /* 2.7 was seen to do that; else the header tells */
	bool stream;	       /* it reads by stdio */
	uint16_t tag, tag_end; /* in the path: what promises a magic */
	const uint8_t *data;   /* all of the file; NULL: not seen */
};

/* What of its body tells: a header with nothing behind it, or the code object. */
static unsigned judge_body(const struct record_lookup *lookup, size_t need,
			   const struct outcome *outcome)
{
	const uint8_t *body = outcome->data ? outcome->data : lookup->header;
	size_t seen = outcome->data ? lookup->pyc_bytes : sizeof(lookup->header);

	if (lookup->pyc_bytes < need)
		return 0; /* of that the header tells */
	switch (marshal_judge(body + need, seen - need, lookup->pyc_bytes - need,
			      pyc_header_word(lookup->header) & 0xffff)) {
	case MARSHAL_WHOLE:
		return RECORD_WHOLE;
	case MARSHAL_DAMAGED:
		return RECORD_DAMAGED;
	default:
		return 0;
	}
}

/* Judge a pyc that was opened: fill in the event's header and flags. */
static void judge(const struct record_lookup *lookup, struct pyc_source source,
		  const struct outcome *outcome, struct verdict_event *event)
{
	size_t tag_length = outcome->tag_end - outcome->tag;
	unsigned expected = magic_expected(lookup->path + outcome->tag, tag_length,
					   outcome->stream);
	enum pyc_magic magic = pyc_magic_compare(lookup->header, lookup->pyc_bytes,
						 expected);
	size_t need = expected ? pyc_header_bytes_of(expected)
			       : pyc_header_bytes(lookup->header, lookup->pyc_bytes,
						  lookup->path + outcome->tag, tag_length,
						  source.seen);

	event->header = outcome->taken
				? PYC_VALID
				: (uint8_t)pyc_header_judge_by(lookup->header,
							       lookup->pyc_bytes, need,
							       magic, source);
	if (magic == PYC_MAGIC_OWN || outcome->taken)
		event->flags |= RECORD_MAGIC_OWN | judge_body(lookup, need, outcome);
	else if (magic == PYC_MAGIC_OTHER)
		event->flags |= RECORD_MAGIC_OTHER;
}

/* What a record of a look-up tells besides what is in it already: header, size and path. */
struct looked_up {
	uint64_t key, begin_ns;
	size_t path_length;
	uint8_t action;
};

static void emit(struct record_lookup *lookup, const struct looked_up *looked_up,
		 struct pyc_source source, const struct outcome *outcome)
{
	struct verdict_event event = {.operation = RECORD_lookup,
				      .flags = outcome->rejected ? RECORD_REJECTED : 0,
				      .error = (uint16_t)outcome->error,
				      .header = PYC_VALID,
				      .untagged = !outcome->tag,
				      .key = looked_up->key};

	event.flags |= source.seen ? RECORD_SOURCE_SEEN : 0;
	if (!outcome->error)
		judge(lookup, source, outcome, &event);
	lookup->record = (struct record){
		.type = RECORD_lookup,
		.flags = event.flags,
		.error = (uint16_t)outcome->error,
		.time_ns = looked_up->begin_ns,
		.duration_ns = outcome->duration_ns,
		.action = looked_up->action,
	};
	lookup->source_mtime = source.mtime;
	lookup->source_bytes = source.bytes;
	recorder_append(&lookup->record, sizeof(*lookup) + looked_up->path_length + 1,
			&event);
}

/* The same of what a call has opened, or not. */
static void emit_call(struct record_lookup *lookup, const struct call *call,
		      const struct outcome *outcome)
{
	const struct looked_up looked_up = {call->key, call->begin_ns, call->path_length,
					    call->action};

	memcpy(lookup->path, call_path(call), call->path_length + 1);
	emit(lookup, &looked_up, thread->seen, outcome);
}

/*
 * Fill in what the file holds: its size, unless that is known, and its header, which is
 * `head` or (NULL) must be read.  False: it is no regular file.
 */
static bool fill(struct record_lookup *lookup, int fd, bool sized, const uint8_t *head)
{
	struct stat status;

	if (!sized) {
		if (sys_fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
			return false;
		lookup->pyc_bytes = (uint64_t)status.st_size;
	}
	if (head) {
		memcpy(lookup->header, head, sizeof(lookup->header));
		return true;
	}
	memset(lookup->header, 0, sizeof(lookup->header));
	sys_pread(fd, lookup->header, sizeof(lookup->header), 0);
	return true;
}

/* Follow a pyc that was opened; NULL where there are too many at once. */
static struct descriptor *follow(struct call *call, int fd, bool stream, int watched,
				 const struct outcome *outcome)
{
	struct descriptor *slot = descriptor_add(fd, DESCRIPTOR_LOOKUP, watched);

	if (!slot)
		return NULL;
	slot->key = call->key;
	slot->stream = stream;
	slot->action = call->action;
	memcpy(slot->path, call_path(call), call->path_length + 1);
	slot->pid = thread->pid;
	slot->begin_ns = call->begin_ns;
	slot->duration_ns = outcome->duration_ns;
	slot->tag = outcome->tag;
	slot->tag_end = outcome->tag_end;
	slot->source = thread->seen;
	slot->bytes = call->pyc_bytes;
	slot->sized = call->sized;
	slot->cautious = call->cautious;
	slot->flags = call_open_flags(call);
	call->cautious = false; /* until somebody could see it: see call_fd.c */
	thread->open_pyc = call->key;
	thread->confirmed_pyc = 0;
	return slot;
}

/* By stdio: what it holds must be asked for now, and is the event but for 2.7's verdict. */
static void lookup_stream(struct call *call, int fd, bool two,
			  const struct outcome *outcome)
{
	union trace_record record;
	struct record_lookup *lookup = &record.lookup;
	struct descriptor *slot;

	lookup->pyc_bytes = call->pyc_bytes;
	if (!fill(lookup, fd, call->sized, NULL))
		return;
	call->pyc_bytes = lookup->pyc_bytes;
	slot = follow(call, fd, true, two ? WATCH_LOOKS : WATCH_NOTHING, outcome);
	if (two && slot) {
		memcpy(slot->header, lookup->header, sizeof(slot->header));
		slot->pending = PENDING_VERDICT;
	} else {
		emit_call(lookup, call, outcome);
	}
}

static void lookup_file(struct call *call, int fd, const struct outcome *outcome)
{
	int watched = call->sized ? WATCH_READS : WATCH_READS | WATCH_LOOKS;
	struct descriptor *slot = follow(call, fd, false, watched, outcome);
	union trace_record record;

	record.lookup.pyc_bytes = call->pyc_bytes;
	if (slot)
		slot->pending = PENDING_HEAD;
	else if (fill(&record.lookup, fd, call->sized, NULL))
		emit_call(&record.lookup, call, outcome);
}

static void lookup_failed(struct call *call, bool two, const struct outcome *outcome)
{
	union trace_record record;

	memset(record.lookup.header, 0, sizeof(record.lookup.header));
	record.lookup.pyc_bytes = 0;
	emit_call(&record.lookup, call, outcome);
	if (two)
		bracket_begin(call->key, descriptor_find_source(call->key));
}

void trace_lookup(struct call *call, int fd, int error, bool stream)
{
	struct pyc_path_parts parts = pyc_path_split(call_path(call), call->path_length);
	struct outcome outcome = {.error = error,
				  .tag = (uint16_t)parts.tag,
				  .tag_end = (uint16_t)(parts.tag ? parts.tag_end : 0)};
	bool two; /* 2.7, which has the source open */

	if (!process_is_python() || !is_lookup(call, &parts, error, stream))
		return;
	magic_looks_up();
	outcome.stream = stream;
	outcome.duration_ns = trace_since(call->begin_ns);
	two = stream && thread->open_source == call->key;
	if (thread->seen_key != call->key || !thread->seen_is_source)
		thread->seen.seen = false;
	if (two)
		thread->imported_source = call->key;
	thread->prefix_pyc = parts.tag && !parts.in_cache ? call->key : 0;
	thread->direct_key = error ? call->key : 0;
	if (error)
		lookup_failed(call, two, &outcome);
	else if (stream)
		lookup_stream(call, fd, two, &outcome);
	else
		lookup_file(call, fd, &outcome);
}

/* The event of a look-up that was followed; `head` as above. */
static void emit_followed(struct descriptor *descriptor, const uint8_t *head,
			  struct outcome outcome)
{
	union trace_record record;
	const struct looked_up looked_up = {descriptor->key, descriptor->begin_ns,
					    strlen(descriptor->path), descriptor->action};

	descriptor->pending = PENDING_NOTHING;
	if (descriptor->pid != thread->pid) /* a fork child's copy; the parent tells it */
		return;
	memcpy(record.lookup.path, descriptor->path, looked_up.path_length + 1);
	record.lookup.pyc_bytes = descriptor->bytes;
	outcome.duration_ns = descriptor->duration_ns;
	outcome.tag = descriptor->tag;
	outcome.tag_end = descriptor->tag_end;
	outcome.stream = descriptor->stream;
	if (!fill(&record.lookup, descriptor->fd, descriptor->sized, head))
		return;
	memcpy(descriptor->header, record.lookup.header, sizeof(descriptor->header));
	emit(&record.lookup, &looked_up, descriptor->source, &outcome);
}

/*
 * 2.7 asks for the size of a pyc that it takes (PyMarshal_ReadLastObjectFromFile), and
 * closes one that it rejects.  By the header alone it cannot be told: another process may
 * just be writing it.
 */
static void verdict_of_2(struct descriptor *descriptor, bool taken)
{
	struct outcome outcome = {.taken = taken, .rejected = !taken};

	if (thread->seen_key != descriptor->key)
		thread->seen_stamp_ns = INT64_MIN; /* not known any more */
	thread->seen_key = descriptor->key;
	thread->seen_is_source = true;
	thread->seen = descriptor->source;
	descriptor->sized = !taken; /* what is taken is whole by now, if it was not */
	emit_followed(descriptor, taken ? NULL : descriptor->header, outcome);
	if (taken)
		magic_learn(descriptor->header);
}

void trace_lookup_looked_at(struct descriptor *descriptor, const struct stat *status)
{
	if (descriptor->pending == PENDING_VERDICT) {
		verdict_of_2(descriptor, true);
	} else if (descriptor->pending == PENDING_HEAD && S_ISREG(status->st_mode)) {
		descriptor->bytes = (uint64_t)status->st_size;
		descriptor->sized = true;
		descriptor_unwatch(descriptor, WATCH_LOOKS);
	}
}

/* CPython asks for all that there is and a byte more, and then whether that was all. */
static bool has_read_all(const struct descriptor *descriptor, size_t wanted, long bytes)
{
	return bytes == 0 || (descriptor->sized && (uint64_t)bytes == descriptor->bytes &&
			      wanted == descriptor->bytes + 1);
}

void trace_lookup_read(struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		       long bytes)
{
	bool is_head = bytes >= (long)sizeof(descriptor->header) && data[2] == '\r' &&
		       data[3] == '\n'; /* else it may be from elsewhere in the file */
	bool has_all = descriptor->sized && (uint64_t)bytes == descriptor->bytes;

	if (descriptor->stream)
		return;
	descriptor->read_some = true;
	descriptor->read_all |= has_read_all(descriptor, wanted, bytes);
	if (descriptor->pending == PENDING_HEAD && bytes >= 0)
		emit_followed(descriptor, is_head ? data : NULL,
			      (struct outcome){.data = is_head && has_all ? data : NULL});
	if (descriptor->read_all)
		descriptor_unwatch(descriptor, WATCH_READS | WATCH_LOOKS);
}

void trace_lookup_closed(struct descriptor *descriptor)
{
	bool confirmed = thread->confirmed_pyc == descriptor->key;

	thread->open_pyc = 0;
	if (!descriptor->stream && descriptor->read_some && !descriptor->read_all &&
	    !confirmed)
		trace_retract(descriptor);
	thread->direct_key = descriptor->key;
	if (descriptor->read_all && descriptor->source.seen)
		magic_read_pyc(descriptor->key, descriptor->header);
	if (descriptor->pending == PENDING_HEAD) {
		emit_followed(descriptor, NULL, (struct outcome){0});
	} else if (descriptor->pending == PENDING_VERDICT) {
		verdict_of_2(descriptor, false);
		bracket_begin(descriptor->key, descriptor_find_source(descriptor->key));
	}
}
