/* SPDX-License-Identifier: MIT */
/*
 * See trace_lookup.h.
 *
 * A look-up that finds a pyc is recorded when the interpreter has read the pyc's header,
 * or closes the pyc.  By then the interpreter's own calls have given us its size (fstat)
 * and its header (read), so we need no system calls for them.  2.7 reads through stdio,
 * whose calls we do not see.
 */
#include "trace/trace_lookup.h"

#include <string.h>

#include "host/process.h"
#include "host/sys.h"
#include "host/thread.h"
#include "marshal.h"
#include "path/direct.h"
#include "record/recorder.h"
#include "trace/bracket.h"
#include "trace/event.h"
#include "trace/loader.h"
#include "trace/magic.h"
#include "trace/trace_fd.h"

/*
 * Is this open of a pyc an interpreter's look-up?  Archivers and the like read pycs, too.
 * An interpreter has called stat for the source just before, or has the source open
 * (2.7).  If there is no source, it has called stat for the pyc itself.
 */
static bool is_lookup(const struct call *call, const struct pyc_path_parts *parts,
		      int error, bool stream)
{
	if (stream)
		return thread->open_source == call->key ||
		       (!error && event_is_sourceless(parts) &&
			thread->missing_source == call->key);
	return thread->seen_key == call->key &&
	       (thread->seen_is_source || event_is_sourceless(parts));
}

/* How a look-up ended. */
struct outcome {
	uint32_t duration_ns;  /* of the open */
	int error;	       /* of the open */
	bool taken, rejected;  /* we saw 2.7 do so; otherwise the header is judged */
	bool stream;	       /* the pyc is read through stdio */
	bool by_name;	       /* the pyc is loaded by its own name (direct.h) */
	uint16_t tag, tag_end; /* where the path has the tag */
	const uint8_t *data;   /* the whole file, or NULL if it was not seen */
};

