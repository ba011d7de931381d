/*
 * See stats_module.h.  Runs in pycstat, in one thread; on the hot path of every read.
 */
#include "stats_module.h"

#include <stdlib.h>

#include "stats_process.h"
#include "util.h"

/* --- what a record says itself -------------------------------------------------------- */

/* The library knows what magic its interpreter has; an older one did not say. */
static enum pyc_verdict judge(const struct record_lookup *lookup, const char *tag,
			      size_t tag_length, struct pyc_source source)
{
	unsigned magic = pyc_header_word(lookup->header) & 0xffff;

	if (lookup->record.flags & RECORD_MAGIC_OTHER)
		return PYC_STALE_magic;
	if (lookup->record.flags & RECORD_MAGIC_OWN)
		return pyc_header_judge_by(lookup->header, lookup->pyc_bytes,
					   pyc_header_bytes_of(magic), PYC_MAGIC_OWN,
					   source);
	return pyc_header_judge(lookup->header, lookup->pyc_bytes, tag, tag_length,
				source);
}

/* What a module's pyc and source measure, and the times that a stale pyc disagrees on. */
static void note_lookup(struct stats_event *event)
{
	const struct record_lookup *lookup = (const struct record_lookup *)event->record;
	bool seen = lookup->record.flags & RECORD_SOURCE_SEEN;
	struct pyc_source source = {seen, lookup->source_mtime, lookup->source_bytes};
	struct module *module = event->module;
	size_t header_bytes;
	uint32_t bytes;
	const char *tag;

	if (!module)
		return;
	bytes = (uint32_t)module->source_bytes; /* as it was before */
	if (seen)
		module->source_bytes = lookup->source_bytes;
	module->source_seen |= seen;
	if (lookup->record.error) {
		module->last_lookup_error = lookup->record.error;
		return;
	}
	tag = module->pyc + module->tag;
	event->header = judge(lookup, tag, module->tag_length, source);
	module->pyc_bytes = amount_of(lookup->pyc_bytes);
	module->unseen |= !(lookup->record.flags & (RECORD_WHOLE | RECORD_DAMAGED));
	if (event->header != PYC_STALE_mtime)
		return;
	header_bytes = pyc_header_bytes(lookup->header, lookup->pyc_bytes, tag,
					module->tag_length, source.seen);
	module->stale_source_mtime = source.mtime;
	module->stale_pyc_mtime = pyc_header_mtime(lookup->header, header_bytes);
	if (header_bytes > 8) /* 2.7's has no size */
		bytes = pyc_header_source_bytes(lookup->header, header_bytes);
	module->stale_same_size = bytes == source.bytes;
}

static void note_writing(struct stats_event *event)
{
	const struct record *record = event->record;
	uint64_t bytes = ((const struct record_event *)record)->bytes;
	struct thread *thread = event->thread;

	if (record->type == RECORD_create) {
		thread->writing = event->module;
		thread->writing_bytes = 0;
		thread->writing_failed = thread->writing_short = false;
	} else if (thread->writing == event->module) {
		thread->writing_bytes = amount_of(thread->writing_bytes +
						  amount_of(bytes));
		/* what is missing may be written next */
		thread->writing_short = record->flags & RECORD_SHORT;
		thread->writing_failed |= record->error && !thread->writing_short;
	}
}

/*
 * CPython before 3.15 and without gh-126606 does not see that the disk took a part of its
 * pyc only, and renames that into place: who loads it fails with EOFError.  It is there
 * until it is removed or another one comes into place.
 */
static void note_damage(struct stats_event *event)
{
	const struct record *record = event->record;
	const struct thread *thread = event->thread;
	struct module *module = event->module;

	if (!module || record->error)
		return;
	if (record->type == RECORD_rename && event->publishes)
		module->damaged_bytes = thread->writing == module &&
							(thread->writing_failed ||
							 thread->writing_short)
						? thread->writing_bytes
						: 0;
	else if (record->type == RECORD_lookup && record->flags & RECORD_DAMAGED)
		module->damaged_bytes = module->pyc_bytes;
	else if ((record->type == RECORD_unlink && !event->temporary) ||
		 (record->type == RECORD_lookup &&
		  (record->flags & RECORD_WHOLE ||
		   module->pyc_bytes != module->damaged_bytes)))
		module->damaged_bytes = 0; /* it is gone, or another one by now */
}

/* So large is the pyc in the shadow of the process; 0: it is not there. */
static void set_shadow(struct tables *tables, struct module *module,
		       struct process *process, uint64_t bytes)
{
	struct shadow_pyc *pyc = tables_shadow_pyc(tables, module, process, bytes > 0);

	if (pyc)
		pyc->bytes = bytes;
}

/* When it was looked for; whether its pyc is in the shadow, and how large it is there. */
static void note_place(struct tables *tables, struct stats_event *event)
{
	const struct record *record = event->record;
	bool redirected = record->action == ACTION_redirect;
	struct thread *thread = event->thread;
	struct process *process = thread->process;
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
			set_shadow(tables, module, process, module->pyc_bytes);
		else if (process->mode == MODE_redirect && *process->root)
			set_shadow(tables, module, process, 0);
	} else if (record->type == RECORD_unlink && redirected && !event->temporary) {
		set_shadow(tables, module, process, 0);
	} else if (redirected && thread->writing == module &&
		   ((record->type == RECORD_rename && event->publishes) ||
		    (record->type == RECORD_write && !event->temporary))) {
		set_shadow(tables, module, process, thread->writing_bytes);
	}
}

