/* SPDX-License-Identifier: MIT */
/*
 * See waste.h.
 */
#include "answer/waste.h"

#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "read/stats_module.h"
#include "read/stats_process.h"

/* A process counts if it compiled more than this part of what another one compiled. */
#define LITTLE 10

/* What is needed while items are added, and not later. */
struct seen {
	uint16_t *causes; /* for each start, a bit for each cause that occurred in it */
	const struct module *module[WASTE_CAUSES]; /* the last one with that cause */
	struct span of_reason[AGAIN_REASONS];	   /* costs by enum again */
	int64_t of_stale_reason[STALE_COUNT];	   /* compiles by STALE_* */
};

struct span waste_per_start(const struct waste *waste, struct span sum)
{
	return span_mean(sum, waste->starts);
}

bool waste_is_reset(const struct waste *waste)
{
	return waste->reset > 0 && waste->reset >= waste->modules / 2;
}

static bool is_unwritable(const struct waste_item *item)
{
	const struct process *process = item->tally->key.process;

	/* in redirect mode pycs are written to the shadow */
	return item->tally->unwritable > 0 && process->mode != MODE_redirect;
}

static void waste_add(struct waste *waste, struct seen *seen, enum waste_cause cause,
		      const struct waste_item *item)
{
	unsigned start = item->tally->key.process->start;

	if (seen->module[cause] != item->module) {
		waste->modules++;
		waste->bytes = amount_add(waste->bytes, amount_pages(item->bytes));
		waste->reset += item->tally->reset > 0;
	}
	seen->module[cause] = item->module;
	if (!(seen->causes[start] & 1u << cause))
		waste->starts++;
	seen->causes[start] |= (uint16_t)(1u << cause);
	waste->firsts += item->first;
	waste->compiles = amount_add(waste->compiles, item->compiles);
	waste->cost = span_add(waste->cost, item->cost);
	waste->saves = span_add(waste->saves, item->saves);
	waste->ready = span_add(waste->ready, item->ready);
	waste->repeat = span_add(waste->repeat, item->repeat);
	waste->keeping_ns = amount_add(waste->keeping_ns, item->keeping_ns);
	waste->ready_repeat = span_add(waste->ready_repeat, item->ready_repeat);
	if (cause == WASTE_NOT_ATTEMPTED && is_unwritable(item)) {
		waste->unwritable = amount_add(waste->unwritable, item->compiles);
		waste->in_vain = span_add(waste->in_vain, item->saves);
	}
	waste->example = item;
}

/* Keep the reason whose compiles cost most, and an example of it. */
static void add_again(struct waste *again, struct seen *seen,
		      const struct waste_item *item)
{
	enum again reason = item->tally->again;
	const struct waste_item *example = again->example;
	struct span *cost = &seen->of_reason[reason];

	waste_add(again, seen, WASTE_AGAIN, item);
	*cost = span_add(*cost, item->cost);
	if (!example || reason == again->again ||
	    cost->high > seen->of_reason[again->again].high)
		again->again = reason;
	else
		again->example = example;
}

static void add_stale(struct waste *stale, struct seen *seen,
		      const struct waste_item *item)
{
	unsigned reason = item->tally->stale_reason;
	int64_t *count = &seen->of_stale_reason[reason];

	stale->stale_mixed |= stale->modules && reason != stale->stale_reason;
	waste_add(stale, seen, WASTE_STALE, item);
	*count = amount_add(*count, item->compiles);
	if (*count > seen->of_stale_reason[stale->stale_reason])
		stale->stale_reason = reason;
}

static void add_items(const struct stats *stats, struct wastes *wastes)
{
	struct seen seen = {.causes = xcalloc(stats->starts + 1, sizeof(*seen.causes))};
	const struct waste_item *item;
	size_t i;

	for (i = 0; i < wastes->items.count; i++) { /* without any there is no array */
		item = &wastes->items.item[i];
		if (item->cause == WASTE_AGAIN)
			add_again(&wastes->cause[WASTE_AGAIN], &seen, item);
		else if (item->cause != WASTE_CAUSES)
			waste_add(&wastes->cause[item->cause], &seen, item->cause, item);
		if (item->stale)
			add_stale(&wastes->cause[WASTE_STALE], &seen, item);
		if (item->hidden)
			waste_add(&wastes->cause[WASTE_HIDDEN], &seen, WASTE_HIDDEN,
				  item);
	}
	free(seen.causes);
}

