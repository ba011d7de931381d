/*
 * See stats.h.  Runs in pycstat, in one thread; on the hot path of every read.
 */
#include "stats.h"

#include <errno.h>
#include <stdlib.h>

#include "reader.h"
#include "util.h"

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

static void replace(char **old, const char *bytes, size_t length)
{
	free(*old);
	*old = xmalloc(length + 1);
	memcpy(*old, bytes, length);
	(*old)[length] = '\0';
}

/* A process announces itself, again maybe after its recording was emptied. */
static void feed_process(struct stats *stats, const struct record_process *record)
{
	struct process *process = tables_process(&stats->tables, record->record.process);
	struct reader_process strings = reader_process(record);

	process->known = true;
	process->python = record->python == 1;
	process->mode = record->mode;
	process->pid = record->pid;
	process->parent_pid = record->parent_pid;
	process->uid = record->uid;
	process->start_ns = amount_of(record->start_ns);
	process->record_max_bytes = record->record_max_bytes;
	replace(&process->executable, strings.executable, strlen(strings.executable));
	replace(&process->command, strings.command, strings.command_bytes);
	replace(&process->root, strings.root, strlen(strings.root));
	process->command_bytes = strings.command_bytes;
	if (strings.totals && strings.totals->lost_events >= process->lost_events) {
		process->final = *strings.totals;
		process->lost_events = strings.totals->lost_events;
	}
	saw_time(stats, record->start_ns ? record->start_ns : record->record.time_ns,
		 record->record.time_ns);
}

static void module_stale(const struct stats_event *event, struct module *module,
			 const struct verdict_change *change)
{
	uint64_t now = event->record->time_ns;

	if (change->amount < 0 || now < module->last_stale_ns)
		return;
	module->last_stale_ns = now;
	module->last_stale_reason = change->detail;
}

static void module_unkept(const struct stats_event *event, struct module *module)
{
	if (event->record->time_ns > module->last_unkept_ns)
		module->last_unkept_ns = event->record->time_ns;
}

static void module_unattempted(const struct stats_event *event, struct module *module)
{
	module_unkept(event, module);
	module->unkeeper = event->thread->process;
}

/* Did deny mode want it?  That of a __pycache__ counts when the source is read. */
static bool is_denied(const struct stats_event *event)
{
	return event->record->action == ACTION_deny ||
	       (event->record->type == RECORD_read_source && event->thread->cache_denied);
}

static void module_failed(const struct stats_event *event, struct module *module,
			  const struct verdict_change *change)
{
	uint64_t now = event->record->time_ns;

	if (is_denied(event))
		module->denied++;
	module_unkept(event, module);
	if (now < module->last_error_ns)
		return;
	module->last_error_ns = now;
	module->last_write_error = change->detail;
}

static void module_written(const struct stats_event *event, struct module *module)
{
	uint64_t now = event->record->time_ns;
	struct thread *thread = event->thread;

	if (thread->looked == module && thread->looked_ns < module->written_ns)
		module->repeats++; /* it was not there yet */
	if (now < module->written_ns)
		return;
	module->written_ns = now;
	module->writer = thread->process;
	if (thread->writing == module && thread->writing_bytes)
		module->pyc_bytes = thread->writing_bytes;
}

/* A hit in the shadow, or one that was none after all. */
static void module_hit(const struct stats_event *event,
		       const struct verdict_change *change)
{
	struct module *module = change->module;

	if (event->thread->shadowed == module)
		module->shadow_hits = amount_add(module->shadow_hits, change->amount);
}

static void apply_to_module(const struct stats_event *event,
			    const struct verdict_change *change)
{
	struct module *module = change->module;
	int64_t *total;

	if (change->what == VERDICT_STALE_REASON) {
		module->totals.stale_reason[change->detail] += change->amount;
		module_stale(event, module, change);
	} else if (change->what == VERDICT_WRITE_ERROR) {
		module_failed(event, module, change);
	} else {
		total = &module->totals.count[change->what];
		*total = amount_add(*total, change->amount);
		if (change->what == VERDICT_written)
			module_written(event, module);
		else if (change->what == VERDICT_hits)
			module_hit(event, change);
		else if (change->what == VERDICT_not_attempted && change->amount > 0)
			module_unattempted(event, module);
	}
}

