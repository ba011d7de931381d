/*
 * See waste.h.  Runs in pycstat.
 */
#include "waste.h"

#include <stdlib.h>
#include <string.h>

#include "stats_module.h"
#include "stats_process.h"
#include "util.h"

#define LITTLE 10 /* times fewer than in another process */

/* In which starts there was what: a bit for each cause. */
struct seen {
	uint16_t *causes;
	const struct module *module[WASTE_CAUSES]; /* that was last met for it */
	struct span of_reason[AGAIN_REASONS];
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

	/* under redirect pycs go elsewhere */
	return item->tally->unwritable > 0 && process->mode != MODE_redirect;
}

static void add(struct waste *waste, struct seen *seen, enum waste_cause cause,
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
	waste->repeat = span_add(waste->repeat, item->repeat);
	waste->certain_ns = amount_add(waste->certain_ns, item->certain_ns);
	if (item->module && stats_module_is_unreadable(item->module))
		waste->unreadable = amount_add(waste->unreadable, item->compiles);
	if (cause == WASTE_NOT_ATTEMPTED && is_unwritable(item)) {
		waste->unwritable = amount_add(waste->unwritable, item->compiles);
		waste->in_vain = span_add(waste->in_vain, item->cost);
	}
	waste->example = item;
}

/* Why most was compiled again, by what that cost; and an example of it. */
static void add_again(struct waste *again, struct seen *seen,
		      const struct waste_item *item)
{
	enum again reason = item->tally->again;
	const struct waste_item *example = again->example;
	struct span *cost = &seen->of_reason[reason];

	add(again, seen, WASTE_AGAIN, item);
	*cost = span_add(*cost, item->cost);
	if (!example || reason == again->again ||
	    cost->high > seen->of_reason[again->again].high)
		again->again = reason;
	else
		again->example = example;
}

static void add_items(const struct stats *stats, struct wastes *wastes)
{
	struct seen seen = {.causes = xcalloc(stats->starts + 1, sizeof(*seen.causes))};
	const struct waste_item *item = wastes->items.item,
				*end = item + wastes->items.count;

	for (; item < end; item++) {
		if (item->cause == WASTE_AGAIN)
			add_again(&wastes->cause[WASTE_AGAIN], &seen, item);
		else if (item->cause != WASTE_CAUSES)
			add(&wastes->cause[item->cause], &seen, item->cause, item);
		if (item->stale)
			add(&wastes->cause[WASTE_STALE], &seen, WASTE_STALE, item);
		if (item->hidden)
			add(&wastes->cause[WASTE_HIDDEN], &seen, WASTE_HIDDEN, item);
	}
	free(seen.causes);
}

/* The errno and the stale reason that most processes met. */
static void find_most(const struct stats *stats, struct waste *waste)
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
	for (i = 1; i < STALE_COUNT; i++)
		if (stats->totals.stale_reason[i] >
		    stats->totals.stale_reason[waste[WASTE_STALE].stale_reason])
			waste[WASTE_STALE].stale_reason = i;
}

/* A process's compiles by what came of them. */
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

/* What a process compiled at least to be counted: much, or with others that is much. */
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

/* `parents`: of each start, the parent of the first process that was counted. */
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
	find_most(stats, wastes->cause);
}

void waste_free(struct wastes *wastes)
{
	waste_items_free(&wastes->items);
}
