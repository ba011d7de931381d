/* SPDX-License-Identifier: MIT */
/*
 * See story.h.
 */
#include "answer/story.h"

#include <errno.h>
#include <stdlib.h>

#include "common/util.h"
#include "read/reader.h"
#include "read/stats_process.h"

/* The latest events of one thread, each as its index in story->event plus 1; 0: none. */
struct story_thread_key {
	const struct process *process;
	uint64_t tid;
};

struct story_thread {
	struct story_thread_key key;
	size_t last, lookup, compile;
	uint64_t bytes; /* bytes written since the last create */
	UT_hash_handle hh;
};

static struct story_thread *story_thread_of(struct story *story,
					    const struct story_event *event)
{
	struct story_thread_key key = {event->process, event->tid};
	struct story_thread *thread;

	HASH_FIND(hh, story->threads, &key, sizeof(key), thread);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->key = key;
	HASH_ADD(hh, story->threads, key, sizeof(thread->key), thread);
	return thread;
}

static void free_threads(struct story *story)
{
	struct story_thread *thread, *next;

	HASH_ITER(hh, story->threads, thread, next)
	{
		HASH_DEL(story->threads, thread); /* NOLINT: as in tables_free() */
		free(thread);
	}
}

/* Each module gets a story at its first event; for most the rank is QUERY_NO. */
static struct story *story_begin(struct module *module, const struct query *query)
{
	struct story *story = module->story;

	if (story)
		return story;
	story = xcalloc(1, sizeof(*story));
	story->rank = query_rank(query, module);
	module->story = story;
	return story;
}

static struct story_event *story_append(struct story *story)
{
	if (story->count == story->capacity) {
		story->capacity = story->capacity * 2 + 16;
		story->event = xrealloc(story->event,
					story->capacity * sizeof(*story->event));
	}
	memset(&story->event[story->count], 0, sizeof(*story->event));
	story->event[story->count].order = story->count;
	return &story->event[story->count++];
}

static void take_lookup(struct story_event *to, const struct stats_event *from)
{
	const struct record_lookup *lookup = (const struct record_lookup *)from->record;
	const struct module *module = from->module;
	size_t header_bytes;

	to->amount = lookup->pyc_bytes;
	to->header = (uint8_t)from->header;
	to->source_seen = lookup->record.flags & RECORD_SOURCE_SEEN;
	to->source_mtime = lookup->source_mtime;
	to->source_bytes = lookup->source_bytes;
	to->result = !to->error					   ? STORY_HIT
		     : to->error == ENOENT || to->error == ENOTDIR ? STORY_MISS
								   : STORY_UNREADABLE;
	header_bytes = pyc_header_bytes(lookup->header, lookup->pyc_bytes,
					module->pyc + module->tag, module->tag_length,
					to->source_seen);
	to->damaged = lookup->record.flags & RECORD_DAMAGED;
	to->by_name = lookup->record.flags & RECORD_BY_NAME;
	to->whole = lookup->record.flags & RECORD_WHOLE;
	to->magic = (uint16_t)pyc_header_word(lookup->header);
	to->pyc_mtime = pyc_header_mtime(lookup->header, header_bytes);
	to->pyc_source_bytes = pyc_header_source_bytes(lookup->header, header_bytes);
}

/*
 * The last event made certain that something was compiled.  Mark the compile event as
 * counted: this event itself, an earlier one, or one that is inserted here.
 */
static void count_compile(struct story *story, struct story_thread *thread,
			  uint64_t compile_ns)
{
	struct story_event last = story->event[story->count - 1], *compile;

	if (thread->compile) {
		compile = &story->event[thread->compile - 1];
		if (!compile->counted || last.type == RECORD_compile) {
			compile->counted = true;
			return;
		} /* else it belongs to an earlier load */
	}
	/* py_compile: only the creation of the pyc tells which module was compiled */
	*story_append(story) = last;
	compile = &story->event[story->count - 2];
	compile->type = RECORD_compile;
	compile->amount = compile_ns;
	compile->error = 0;
	compile->counted = compile->exact = true;
	story->event[story->count - 1].order = story->count - 1;
	thread->compile = story->count - 1;
}

/* Does the event make certain that its module's source is compiled? */
static bool compiles(const struct stats_event *from)
{
	size_t i;

	for (i = 0; i < from->changes.count; i++)
		if (from->changes.change[i].what == VERDICT_compiled)
			return true;
	return false;
}

/* Correct the result of this thread's last look-up by what a later event tells. */
static void correct_lookup(struct story *story, const struct story_thread *thread,
			   const struct stats_event *from)
{
	const struct verdict_change *change;
	struct story_event *lookup;
	size_t i;

	if (!thread->lookup)
		return;
	lookup = &story->event[thread->lookup - 1];
	for (i = 0; i < from->changes.count; i++) {
		change = &from->changes.change[i];
		if (change->module != from->module)
			continue;
		if (change->what == VERDICT_STALE_REASON && change->amount > 0) {
			lookup->result = STORY_STALE;
			lookup->reason = (uint8_t)change->detail;
			lookup->ended = lookup == &story->event[story->count - 1] &&
					!compiles(from);
		} else if (change->what == VERDICT_lookups && change->amount < 0) {
			lookup->result = STORY_GLANCE;
		}
	}
}

