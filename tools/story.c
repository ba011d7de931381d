/*
 * See story.h.  Runs in pycstat.
 */
#include "story.h"

#include <stdlib.h>

#include "util.h"

/* Every module gets its story when it is first met; most are of rank QUERY_NO. */
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

static struct story_event *append(struct story *story)
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
	to->magic = (uint16_t)pyc_header_word(lookup->header);
	to->pyc_mtime = pyc_header_mtime(lookup->header, header_bytes);
	to->pyc_source_bytes = pyc_header_source_bytes(lookup->header, header_bytes);
}

static bool is_same_thread(const struct story_event *a, const struct story_event *b)
{
	return a->process == b->process && a->tid == b->tid;
}

/* The last event makes a compile count: its own, an earlier one, or one not seen yet. */
static void count_compile(struct story *story, uint64_t compile_ns)
{
	struct story_event last = story->event[story->count - 1], *compile;
	size_t i;

	for (i = story->count; i-- > 0;) {
		compile = &story->event[i];
		if (compile->type == RECORD_compile && is_same_thread(compile, &last)) {
			if (compile->counted && last.type != RECORD_compile)
				break; /* of an earlier time */
			compile->counted = true;
			return;
		}
	}
	/* py_compile: which pyc its compile was for is known when that is created */
	*append(story) = last;
	compile = &story->event[story->count - 2];
	compile->type = RECORD_compile;
	compile->amount = compile_ns;
	compile->error = 0;
	compile->counted = compile->exact = true;
	story->event[story->count - 1].order = story->count - 1;
}

/* A later event told what the last look-up of this thread really was. */
static void correct(struct story *story, const struct stats_event *from)
{
	const struct story_event last = story->event[story->count - 1];
	struct story_event *lookup = NULL;
	const struct verdict_change *change;
	size_t i;

	for (i = story->count; i-- > 0 && !lookup;)
		if (story->event[i].type == RECORD_lookup &&
		    is_same_thread(&story->event[i], &last))
			lookup = &story->event[i];
	for (i = 0; i < from->changes.count; i++) {
		change = &from->changes.change[i];
		if (change->module != from->module || !lookup)
			continue;
		if (change->what == VERDICT_STALE_REASON && change->amount > 0) {
			lookup->result = STORY_STALE;
			lookup->reason = (uint8_t)change->detail;
		} else if (change->what == VERDICT_lookups && change->amount < 0) {
			lookup->result = STORY_GLANCE;
		}
	}
}

/* What an event made certain besides. */
static void take_changes(struct story *story, const struct stats_event *from)
{
	const struct verdict_change *change;
	size_t i;

	for (i = 0; i < from->changes.count; i++) {
		change = &from->changes.change[i];
		if (change->module != from->module)
			continue;
		if (change->what == VERDICT_compile_ns)
			count_compile(story, (uint64_t)change->amount);
		else if (change->what == VERDICT_WRITE_ERROR &&
			 from->record->type == RECORD_read_source)
			story->event[story->count - 1].late_error = change->detail;
		else if (change->what == VERDICT_compiled &&
			 from->record->type == RECORD_read_source)
			story->event[story->count - 1].counted = true;
	}
}

void story_observe(void *context, const struct stats_event *from)
{
	const struct story_teller *teller = context;
	const struct record *record = from->record;
	struct story_event *to;
	struct story *story;

	if (!from->module)
		return;
	story = story_begin(from->module, teller->query);
	if (story->rank == QUERY_NO)
		return;
	to = append(story);
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
	correct(story, from);
	take_changes(story, from);
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

void story_sort(struct story *story)
{
	size_t i;

	for (i = 1; i < story->count; i++)
		if (story->event[i].time_ns < story->event[i - 1].time_ns)
			break;
	if (i < story->count)
		qsort(story->event, story->count, sizeof(*story->event), earlier);
}

void story_free(struct stats *stats)
{
	struct module *module;
	struct story *story;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		story = module->story;
		if (story)
			free(story->event);
		free(story);
		module->story = NULL;
	}
}

const struct story_event *story_next(const struct story *story, size_t index)
{
	size_t i;

	for (i = index + 1; i < story->count; i++)
		if (is_same_thread(&story->event[i], &story->event[index]))
			return &story->event[i];
	return NULL;
}

uint64_t story_bytes_before(const struct story *story, size_t index)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = index; i-- > 0;) {
		if (!is_same_thread(&story->event[i], &story->event[index]))
			continue;
		if (story->event[i].type == RECORD_create)
			break;
		if (story->event[i].type == RECORD_write)
			bytes += story->event[i].amount;
	}
	return bytes;
}
