/* SPDX-License-Identifier: MIT */
/*
 * See stats_module.h.  On the hot path of every read.
 */
#include "read/stats_module.h"

#include <stdlib.h>

#include "common/util.h"
#include "read/stats_process.h"

/* --- what a record itself says -------------------------------------------------------- */

/*
 * Judge a pyc's header as the interpreter did.  Newer recordings say whether its magic is
 * the interpreter's own; for older ones the magic is compared with the tag.
 */
static enum pyc_verdict judge_header(const struct record_lookup *lookup, const char *tag,
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

/* Keep the sizes of the module's pyc and source, and the two times of a stale pyc. */
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
	bytes = (uint32_t)module->source_bytes; /* its size before this look-up */
	if (seen)
		module->source_bytes = lookup->source_bytes;
	module->source_seen |= seen;
	module->by_name |= (lookup->record.flags & RECORD_BY_NAME) != 0;
	if (lookup->record.error) {
		module->last_lookup_error = lookup->record.error;
		return;
	}
	tag = module->pyc + module->tag;
	event->header = judge_header(lookup, tag, module->tag_length, source);
	module->pyc_bytes = amount_of(lookup->pyc_bytes);
	module->unseen |= !(lookup->record.flags & (RECORD_WHOLE | RECORD_DAMAGED));
	if (event->header != PYC_STALE_mtime)
		return;
	header_bytes = pyc_header_bytes(lookup->header, lookup->pyc_bytes, tag,
					module->tag_length, source.seen);
	module->stale_source_mtime = source.mtime;
	module->stale_pyc_mtime = pyc_header_mtime(lookup->header, header_bytes);
	if (header_bytes > 8) /* the header of Python 2.7 has no size */
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
		/* after a short write, the next one may write the rest */
		thread->writing_short = record->flags & RECORD_SHORT;
		thread->writing_failed |= record->error && !thread->writing_short;
	}
}

/*
 * Keep track of damaged pycs.  CPython without the fix of gh-126606 does not notice a short
 * write on a full disk and renames the incomplete pyc into place: loading it fails with
 * EOFError, until it is removed or replaced.
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
		module->damaged_bytes = 0; /* it was removed or replaced */
}

/* Set the size of the module's pyc in the shadow of the process; 0: there is none. */
static void set_shadow(struct tables *tables, struct module *module,
		       struct process *process, uint64_t bytes)
{
	struct shadow_pyc *pyc = tables_shadow_pyc(tables, module, process, bytes > 0);

	if (pyc)
		pyc->bytes = bytes;
}

/* Keep when the module was looked for, and the size of its pyc in the shadow. */
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
	if (record->type == RECORD_retract) { /* the look-up was not by an import */
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

/* --- what the verdict machine says ----------------------------------------------------- */

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

/* The write failed, so the bytes before it are no longer counted as written. */
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

/* Count a hit in the shadow, or take it back if the amount is negative. */
static void add_hit(const struct stats_event *event, const struct verdict_change *change,
		    int64_t amount)
{
	struct module *module = change->module;

	if (event->thread->shadowed == module)
		module->shadow_hits = amount_add(module->shadow_hits, amount);
}

/* Was the pyc refused without the source being compiled instead? */
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
			add_hit(event, change, change->amount);
		else if (change->what == VERDICT_reused) /* no answer of the shadow */
			add_hit(event, change, -change->amount);
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

bool stats_module_is_damaged(const struct module *module)
{
	return module->damaged_bytes > 0;
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
