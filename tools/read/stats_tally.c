/* SPDX-License-Identifier: MIT */
/*
 * See stats_tally.h.  On the hot path of every read.
 */
#include "read/stats_tally.h"

#include <errno.h>

/*
 * Note a compile of a module whose pyc another process had written before this one looked
 * for it.  Whether that process belongs to an earlier start is known when all is read.
 */
static void note_again(struct tally *tally, const struct stats_event *event)
{
	const struct module *module = tally->key.module;
	const struct thread *thread = event->thread;
	const struct process *writer = module->writer;

	if (!writer || writer == thread->process || thread->looked != module ||
	    thread->looked_ns < module->written_ns ||
	    strcmp(writer->root, thread->process->root) != 0)
		return;
	if (tally->stale <= 0)
		tally->again = AGAIN_GONE;
	else if (tally->stale_reason == STALE_magic)
		tally->again = AGAIN_MAGIC;
	else if (tally->reset > 0)
		tally->again = AGAIN_TIME;
	else /* the source has changed, so it had to be compiled */
		return;
	tally->again_writer = writer;
}

static void tally_add_stale_reason(struct tally *tally,
				   const struct verdict_change *change)
{
	tally->stale += (int)change->amount;
	tally->stale_reason = (uint8_t)change->detail;
	if (change->detail == STALE_mtime && tally->key.module->stale_same_size)
		tally->reset += (int)change->amount;
}

static void tally_add_written(struct tally *tally, const struct stats_event *event,
			      int amount)
{
	const struct module *module = tally->key.module;

	tally->written += amount;
	if (event->thread->looked == module &&
	    event->thread->looked_ns < module->written_ns)
		tally->repeats++; /* another process wrote it after our look-up */
}

static void tally_add_error(struct tally *tally, const struct stats_event *event,
			    const struct verdict_change *change)
{
	tally->failed += (int)change->amount;
	tally->error = change->detail;
	if (event->denied)
		tally->denied++;
}

/* Count only errors of permission, not limits or broken disks. */
static void tally_add_unreadable(struct tally *tally, const struct stats_event *event,
				 int amount)
{
	const struct record *record = event->record;

	if (record->type != RECORD_lookup || amount < 0 ||
	    (record->error != EACCES && record->error != EPERM))
		return;
	tally->unreadable += amount;
	tally->lookup_error = record->error;
}

static void tally_add_cost(struct tally *tally, const struct stats_event *event,
			   int64_t amount, bool corrects)
{
	const struct record *record = event->record;
	bool exact = record->type != RECORD_compile || record->flags & RECORD_EXACT;

	tally->cost_ns = amount_add(tally->cost_ns, amount);
	if (!tally->compiled_ns)
		tally->compiled_ns = record->time_ns + record->duration_ns;
	if (!corrects) {
		/* a compile takes at least its CPU time; older recordings have no duration */
		tally->wall_ns = amount_add(
			tally->wall_ns,
			amount > record->duration_ns ? amount : record->duration_ns);
		tally->measured++;
		tally->at_most += !exact;
	} else if (exact) { /* the first cost ended at the import of a codec */
		tally->at_most--;
	}
	if (record->type == RECORD_compile && record->flags & RECORD_UNWRITABLE)
		tally->unwritable++;
}

void stats_tally_apply(struct tables *tables, const struct stats_event *event,
		       const struct verdict_change *change, bool corrects)
{
	struct tally *tally;

	if (change->what != VERDICT_compiled && change->what != VERDICT_written &&
	    change->what != VERDICT_not_attempted && change->what != VERDICT_compile_ns &&
	    change->what != VERDICT_STALE_REASON && change->what != VERDICT_WRITE_ERROR &&
	    change->what != VERDICT_unreadable)
		return;
	tally = tables_tally(tables, change->module, event->thread->process);
	switch (change->what) {
	case VERDICT_compiled:
		tally->compiled += (int)change->amount;
		note_again(tally, event);
		break;
	case VERDICT_written:
		tally_add_written(tally, event, (int)change->amount);
		break;
	case VERDICT_not_attempted:
		tally->unattempted += (int)change->amount;
		break;
	case VERDICT_unreadable:
		tally_add_unreadable(tally, event, (int)change->amount);
		break;
	case VERDICT_compile_ns:
		tally_add_cost(tally, event, change->amount, corrects);
		break;
	case VERDICT_STALE_REASON:
		tally_add_stale_reason(tally, change);
		break;
	default:
		tally_add_error(tally, event, change);
		break;
	}
}