void stats_module_note(struct tables *tables, struct stats_event *event)
{
	if (event->record->type == RECORD_lookup)
		note_lookup(event);
	else if (event->record->type == RECORD_create ||
		 event->record->type == RECORD_write)
		note_writing(event);
	note_damage(event);
	note_place(tables, event);
	event->denied = event->record->action == ACTION_deny ||
			(event->record->type == RECORD_read_source &&
			 event->thread->cache_denied);
}

void stats_module_read(const struct stats_event *event)
{
	const struct record_event *read = (const struct record_event *)event->record;
	struct module *module = event->module;

	if (!module || event->record->error)
		return;
	if (read->bytes)
		module->source_bytes = amount_of(read->bytes);
	if (!module->source_read && strcmp(module->source, event->path) != 0) {
		free(module->source);
		module->source = xstrdup(event->path);
	}
	module->source_read = true;
}

/* --- what it means --------------------------------------------------------------------- */

static void set_stale(const struct stats_event *event, struct module *module,
		      const struct verdict_change *change)
{
	uint64_t now = event->record->time_ns;

	if (change->amount < 0 || now < module->last_stale_ns)
		return;
	module->last_stale_ns = now;
	module->last_stale_reason = change->detail;
}

static void set_unkept(const struct stats_event *event, struct module *module)
{
	if (event->record->time_ns > module->last_unkept_ns)
		module->last_unkept_ns = event->record->time_ns;
}

static void set_unattempted(const struct stats_event *event, struct module *module)
{
	set_unkept(event, module);
	module->unkeeper = event->thread->process;
}

/* What was written so far is no pyc, and counted as written no more. */
static void take_back_bytes(struct thread *thread, struct module *module)
{
	struct process *process = thread->process;
	int64_t bytes = (int64_t)thread->writing_bytes;

	if (thread->writing != module)
		return;
	module->totals.count[VERDICT_bytes_written] -= bytes;
	process->totals.count[VERDICT_bytes_written] -= bytes;
	process->cut_bytes = amount_add(process->cut_bytes, bytes);
	if (thread->writing_bytes > module->cut_bytes)
		module->cut_bytes = thread->writing_bytes;
	thread->writing_bytes = 0;
}

static void add_failed(const struct stats_event *event, struct module *module,
		       const struct verdict_change *change)
{
	uint64_t now = event->record->time_ns;

	take_back_bytes(event->thread, module);
	if (event->denied)
		module->denied++;
	set_unkept(event, module);
	if (now < module->last_error_ns)
		return;
	module->last_error_ns = now;
	module->last_write_error = change->detail;
}

static void set_written(const struct stats_event *event, struct module *module)
{
	uint64_t now = event->record->time_ns;
	struct thread *thread = event->thread;

	if (now < module->written_ns)
		return;
	module->written_ns = now;
	module->writer = thread->process;
	if (thread->writing == module && thread->writing_bytes)
		module->pyc_bytes = thread->writing_bytes;
}

/* A hit in the shadow, or one that was none after all. */
static void add_hit(const struct stats_event *event, const struct verdict_change *change)
{
	struct module *module = change->module;

	if (event->thread->shadowed == module)
		module->shadow_hits = amount_add(module->shadow_hits, change->amount);
}

/* Was the pyc refused, and the source not compiled instead? */
static bool is_refused(const struct stats_event *event)
{
	unsigned i;

	for (i = 0; i < event->changes.count; i++)
		if (event->changes.change[i].what == VERDICT_compiled)
			return false;
	return event->record->type == RECORD_lookup;
}

void stats_module_apply(const struct stats_event *event,
			const struct verdict_change *change)
{
	struct module *module = change->module;
	int64_t *total;

	if (change->what == VERDICT_STALE_REASON) {
		module->totals.stale_reason[change->detail] += change->amount;
		set_stale(event, module, change);
	} else if (change->what == VERDICT_WRITE_ERROR) {
		add_failed(event, module, change);
	} else {
		total = &module->totals.count[change->what];
		*total = amount_add(*total, change->amount);
		if (change->what == VERDICT_written)
			set_written(event, module);
		else if (change->what == VERDICT_stale && is_refused(event))
			module->refused = amount_add(module->refused, change->amount);
		else if (change->what == VERDICT_hits)
			add_hit(event, change);
		else if (change->what == VERDICT_not_attempted && change->amount > 0)
			set_unattempted(event, module);
	}
}

int64_t stats_module_unmeasured(const struct module *module)
{
	int64_t compiled = module->totals.count[VERDICT_compiled];

	return compiled < module->measured ? 0 : compiled - module->measured;
}

bool stats_module_is_unreadable(const struct module *module)
{
	const int64_t *count = module->totals.count;

	return count[VERDICT_unreadable] > 0 && count[VERDICT_misses] <= 0;
}

bool stats_module_lacks_source(const struct module *module)
{
	return module->totals.count[VERDICT_hits] > 0 && !module->source_seen &&
	       !module->source_read;
}

enum unattempted stats_module_unattempted(const struct module *module)
{
	const struct process *process = module->unkeeper;

	if (module->totals.count[VERDICT_not_attempted] <= 0 || !process)
		return UNATTEMPTED_NONE;
	return stats_process_unattempted(process);
}
