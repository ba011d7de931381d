/* SPDX-License-Identifier: MIT */
/*
 * The remedy for lost events; see remedy.h.
 */
#include "answer/remedy.h"
#include "common/human.h"
#include "common/util.h"

#define PATH_USUAL 72 /* the usual length of a path in a recording, in bytes */

/* The smallest PYCSHIM_RECORD_MAX of the processes that lost events. */
static uint64_t bound_of_lost(const struct stats *stats)
{
	const struct process *process;
	uint64_t bound = UINT64_MAX;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (process->lost_events && process->record_max_bytes < bound)
			bound = process->record_max_bytes;
	return bound;
}

/* An estimate of how many bytes the lost events would have taken. */
static int64_t bytes_lost(const struct stats *stats)
{
	double each = stats->events
			      ? (double)stats->recording_bytes / (double)stats->events
			      : sizeof(struct record_event) + PATH_USUAL;
	double bytes = each * (double)stats->lost_events;

	return bytes < (double)AMOUNT_MAX ? (int64_t)bytes : AMOUNT_MAX;
}

/* A limit that would have been enough, as a power of two. */
static uint64_t bound_needed(const struct stats *stats, uint64_t bound)
{
	double need = (double)stats->recording_bytes + (double)bytes_lost(stats);
	uint64_t bytes = (uint64_t)1 << 20;

	need *= 4.0 / 3; /* record_events_limit() */
	while (((double)bytes < need || bytes <= bound) && bytes < (uint64_t)1 << 40)
		bytes *= 2;
	return bytes;
}

/* The limit was not reached, so the disk had no room. */
static struct remedy remedy_no_room(const struct stats *stats, uint64_t bound)
{
	int64_t bytes = amount_pages(bytes_lost(stats));

	return (struct remedy){
		.text = xasprintf(
			"The recording needs room for about %s more where it is: the "
			"disk was full, or files may not grow so large there, before "
			"PYCSHIM_RECORD_MAX (%s) was reached.",
			human_bytes(bytes).s, human_bytes((int64_t)amount_of(bound)).s),
		.costs_bytes = bytes};
}

struct remedy remedy_lost(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	uint64_t bound = bound_of_lost(stats), bytes;

	(void)cause;
	if (stats->largest_bytes + RECORD_SIZE_MAX < record_events_limit(bound))
		return remedy_no_room(stats, bound);
	bytes = bound_needed(stats, bound);
	return (struct remedy){.text = xasprintf("PYCSHIM_RECORD_MAX=%lluM would do.",
						 (unsigned long long)(bytes >> 20)),
			       .costs_bytes = (int64_t)bytes};
}