static void apply_to_process(const struct stats_event *event,
			     const struct verdict_change *change)
{
	struct process *process = event->thread->process;
	int64_t *total;

	if (change->what == VERDICT_STALE_REASON) {
		process->totals.stale_reason[change->detail] += change->amount;
	} else if (change->what == VERDICT_WRITE_ERROR) {
		error_counts_add(&process->errors, change->detail, change->amount);
		if (is_denied(event))
			process->denied++;
	} else {
		total = &process->totals.count[change->what];
		*total = amount_add(*total, change->amount);
		if (change->what == VERDICT_lookups)
			process->lookups_since++;
		else if ((change->what == VERDICT_written ||
			  change->what == VERDICT_write_failed) &&
			 event->thread->looked == change->module)
			process->attempts++;
	}
}

/* What a module's pyc and source measure, and the times that a stale pyc disagrees on. */
static void note_lookup(struct stats_event *event, struct verdict_event *verdict)
{
	const struct record_lookup *lookup = (const struct record_lookup *)event->record;
	bool seen = lookup->record.flags & RECORD_SOURCE_SEEN;
	struct pyc_source source = {seen, lookup->source_mtime, lookup->source_bytes};
	struct module *module = event->module;
	size_t header_bytes;
	const char *tag;

	if (!module)
		return;
	if (seen)
		module->source_bytes = lookup->source_bytes;
	if (lookup->record.error)
		return;
	tag = module->pyc + module->tag;
	event->header = pyc_header_judge(lookup->header, lookup->pyc_bytes, tag,
					 module->tag_length, source);
	verdict->header = (uint8_t)event->header;
	module->pyc_bytes = amount_of(lookup->pyc_bytes);
	if (event->header != PYC_STALE_mtime)
		return;
	header_bytes = pyc_header_bytes(lookup->header, lookup->pyc_bytes, tag,
					module->tag_length, source.seen);
	module->stale_source_mtime = source.mtime;
	module->stale_pyc_mtime = pyc_header_mtime(lookup->header, header_bytes);
}

static void note_compile(struct stats_event *event, const struct verdict_frame *frame)
{
	const struct record_compile *compile = (const struct record_compile *)
						       event->record;
	struct process *process = event->thread->process;

	if (compile->process_cpu_ns > process->start_up_cpu_ns)
		process->start_up_cpu_ns = amount_of(compile->process_cpu_ns);
	process->lookups_since = 0;
	if (compile->record.flags & RECORD_EXACT || !frame || !frame->compiled)
		return;
	process->at_most++;
	if (event->module)
		event->module->at_most++;
}

static void note_source(struct stats_event *event)
{
	const struct record_event *read = (const struct record_event *)event->record;
	struct module *module = event->module;

	if (!module || event->record->error)
		return;
	if (read->bytes)
		module->source_bytes = amount_of(read->bytes);
	if (!module->source_read && strcmp(module->source, event->path) != 0)
		replace(&module->source, event->path, strlen(event->path));
	module->source_read = true;
}

static void note_writing(struct stats_event *event)
{
	uint64_t bytes = ((const struct record_event *)event->record)->bytes;
	struct thread *thread = event->thread;

	if (event->record->type == RECORD_create) {
		thread->writing = event->module;
		thread->writing_bytes = 0;
	} else if (thread->writing == event->module) {
		thread->writing_bytes = amount_of(thread->writing_bytes +
						  amount_of(bytes));
	}
}

/* When it was looked for; whether its pyc is in the shadow, and how large it is there. */
static void note_place(struct stats_event *event)
{
	const struct record *record = event->record;
	bool redirected = record->action == ACTION_redirect;
	struct thread *thread = event->thread;
	struct module *module = event->module;

	if (record->type == RECORD_mkdir)
		thread->cache_denied = record->action == ACTION_deny;
	if (!module || (record->error && record->type != RECORD_lookup))
		return;
	if (record->type == RECORD_retract) { /* a tool's, not an import's */
		thread->looked = NULL;
	} else if (record->type == RECORD_lookup) {
		thread->looked = module;
		thread->looked_ns = record->time_ns;
		thread->shadowed = redirected && !record->error ? module : NULL;
		if (thread->shadowed)
			module->shadow_bytes = module->pyc_bytes;
		else if (thread->process->mode == MODE_redirect)
			module->shadow_bytes = 0;
	} else if (record->type == RECORD_unlink && redirected && !event->temporary) {
		module->shadow_bytes = 0;
	} else if (redirected && thread->writing == module &&
		   ((record->type == RECORD_rename && event->publishes) ||
		    (record->type == RECORD_write && !event->temporary))) {
		module->shadow_bytes = thread->writing_bytes;
	}
}