/* For each cause, find the errno that occurred most often. */
static void find_errors(const struct stats *stats, struct waste *waste)
{
	int64_t most[WASTE_CAUSES] = {0};
	enum waste_cause cause;
	unsigned i;

	for (i = 0; i < ERROR_COUNTS; i++) {
		cause = waste_cause_of_error(stats->errors.slot[i].error);
		if (stats->errors.slot[i].count <= most[cause])
			continue;
		most[cause] = stats->errors.slot[i].count;
		waste[cause].error = stats->errors.slot[i].error;
	}
}

/* Count the compiles of a process by cause. */
static void count_compiles(const struct process *process, const struct wastes *wastes,
			   int64_t compiles[WASTE_CAUSES])
{
	const int64_t *count = process->totals.count;
	enum waste_cause cause;
	size_t i;

	memset(compiles, 0, WASTE_CAUSES * sizeof(*compiles));
	for (i = 0; i < ERROR_COUNTS && process->mode != MODE_deny; i++) {
		cause = waste_cause_of_error(process->errors.slot[i].error);
		compiles[cause] = amount_add(compiles[cause],
					     process->errors.slot[i].count);
	}
	if (waste_counts_unattempted(&wastes->items, stats_process_unattempted(process)))
		compiles[WASTE_NOT_ATTEMPTED] = count[VERDICT_not_attempted];
	compiles[WASTE_REPEATED] = count[VERDICT_written];
	compiles[WASTE_STALE] = count[VERDICT_stale];
	for (i = 0; wastes->items.unreadable && i < WASTE_CAUSES; i++)
		compiles[i] -= wastes->items.unreadable[process->number][i];
}

static void find_most_compiles(const struct stats *stats, struct wastes *wastes)
{
	int64_t compiles[WASTE_CAUSES];
	const struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, wastes, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] > wastes->cause[i].most)
				wastes->cause[i].most = compiles[i];
	}
}

/*
 * Find how many compiles make a process count.  Processes with few compiles do not count,
 * unless they have together more than the one with most.
 */
static void find_least(const struct stats *stats, const struct wastes *wastes,
		       int64_t least[WASTE_CAUSES])
{
	int64_t compiles[WASTE_CAUSES], little[WASTE_CAUSES] = {0};
	const struct process *process;
	size_t i;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, wastes, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] > 0 &&
			    compiles[i] <= wastes->cause[i].most / LITTLE)
				little[i] = amount_add(little[i], compiles[i]);
	}
	for (i = 0; i < WASTE_CAUSES; i++)
		least[i] = little[i] > wastes->cause[i].most
				   ? 1
				   : wastes->cause[i].most / LITTLE + 1;
}

/* `parents` has for each start the parent of the first process that was counted in it. */
static void add_process(struct waste *waste, const struct process *process,
			int64_t compiles, const struct process **parents)
{
	const struct process **parent = &parents[process->start];

	if (!waste->processes) {
		waste->fewest = compiles;
		waste->siblings = true;
	}
	waste->processes++;
	if (!*parent)
		*parent = process->parent;
	waste->siblings &= *parent && *parent == process->parent;
	waste->fewest = compiles < waste->fewest ? compiles : waste->fewest;
	waste->redirected |= process->mode == MODE_redirect && *process->root;
	waste->unshadowed |= process->mode == MODE_redirect && !*process->root;
	if (!stats_process_start_up_ns(process))
		return;
	waste->process_compile_ns = amount_add(waste->process_compile_ns,
					       process->totals.count[VERDICT_compile_ns]);
	waste->start_up_ns = amount_add(waste->start_up_ns,
					stats_process_start_up_ns(process));
}

static void add_processes(const struct stats *stats, struct wastes *wastes)
{
	const struct process *process, **parents;
	int64_t compiles[WASTE_CAUSES], least[WASTE_CAUSES];
	size_t i, starts = stats->starts + 1;

	parents = xcalloc(WASTE_CAUSES * starts, sizeof(*parents));
	find_most_compiles(stats, wastes);
	find_least(stats, wastes, least);
	for (process = stats->tables.processes; process; process = process->hh.next) {
		count_compiles(process, wastes, compiles);
		for (i = 0; i < WASTE_CAUSES; i++)
			if (compiles[i] >= least[i])
				add_process(&wastes->cause[i], process, compiles[i],
					    parents + i * starts);
	}
	free(parents);
}

void waste_measure(const struct stats *stats, struct wastes *wastes)
{
	memset(wastes, 0, sizeof(*wastes));
	waste_items_find(stats, &wastes->items);
	wastes->cause[WASTE_NOT_ATTEMPTED].single = wastes->items.single;
	wastes->cause[WASTE_NOT_ATTEMPTED].unsure = wastes->items.unsure;
	add_items(stats, wastes);
	add_processes(stats, wastes);
	find_errors(stats, wastes->cause);
}

void waste_free(struct wastes *wastes)
{
	waste_items_free(&wastes->items);
}