/* Take the other verdicts that an event changed. */
static void take_changes(struct story *story, struct story_thread *thread,
			 const struct stats_event *from)
{
	const struct verdict_change *change;
	size_t i;

	for (i = 0; i < from->changes.count; i++) {
		change = &from->changes.change[i];
		if (change->module != from->module)
			continue;
		if (change->what == VERDICT_compile_ns)
			count_compile(story, thread, (uint64_t)change->amount);
		else if (change->what == VERDICT_WRITE_ERROR && !from->record->error &&
			 (from->record->type == RECORD_read_source ||
			  from->record->type == RECORD_rename))
			story->event[story->count - 1].late_error = change->detail;
		else if (change->what == VERDICT_compiled &&
			 from->record->type == RECORD_read_source)
			story->event[story->count - 1].counted = true;
	}
}

/* Note that this thread's last look-up was answered by the store, or after a wait. */
static void note_shared(struct story *story, const struct story_thread *thread,
			const struct record *record)
{
	uint64_t ns = amount_of(((const struct record_event *)record)->bytes);
	const char *from = reader_path_from(record);
	struct story_event *lookup;

	if (!thread->lookup)
		return;
	lookup = &story->event[thread->lookup - 1];
	if (record->type == RECORD_wait) {
		lookup->waited = true;
		lookup->wait_ns += ns;
		return;
	}
	lookup->reused = true;
	lookup->saved_ns = ns;
	free(lookup->stored_from);
	lookup->stored_from = from ? xstrdup(from) : NULL;
}

/* Was this thread's last look-up the hit of a checked-hash pyc? */
static bool is_hashed(const struct story *story, const struct story_thread *thread)
{
	const struct story_event *lookup;

	if (!thread->lookup)
		return false;
	lookup = &story->event[thread->lookup - 1];
	return lookup->result == STORY_HIT && lookup->header == PYC_CHECKED_HASH;
}

void story_observe(void *context, const struct stats_event *from)
{
	const struct story_teller *teller = context;
	const struct record *record = from->record;
	struct story_thread *thread;
	struct story_event *to;
	struct story *story;

	if (!from->module)
		return;
	story = story_begin(from->module, teller->query);
	if (story->rank == QUERY_NO)
		return;
	to = story_append(story);
	to->time_ns = record->time_ns;
	to->process = from->thread->process;
	to->tid = record->tid;
	to->error = record->error;
	to->type = record->type;
	to->action = record->action;
	to->temporary = from->temporary;
	to->exact = record->flags & RECORD_EXACT;
	to->complete = record->type == RECORD_write && record->flags & RECORD_COMPLETE;
	if (record->type == RECORD_lookup)
		take_lookup(to, from);
	else if (record->type == RECORD_compile)
		to->amount = ((const struct record_compile *)record)->cpu_ns;
	else
		to->amount = ((const struct record_event *)record)->bytes;
	thread = story_thread_of(story, to);
	if (record->type == RECORD_lookup)
		thread->lookup = story->count;
	else if (record->type == RECORD_compile)
		thread->compile = story->count;
	else if (record->type == RECORD_read_source)
		to->hashes = is_hashed(story, thread);
	else if (record->type == RECORD_reuse || record->type == RECORD_wait)
		note_shared(story, thread, record);
	correct_lookup(story, thread, from);
	take_changes(story, thread, from);
}

struct story *story_of(const struct module *module)
{
	struct story *story = module->story;

	return story && story->rank != QUERY_NO ? story : NULL;
}

static int earlier(const void *a, const void *b)
{
	const struct story_event *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

/* Find for each event the next one of the same thread. */
static void link_events(struct story *story)
{
	struct story_thread *thread;
	struct story_event *event;
	size_t i;

	free_threads(story);
	for (i = 0; i < story->count; i++) {
		event = &story->event[i];
		thread = story_thread_of(story, event);
		if (thread->last)
			story->event[thread->last - 1].next = i;
		thread->last = i + 1;
		event->next = 0;
		event->bytes_before = thread->bytes;
		if (event->type == RECORD_create)
			thread->bytes = 0;
		else if (event->type == RECORD_write)
			thread->bytes += event->amount;
	}
}

void story_sort(struct story *story)
{
	size_t i;

	for (i = 1; i < story->count; i++)
		if (story->event[i].time_ns < story->event[i - 1].time_ns)
			break;
	if (i < story->count)
		qsort(story->event, story->count, sizeof(*story->event), earlier);
	link_events(story);
	for (i = 1; i < story->count && !story->several; i++)
		story->several = stats_process_is_elsewhere(story->event[i].process,
							    story->event[0].process);
}

void story_free(struct stats *stats)
{
	struct module *module;
	struct story *story;
	size_t i;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		story = module->story;
		if (!story)
			continue;
		free_threads(story);
		for (i = 0; i < story->count; i++)
			free(story->event[i].stored_from);
		free(story->event);
		free(story);
		module->story = NULL;
	}
}

const struct story_event *story_next(const struct story *story, size_t index)
{
	size_t next = story->event[index].next;

	return next ? &story->event[next] : NULL;
}