/* The verdict machine's view of an event; fills event->module if the path names one. */
static struct verdict_event understand(struct stats *stats, struct stats_event *event)
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

/* A source, or a __pycache__, is about the module that its thread is loading. */
static const struct verdict_frame *find_module(struct stats_event *event, uint64_t key)
{
	struct verdict_frame *frame = verdict_find(&event->thread->verdict, key);

	if (!event->module && frame)
		event->module = frame->module;
	if (!event->module && event->changes.count)
		event->module = event->changes.change[0].module;
	return frame;
}

static void feed_event(struct stats *stats, struct stats_event *event)
{
	struct verdict_event verdict = understand(stats, event);
	const struct verdict_frame *frame;
	const struct verdict_change *change;
	unsigned i;

	if (verdict.operation == RECORD_lookup)
		note_lookup(event, &verdict);
	else if (verdict.operation == RECORD_create || verdict.operation == RECORD_write)
		note_writing(event);
	note_place(event);
	verdict_feed(&event->thread->verdict, &verdict, &event->changes);
	if (verdict.operation == RECORD_compile) {
		frame = find_module(event, verdict.key);
		note_compile(event, frame);
	} else if (!event->module) {
		find_module(event, verdict.key);
		if (verdict.operation == RECORD_read_source)
			note_source(event);
	}
	for (i = 0; i < event->changes.count; i++) {
		change = &event->changes.change[i];
		apply_to_process(event, change);
		if (change->module)
			apply_to_module(event, change);
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

/* The single events of this process are not all there: take what it counted. */
static void take_final(struct process *process)
{
	const struct record_totals *final = &process->final;
	size_t i;

#define TOTAL(name, what)                                                                \
	process->totals.count[VERDICT_##name] = (int64_t)amount_of(final->name);
#include "totals.def"
#undef TOTAL
#define STALE(name, what)                                                                \
	process->totals.stale_reason[STALE_##name] = (int64_t)amount_of(                 \
		final->stale_##name);
#include "stale.def"
#undef STALE
	memset(&process->errors, 0, sizeof(process->errors));
	for (i = 0; i < RECORD_ERRORS; i++)
		if (final->write_errors[i].count)
			error_counts_add(&process->errors, final->write_errors[i].error,
					 final->write_errors[i].count);
}

int64_t stats_start_up_ns(const struct process *process)
{
	const int64_t *count = process->totals.count;
	int64_t start_up_ns = (int64_t)process->start_up_cpu_ns;

	if (!count[VERDICT_compiled] || process->lost_events ||
	    count[VERDICT_compile_ns] > start_up_ns ||
	    process->lookups_since > count[VERDICT_lookups] / 8)
		return 0;
	return start_up_ns;
}

enum unattempted stats_unattempted(const struct module *module)
{
	const struct process *process = module->unkeeper;

	if (module->totals.count[VERDICT_not_attempted] <= 0 || !process)
		return UNATTEMPTED_NONE;
	return stats_unattempted_by(process);
}

enum unattempted stats_unattempted_by(const struct process *process)
{
	int64_t count = process->totals.count[VERDICT_not_attempted];

	if (count <= 0)
		return UNATTEMPTED_NONE;
	if (process->mode == MODE_deny)
		return UNATTEMPTED_DENY;
	return process->attempts >= count ? UNATTEMPTED_BROKEN : UNATTEMPTED_SETTING;
}

void stats_finish(struct stats *stats)
{
	struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (process->lost_events)
			take_final(process);
		stats->processes++;
		stats->pythons += process->python;
		stats->lost_events += process->lost_events;
		stats->at_most += process->at_most;
		stats->denied_writes += process->denied;
		totals_add(&stats->totals, &process->totals);
		for (i = 0; i < ERROR_COUNTS; i++)
			if (process->errors.slot[i].count)
				error_counts_add(&stats->errors,
						 process->errors.slot[i].error,
						 process->errors.slot[i].count);
	}
	stats->modules = HASH_COUNT(stats->tables.modules);
}
