/* SPDX-License-Identifier: MIT */
/*
 * See stats_process.h.  On the hot path of every read.
 */
#include "read/stats_process.h"

#include <stdlib.h>

#include "common/util.h"
#include "read/reader.h"

static void replace_string(char **old, const char *bytes, size_t length)
{
	free(*old);
	*old = xmalloc(length + 1);
	memcpy(*old, bytes, length);
	(*old)[length] = '\0';
}

void stats_process_announce(struct process *process, const struct record_process *record)
{
	struct reader_process strings = reader_process(record);

	process->known = true;
	process->python = record->python == 1;
	process->mode = record->mode;
	process->pid = record->pid;
	process->parent_pid = record->parent_pid;
	process->uid = record->uid;
	process->start_ns = amount_of(record->start_ns);
	process->record_max_bytes = record->record_max_bytes;
	replace_string(&process->executable, strings.executable,
		       strlen(strings.executable));
	replace_string(&process->command, strings.command, strings.command_bytes);
	replace_string(&process->root, strings.root, strlen(strings.root));
	process->shadow = NULL;
	if (strings.node)
		replace_string(&process->node, strings.node, strlen(strings.node));
	process->command_bytes = strings.command_bytes;
	if (strings.has_totals && strings.totals.lost_events >= process->lost_events) {
		process->final = strings.totals;
		process->lost_events = strings.totals.lost_events;
	}
}

void stats_process_compiled(struct process *process, const struct record_compile *compile)
{
	if (compile->process_cpu_ns > process->start_up_cpu_ns)
		process->start_up_cpu_ns = amount_of(compile->process_cpu_ns);
	process->lookups_since = 0;
}

void stats_process_compiled_at(struct process *process,
			       const struct record_compile *compile)
{
	const struct record *record = &compile->record;
	uint64_t end_ns = amount_of(record->time_ns);

	/* it took at least its CPU time, unless `time_ns` is its end (older recordings) */
	if (record->duration_ns)
		end_ns += record->duration_ns > compile->cpu_ns
				  ? record->duration_ns
				  : amount_of(compile->cpu_ns);

	if (end_ns > process->compiled_ns)
		process->compiled_ns = end_ns;
}

void stats_process_apply(const struct stats_event *event,
			 const struct verdict_change *change)
{
	struct process *process = event->thread->process;
	int64_t *total;

	if (change->what == VERDICT_STALE_REASON) {
		process->totals.stale_reason[change->detail] += change->amount;
	} else if (change->what == VERDICT_WRITE_ERROR) {
		error_counts_add(&process->errors, change->detail, change->amount);
		if (event->denied)
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

void stats_process_take_final(struct process *process)
{
	const struct record_totals *final = &process->final;
	size_t i;

#define TOTAL(name, what)                                                                \
	process->totals.count[VERDICT_##name] = (int64_t)amount_of(final->name);
#include "totals.def"
#undef TOTAL
	process->totals.count[VERDICT_bytes_written] -=
		process->cut_bytes < (int64_t)amount_of(final->bytes_written)
			? process->cut_bytes
			: (int64_t)amount_of(final->bytes_written);
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

int64_t stats_process_start_up_ns(const struct process *process)
{
	const int64_t *count = process->totals.count;
	int64_t start_up_ns = (int64_t)process->start_up_cpu_ns;

	if (!count[VERDICT_compiled] || process->lost_events ||
	    count[VERDICT_compile_ns] > start_up_ns ||
	    process->lookups_since > count[VERDICT_lookups] / 8)
		return 0;
	return start_up_ns;
}

int64_t stats_process_unmeasured(const struct process *process)
{
	int64_t compiled = process->totals.count[VERDICT_compiled];

	return process->lost_events || compiled < process->measured
		       ? 0
		       : compiled - process->measured;
}

enum unattempted stats_process_unattempted(const struct process *process)
{
	int64_t count = process->totals.count[VERDICT_not_attempted];

	if (count <= 0)
		return UNATTEMPTED_NONE;
	/* a refused write counts as an attempt, in deny mode too */
	if (process->mode == MODE_deny)
		return process->attempts >= count ? UNATTEMPTED_BROKEN : UNATTEMPTED_DENY;
	if (count == 1 && !process->attempts)
		return UNATTEMPTED_UNSURE;
	return process->attempts >= count ? UNATTEMPTED_BROKEN : UNATTEMPTED_SETTING;
}

static bool differ(const char *a, const char *b)
{
	return a != b && strcmp(a ? a : "", b ? b : "") != 0;
}

bool stats_process_is_elsewhere(const struct process *a, const struct process *b)
{
	return differ(a->node, b->node) || differ(a->recording, b->recording);
}
