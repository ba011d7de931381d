/* SPDX-License-Identifier: MIT */
/*
 * See stats.h.  On the hot path of every read.
 */
#include "read/stats.h"

#include "read/reader.h"
#include "read/starts.h"
#include "read/stats_module.h"
#include "read/stats_process.h"
#include "read/stats_tally.h"

void stats_init(struct stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	tables_init(&stats->tables);
}

void stats_free(struct stats *stats)
{
	tables_free(&stats->tables);
}

bool stats_event_is_shown(const struct record *record)
{
	static const bool shown_types[UINT8_MAX + 1] = {
#define OPERATION(code, name, shown) [RECORD_##name] = (shown),
#include "operations.def"
#undef OPERATION
	};

	return shown_types[record->type];
}

static void saw_time(struct stats *stats, uint64_t from_ns, uint64_t to_ns)
{
	if (!stats->first_ns || from_ns < stats->first_ns)
		stats->first_ns = from_ns;
	if (to_ns > stats->last_ns)
		stats->last_ns = to_ns;
}

static void feed_process(struct stats *stats, const struct record_process *record)
{
	stats_process_announce(tables_announced(&stats->tables, record), record);
	saw_time(stats, record->start_ns ? record->start_ns : record->record.time_ns,
		 record->record.time_ns);
}

/* Translate an event for the verdict machine; sets event->module if its path names one. */
static struct verdict_event verdict_event_of(struct stats *stats,
					     struct stats_event *event)
{
	const struct record *record = event->record;
	const char *about = event->to ? event->to : event->path;
	struct path_meaning meaning = tables_meaning(&stats->tables, about),
			    from = meaning;
	struct verdict_event verdict = {
		.operation = record->type,
		.flags = record->flags,
		.error = record->error,
		.key = meaning.key,
	};

	if (event->to)
		from = tables_meaning(&stats->tables, event->path);
	event->module = meaning.module ? meaning.module : from.module;
	verdict.module = event->module;
	verdict.temporary = from.class == PYC_TEMPORARY;
	verdict.publishes = verdict.temporary && meaning.class == PYC_FILE;
	event->temporary = verdict.temporary;
	event->publishes = verdict.publishes;
	verdict.untagged = meaning.class == PYC_FILE && event->module &&
			   !event->module->tag;
	if (record->type == RECORD_read_source || record->type == RECORD_create)
		verdict.place = pyc_path_place(event->path, strlen(event->path));
	if (record->type == RECORD_compile)
		verdict.amount = amount_of(
			((const struct record_compile *)record)->cpu_ns);
	else if (record->type != RECORD_lookup)
		verdict.amount = amount_of(((const struct record_event *)record)->bytes);
	return verdict;
}

/*
 * Set event->module for the path of a source or a __pycache__: it is the module that the
 * thread is loading.  Returns the frame of that load, or NULL.
 */
static const struct verdict_frame *find_module(struct stats_event *event, uint64_t key)
{
	struct verdict_frame *frame = verdict_find(&event->thread->verdict, key);

	if (!event->module && frame)
		event->module = frame->module;
	if (!event->module && event->changes.count)
		event->module = event->changes.change[0].module;
	return frame;
}

/*
 * Count compiles whose cost is an upper limit.  Under -B nothing marks the end of a
 * compile.  A compile that imports a codec in its middle is at first taken to end there;
 * its end mark comes later and corrects that.
 */
static void count_at_most(const struct stats_event *event, bool corrects)
{
	bool exact = event->record->flags & RECORD_EXACT;
	int more = !corrects && !exact ? 1 : corrects && exact ? -1 : 0;

	event->thread->process->at_most += more;
	if (event->module)
		event->module->at_most += more;
}

/* Is what this frame's compile cost known already? */
static bool is_measured(const struct verdict_frame *frame)
{
	return frame && frame->compiled && frame->compile_ns;
}

/* Called for the first cost of a compile only: a second one corrects the first. */
static void count_measured(const struct stats_event *event, struct module *module)
{
	event->thread->process->measured++;
	if (module)
		module->measured++;
}

static void feed_event(struct stats *stats, struct stats_event *event)
{
	struct verdict_event verdict = verdict_event_of(stats, event);
	const struct record *record = event->record;
	const struct verdict_frame *frame;
	const struct verdict_change *change;
	bool corrects;
	unsigned i;

	stats_module_note(&stats->tables, event);
	corrects = record->type == RECORD_compile &&
		   is_measured(verdict_find(&event->thread->verdict, verdict.key));
	verdict.header = (uint8_t)event->header;
	verdict_feed(&event->thread->verdict, &verdict, &event->changes);
	if (record->type == RECORD_compile) {
		frame = find_module(event, verdict.key);
		stats_process_compiled(event->thread->process,
				       (const struct record_compile *)record);
		if (frame && frame->compiled) {
			count_at_most(event, corrects);
			stats_process_compiled_at(event->thread->process,
						  (const struct record_compile *)record);
		}
	} else if (!event->module) {
		find_module(event, verdict.key);
		if (record->type == RECORD_read_source)
			stats_module_read(event);
	}
	for (i = 0; i < event->changes.count; i++) {
		change = &event->changes.change[i];
		stats_process_apply(event, change);
		if (change->module) {
			stats_tally_apply(&stats->tables, event, change, corrects);
			stats_module_apply(event, change);
		}
		if (change->what == VERDICT_compile_ns && !corrects)
			count_measured(event, change->module);
	}
}

void stats_feed(struct stats *stats, const struct record *record)
{
	struct stats_event event = {.record = record};
	struct process *process;
	uint64_t end_ns;

	if (record->type == RECORD_PROCESS) {
		feed_process(stats, (const struct record_process *)record);
		return;
	}
	event.path = reader_path(record);
	event.to = reader_path_to(record);
	event.thread = tables_thread(&stats->tables, record->process, record->tid);
	process = event.thread->process;
	end_ns = record->time_ns + record->duration_ns;
	saw_time(stats, record->time_ns, end_ns);
	if (!process->first_ns || record->time_ns < process->first_ns)
		process->first_ns = record->time_ns;
	if (end_ns > process->last_ns)
		process->last_ns = end_ns;
	if (stats_event_is_shown(record)) {
		stats->events++;
		stats->redirected += record->action == ACTION_redirect;
		stats->denied += record->action == ACTION_deny;
	}
	feed_event(stats, &event);
	if (stats->observe)
		stats->observe(stats->context, &event);
}

void stats_finish(struct stats *stats)
{
	struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (process->lost_events)
			stats_process_take_final(process);
		stats->processes++;
		stats->pythons += process->python;
		stats->lost_events += process->lost_events;
		stats->at_most += process->at_most;
		stats->unmeasured += stats_process_unmeasured(process);
		stats->denied_writes += process->denied;
		totals_add(&stats->totals, &process->totals);
		for (i = 0; i < ERROR_COUNTS; i++)
			if (process->errors.slot[i].count)
				error_counts_add(&stats->errors,
						 process->errors.slot[i].error,
						 process->errors.slot[i].count);
	}
	stats->modules = HASH_COUNT(stats->tables.modules);
	stats->starts = starts_find(&stats->tables);
}