/* RECORD_WHOLE or RECORD_DAMAGED where the body is known to be so, else 0. */
static unsigned judge_body(const struct record_lookup *lookup, size_t need,
			   const struct outcome *outcome)
{
	const uint8_t *body = outcome->data ? outcome->data : lookup->header;
	size_t seen = outcome->data ? lookup->pyc_bytes : sizeof(lookup->header);

	if (lookup->pyc_bytes < need)
		return 0; /* pyc_header_judge_by() reports a short header */
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
static void judge_pyc(const struct record_lookup *lookup, struct pyc_source source,
		      const struct outcome *outcome, struct verdict_event *event)
{
	size_t tag_length = outcome->tag_end - outcome->tag;
	unsigned expected = magic_expected(
		magic_tag(lookup->path, outcome->tag, outcome->tag_end,
			  outcome->stream && !outcome->by_name));
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

/* What lookup_emit() puts into a record; header, size and path are in it already. */
struct looked_up {
	uint64_t key, begin_ns;
	size_t path_length;
	uint8_t action;
};

static void lookup_emit(struct record_lookup *lookup, const struct looked_up *looked_up,
			struct pyc_source source, const struct outcome *outcome)
{
	struct verdict_event event = {.operation = RECORD_lookup,
				      .flags = (outcome->rejected ? RECORD_REJECTED : 0) |
					       (outcome->by_name ? RECORD_BY_NAME : 0),
				      .error = (uint16_t)outcome->error,
				      .header = PYC_VALID,
				      .untagged = !outcome->tag,
				      .key = looked_up->key};

	event.flags |= source.seen ? RECORD_SOURCE_SEEN : 0;
	if (!outcome->error)
		judge_pyc(lookup, source, outcome, &event);
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

/* Record what the look-up that was just recorded owes to others. */
static void emit_one(const struct looked_up *looked_up, const char *path,
		     enum record_type type, uint64_t nanoseconds)
{
	struct verdict_event event = {
		.operation = (uint8_t)type, .key = looked_up->key, .amount = nanoseconds};
	union event_record record;

	record.event = (struct record_event){.record = {.type = (uint8_t)type,
							.time_ns = looked_up->begin_ns,
							.action = looked_up->action},
					     .bytes = nanoseconds};
	memcpy(record.event.path, path, looked_up->path_length + 1);
	recorder_append(&record.record, sizeof(record.event) + looked_up->path_length + 1,
			&event);
}

static void emit_shared(const struct looked_up *looked_up, const char *path,
			const struct shared *shared)
{
	if (unlikely(shared->waited))
		emit_one(looked_up, path, RECORD_wait, shared->wait_ns);
	if (unlikely(shared->reused))
		emit_one(looked_up, path, RECORD_reuse, shared->saved_ns);
}

/* Record the look-up of an open that has just been made. */
static void lookup_emit_call(struct record_lookup *lookup, const struct call *call,
			     const struct outcome *outcome)
{
	const struct looked_up looked_up = {call->key, call->begin_ns, call->path_length,
					    call->action};

	memcpy(lookup->path, call_path(call), call->path_length + 1);
	lookup_emit(lookup, &looked_up, thread->seen, outcome);
	emit_shared(&looked_up, call_path(call), &call->shared);
}

/*
 * Fill in the size of the pyc, unless `sized`, and its header.  The header is at `head`;
 * if that is NULL, it is read from the file.  False if the file is not a regular one.
 */
static bool lookup_fill(struct record_lookup *lookup, int fd, bool sized,
			const uint8_t *head)
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

/* Follow a pyc that was opened.  NULL if too many descriptors are followed already. */
static struct descriptor *lookup_follow(struct call *call, int fd, bool stream,
					const struct outcome *outcome)
{
	struct descriptor *slot = call_follow(call, fd, DESCRIPTOR_LOOKUP, stream);

	if (!slot)
		return NULL;
	slot->pid = thread->pid;
	slot->begin_ns = call->begin_ns;
	slot->duration_ns = outcome->duration_ns;
	slot->tag = outcome->tag;
	slot->tag_end = outcome->tag_end;
	slot->by_name = outcome->by_name;
	slot->loader = false;
	slot->source = thread->seen;
	slot->shared = call->shared;
	slot->bytes = call->pyc_bytes;
	slot->sized = call->sized;
	slot->cautious = call->cautious;
	slot->flags = call->open_flags;
	/* call_fd.c clears O_NONBLOCK before the program could see it */
	call->cautious = false;
	return slot;
}

/* pytest calls stat for the source while it has the pyc open: wait for that. */
static void expect_confirmation(const struct call *call)
{
	thread->open_pyc = call->key;
	thread->confirmed_pyc = 0;
}

/*
 * The pyc was opened through stdio.  We see none of its reads, so we read the header now.
 * In 2.7 the event waits until the interpreter has taken or rejected the pyc.
 */
static void lookup_stream(struct call *call, int fd, bool two,
			  const struct outcome *outcome)
{
	union event_record record;
	struct record_lookup *lookup = &record.lookup;
	struct descriptor *slot;

	lookup->pyc_bytes = call->pyc_bytes;
	if (!lookup_fill(lookup, fd, call->sized, NULL))
		return;
	call->pyc_bytes = lookup->pyc_bytes;
	expect_confirmation(call);
	slot = lookup_follow(call, fd, true, outcome);
	if (two && slot) {
		memcpy(slot->header, lookup->header, sizeof(slot->header));
		slot->pending = PENDING_VERDICT;
	} else {
		lookup_emit_call(lookup, call, outcome);
	}
}

/* The pyc was opened by open(): the event waits for its first read. */
static void lookup_file(struct call *call, int fd, const struct outcome *outcome)
{
	struct descriptor *slot = lookup_follow(call, fd, false, outcome);
	union event_record record;

	expect_confirmation(call);
	record.lookup.pyc_bytes = call->pyc_bytes;
	if (slot)
		slot->pending = PENDING_HEAD;
	else if (lookup_fill(&record.lookup, fd, call->sized, NULL))
		lookup_emit_call(&record.lookup, call, outcome);
}

/* Python 2.7 has opened the source before it looks for the pyc. */
static void compile_begins(uint64_t key)
{
	thread->unwritten++;
	bracket_begin(key, descriptor_find_source(key));
}

static void lookup_failed(struct call *call, bool two, const struct outcome *outcome)
{
	union event_record record;

	memset(record.lookup.header, 0, sizeof(record.lookup.header));
	record.lookup.pyc_bytes = 0;
	lookup_emit_call(&record.lookup, call, outcome);
	if (two)
		compile_begins(call->key);
}

/*
 * A program that opens a pyc without calling stat for the source may still be a loader.
 * Follow the pyc until its first read tells: see trace_lookup_read().
 */
static void suspect_loader(struct call *call, int fd, struct outcome *outcome)
{
	bool cautious = call->cautious;
	struct descriptor *slot;

	outcome->by_name = true;
	outcome->duration_ns = event_since(call->begin_ns);
	slot = lookup_follow(call, fd, false, outcome);
	if (!slot)
		return;
	/* the program may be no loader: call_end() clears O_NONBLOCK, not the slot later */
	call->cautious = cautious;
	slot->cautious = slot->source.seen = false;
	slot->pending = PENDING_LOADER;
}

void trace_lookup(struct call *call, int fd, int error, bool stream)
{
	struct pyc_path_parts parts = pyc_path_split(call_path(call), call->path_length);
	struct outcome outcome = {.error = error,
				  .tag = (uint16_t)parts.tag,
				  .tag_end = (uint16_t)(parts.tag ? parts.tag_end : 0)};
	bool two; /* CPython 2.7, which has the source open */

	if (!process_is_python())
		return;
	outcome.by_name = !error && direct_opens(&thread->direct, call_path(call),
						 call->path_length, stream);
	if (!outcome.by_name && !is_lookup(call, &parts, error, stream)) {
		if (!error && !stream)
			suspect_loader(call, fd, &outcome);
		return;
	}
	/* zipimport's open of a sourceless pyc was recorded as its look-up */
	if (outcome.by_name && event_is_sourceless(&parts))
		event_emit(call, RECORD_retract, 0);
	magic_looks_up();
	outcome.stream = stream;
	outcome.duration_ns = event_since(call->begin_ns);
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

/* Record a look-up that was followed; `head` is lookup_fill()'s. */
static void lookup_emit_followed(struct descriptor *descriptor, const uint8_t *head,
				 struct outcome outcome)
{
	union event_record record;
	const struct looked_up looked_up = {descriptor->key, descriptor->begin_ns,
					    strlen(descriptor->path), descriptor->action};

	descriptor->pending = PENDING_NOTHING;
	if (descriptor->pid != thread->pid) /* a fork child: the parent records it */
		return;
	memcpy(record.lookup.path, descriptor->path, looked_up.path_length + 1);
	record.lookup.pyc_bytes = descriptor->bytes;
	outcome.duration_ns = descriptor->duration_ns;
	outcome.tag = descriptor->tag;
	outcome.tag_end = descriptor->tag_end;
	outcome.stream = descriptor->stream;
	outcome.by_name = descriptor->by_name;
	if (!lookup_fill(&record.lookup, descriptor->fd, descriptor->sized, head))
		return;
	memcpy(descriptor->header, record.lookup.header, sizeof(descriptor->header));
	lookup_emit(&record.lookup, &looked_up, descriptor->source, &outcome);
	emit_shared(&looked_up, record.lookup.path, &descriptor->shared);
}

static struct magic_tag tag_of(const struct descriptor *pyc)
{
	return magic_tag(pyc->path, pyc->tag, pyc->tag_end, pyc->stream);
}

/*
 * CPython 2.7 has taken or rejected a pyc.  It calls fstat on a pyc that it takes
 * (PyMarshal_ReadLastObjectFromFile in Python/marshal.c), and closes one that it rejects.
 * The header that we read at the open does not tell: another process may be writing the
 * pyc at this moment.
 */
static void verdict_of_2(struct descriptor *descriptor, bool taken)
{
	struct outcome outcome = {.taken = taken, .rejected = !taken};

	if (thread->seen_key != descriptor->key)
		thread->seen_stamp_ns = INT64_MIN; /* is another source's */
	thread->seen_key = descriptor->key;
	thread->seen_is_source = true;
	thread->seen = descriptor->source;
	/* the pyc that 2.7 took may have grown since the open: ask for its size again */
	descriptor->sized = !taken;
	lookup_emit_followed(descriptor, taken ? NULL : descriptor->header, outcome);
	if (taken)
		magic_learn(tag_of(descriptor), descriptor->header);
}

void trace_lookup_looked_at(struct descriptor *descriptor, const struct stat *status)
{
	if (descriptor->pending == PENDING_VERDICT) {
		verdict_of_2(descriptor, true);
	} else if ((descriptor->pending == PENDING_HEAD ||
		    descriptor->pending == PENDING_LOADER) &&
		   S_ISREG(status->st_mode)) {
		descriptor->bytes = (uint64_t)status->st_size;
		descriptor->sized = true;
	}
}

/*
 * Did the interpreter read the pyc to its end?  CPython asks for one byte more than the
 * size (_io.FileIO.readall in Modules/_io/fileio.c), and then once more, which gives 0.
 */
static bool has_read_all(const struct descriptor *descriptor, size_t wanted, long bytes)
{
	return bytes == 0 || (descriptor->sized && (uint64_t)bytes == descriptor->bytes &&
			      wanted == descriptor->bytes + 1);
}

void trace_lookup_asked(struct descriptor *descriptor)
{
	if (descriptor->pending == PENDING_LOADER)
		descriptor_drop(descriptor);
}

void trace_lookup_read(struct descriptor *descriptor, const uint8_t *data, size_t wanted,
		       long bytes)
{
	bool is_head = bytes >= (long)sizeof(descriptor->header) && data[2] == '\r' &&
		       data[3] == '\n'; /* else the read began later in the file */
	bool has_all = descriptor->sized && (uint64_t)bytes == descriptor->bytes;

	if (descriptor->stream || descriptor->pending == PENDING_NEVER)
		return;
	if (descriptor->pending == PENDING_HEAD && !descriptor->source.seen &&
	    loader_looks_for_archive(descriptor, wanted, bytes)) {
		descriptor->pending = PENDING_NEVER;
		return;
	}
	if (descriptor->pending == PENDING_LOADER) {
		if (!loader_reads(descriptor, data, wanted, bytes)) {
			descriptor_drop(descriptor);
			return;
		}
		magic_looks_up();
		descriptor->pending = PENDING_HEAD;
		descriptor->loader = true;
	}
	descriptor->got += bytes > 0 ? (uint64_t)bytes : 0;
	descriptor->read_some = true;
	descriptor->read_all |= has_read_all(descriptor, wanted, bytes);
	if (descriptor->pending == PENDING_HEAD && bytes >= 0)
		lookup_emit_followed(
			descriptor, is_head ? data : NULL,
			(struct outcome){.data = is_head && has_all ? data : NULL});
}

void trace_lookup_closed(struct descriptor *descriptor)
{
	bool loaded = descriptor->stream || loader_has_read(descriptor);

	if (descriptor->pending >= PENDING_LOADER)
		return;
	thread->open_pyc = 0;
	if (!loaded && descriptor->pending == PENDING_NOTHING)
		trace_retract(descriptor);
	thread->direct_key = descriptor->by_name ? 0 : descriptor->key;
	if (descriptor->read_all && descriptor->source.seen)
		magic_read_pyc(descriptor->key, tag_of(descriptor), descriptor->header);
	if (descriptor->pending == PENDING_HEAD && (loaded || !descriptor->by_name)) {
		lookup_emit_followed(descriptor, NULL, (struct outcome){0});
	} else if (descriptor->pending == PENDING_VERDICT) {
		verdict_of_2(descriptor, false);
		compile_begins(descriptor->key);
	}
}
