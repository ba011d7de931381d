/* SPDX-License-Identifier: MIT */
/*
 * See waste_items.h.
 */
#include "answer/waste_items.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answer/compile_cost.h"
#include "common/util.h"
#include "read/pyc_size.h"
#include "read/stats_module.h"
#include "read/stats_process.h"

#define MANY 10 /* so many processes with a single compile are no coincidence */

/* For each start: what is known about the current module. */
struct in_start {
	unsigned serial;      /* of the module that compiled_ns is about */
	uint64_t compiled_ns; /* when a process of the start had compiled it first */
	unsigned met[WASTE_CAUSES]; /* the serial of the last module with this cause */
};

struct finder {
	const struct stats *stats;
	struct waste_items *items;
	struct compile_rates *rates;
	struct pyc_size size;
	struct in_start *starts;
	unsigned serial; /* the number of the current module, from 1 */
};

enum waste_cause waste_cause_of_error(uint32_t error)
{
	switch (error) {
	case EROFS:
	case EACCES:
	case EPERM:
		return WASTE_READ_ONLY;
	case ENOSPC:
	case EDQUOT:
		return WASTE_FULL;
	case EFBIG:
		return WASTE_TOO_LARGE;
	case EEXIST: /* two processes made the same temporary file, and one succeeded */
		return WASTE_REPEATED;
	default:
		return WASTE_OTHER_ERROR;
	}
}

size_t waste_prefix_bytes(const struct module *module)
{
	const char *end = strrchr(module->source, '.');
	size_t stem = end ? (size_t)(end - module->source) : 0;

	/* PREFIX/srv/app/shop.cpython-311.pyc comes from /srv/app/shop.py */
	if (!module->source_read || !stem || module->tag <= stem + 1 ||
	    memcmp(module->pyc + module->tag - 1 - stem, module->source, stem) != 0)
		return 0;
	return module->tag - 1 - stem;
}

bool waste_counts_unattempted(const struct waste_items *items, enum unattempted why)
{
	return why == UNATTEMPTED_SETTING || (why == UNATTEMPTED_UNSURE && items->single);
}

/*
 * Decide about processes that compiled a single module and did not try to keep it: either
 * they were told not to (-B), or the module does not compile.  A few of them cost little
 * and are left out.  Many of them count; if they compiled several modules, -B is certain.
 */
static void find_unsure(const struct stats *stats, struct waste_items *items)
{
	const struct process *process;
	const struct module *module;
	unsigned processes = 0, modules = 0;

	for (process = stats->tables.processes; process; process = process->hh.next)
		processes += stats_process_unattempted(process) == UNATTEMPTED_UNSURE;
	if (processes < MANY)
		return;
	for (module = stats->tables.modules; module; module = module->hh.next)
		modules += stats_module_unattempted(module) == UNATTEMPTED_UNSURE;
	items->single = true;
	items->unsure = modules == 1;
}

/* Is this item the first of its module in its start, for this cause? */
static bool is_first(struct finder *finder, struct waste_item *item)
{
	unsigned *met = &finder->starts[item->tally->key.process->start].met[item->cause];
	bool first = *met != finder->serial;

	*met = finder->serial;
	return first;
}

/*
 * What redirect takes at the most to keep a pyc at the first start, and the others to wait for
 * it, as a part of what the compile took.  Measured with Django and four workers, by `make bench
 * BENCH_ROWS=advice`.
 */
#define KEEPING_MOST 0.5

/* A compile waited for a processor if its wall time is so many times its CPU time. */
#define WAITED 1.25

/*
 * How much sooner its start would have been ready without this item's compiles.  Their wall
 * time is as uncertain as their CPU time, for the same reason (compile_cost.h).  What they
 * waited for a processor is saved only if it was other compiles that they waited for.
 */
static struct span delay_of(const struct waste_item *item)
{
	const struct tally *tally = item->tally;
	struct span ready = {0, 0};
	double wall;

	if (!tally->measured ||
	    tally->compiled_ns > tally->key.process->critical_until_ns)
		return ready;
	wall = (double)amount_times(tally->wall_ns / tally->measured, item->compiles);
	ready.high = ready.low = (int64_t)wall;
	if (item->cost.high <= 0)
		return ready;
	ready.high = (int64_t)(wall * (double)item->saves.high / (double)item->cost.high);
	ready.low = wall > WAITED * (double)item->cost.high
			    ? item->saves.low
			    : (int64_t)(wall * (double)item->saves.low /
					(double)item->cost.high);
	return ready;
}

/*
 * How much sooner its start would have been ready if the process of the start that compiled
 * the module first, until `first_ns`, had been the only one to do so.  A process that needs
 * the module earlier waits for that one: this is the lower limit.  It may wait less, because
 * processes that wait leave their processor to the one that compiles: at best, all that this
 * item delayed the start by is saved, and the first one has no other to share a processor with.
 */
static struct span shared_delay_of(const struct waste_item *item, uint64_t first_ns)
{
	const struct tally *tally = item->tally;
	struct span sooner = {0, item->ready.high};
	int64_t wall, after;

	if (!item->ready.high)
		return sooner;
	after = (int64_t)(tally->compiled_ns - first_ns);
	if (after <= 0) {
		sooner.high -= item->cost.low;
		return sooner.high > 0 ? sooner : (struct span){0, 0};
	}
	wall = tally->wall_ns / tally->measured;
	sooner.low = after < wall ? (int64_t)((double)item->ready.low * (double)after /
					      (double)wall)
				  : item->ready.low;
	return sooner;
}

static void items_add(struct finder *finder, struct waste_item item)
{
	struct waste_items *items = finder->items;
	const struct process *process = item.tally->key.process;
	struct span cost = compile_cost(finder->rates, item.tally);
	struct span each = compile_saves(finder->rates, item.tally, cost);

	if (item.compiles <= 0)
		return;
	item.cost = span_times(cost, item.compiles);
	item.saves = span_times(each, item.compiles);
	item.ready = delay_of(&item);
	if (item.cause != WASTE_CAUSES) {
		item.first = is_first(finder, &item);
		item.repeat = span_times(each, item.compiles - item.first);
		item.keeping_ns = item.first ? (int64_t)(KEEPING_MOST * (double)cost.high)
					     : 0;
		item.ready_repeat = shared_delay_of(
			&item, finder->starts[process->start].compiled_ns);
	}
	item.bytes = pyc_size_of(item.module, &finder->size);
	if (items->count == items->room) {
		items->room = items->room ? 2 * items->room : 256;
		items->item = xrealloc(items->item, items->room * sizeof(items->item[0]));
	}
	items->item[items->count++] = item;
}

/* Did a start compile what an earlier start had kept? */
static bool is_again(const struct tally *tally)
{
	return tally->again != AGAIN_NOT && tally->written > 0 &&
	       tally->again_writer->start != tally->key.process->start;
}

/* Add compiles that would not have happened if the process could have read the pyc. */
static void items_add_unreadable(struct finder *finder, struct waste_item item)
{
	struct waste_items *items = finder->items;
	const struct tally *tally = item.tally;
	int64_t *compiles;

	item.cause = WASTE_UNREADABLE;
	item.compiles = tally->compiled;
	items_add(finder, item);
	if (!items->unreadable)
		items->unreadable = xcalloc(finder->stats->processes,
					    sizeof(*items->unreadable));
	compiles = items->unreadable[tally->key.process->number];
	compiles[waste_cause_of_error(tally->error)] += tally->failed;
	compiles[WASTE_NOT_ATTEMPTED] += tally->unattempted;
}

/*
 * Add compiles whose pyc was not written or not replaced.  `kept`: a later write succeeded,
 * so that nothing is wrong any more.
 */
static void add_unkept(struct finder *finder, struct waste_item item, bool kept)
{
	const struct tally *tally = item.tally;
	enum unattempted why = stats_process_unattempted(tally->key.process);
	bool attempted = tally->failed > 0;
	size_t before = finder->items->count;

	if (tally->unreadable > 0 && !kept) {
		items_add_unreadable(finder, item);
		return;
	}
	if (attempted && !kept) {
		item.cause = waste_cause_of_error(tally->error);
		item.compiles = item.cause == WASTE_REPEATED /* another one wrote it */
					? 0
					: tally->failed - tally->denied;
		items_add(finder, item);
	}
	if (!kept && waste_counts_unattempted(finder->items, why)) {
		item.cause = WASTE_NOT_ATTEMPTED;
		item.compiles = tally->unattempted;
		items_add(finder, item);
	}
	if (finder->items->count > before || !(item.stale || item.hidden))
		return;
	item.cause = WASTE_CAUSES;
	item.compiles = item.stale ? tally->stale : tally->compiled;
	items_add(finder, item);
}

static void add_tally(struct finder *finder, const struct tally *tally)
{
	const struct module *module = tally->key.module;
	bool kept = module->written_ns > module->last_unkept_ns;
	struct waste_item item = {
		.module = module,
		.tally = tally,
		/* a damaged pyc has its own finding */
		.stale = tally->stale > 0 && !kept && !stats_module_is_damaged(module) &&
			 module->last_stale_ns > module->written_ns,
		.hidden = module->totals.count[VERDICT_misses] > 0 &&
			  waste_prefix_bytes(module) > 0,
	};

	add_unkept(finder, item, kept);
	item.stale = item.hidden = false;
	if (is_again(tally)) {
		item.cause = WASTE_AGAIN;
		item.compiles = 1;
		items_add(finder, item);
	} else {
		item.cause = WASTE_REPEATED;
		item.compiles = tally->repeats;
		items_add(finder, item);
	}
}

static void add_module(struct finder *finder, const struct module *module)
{
	const struct tally *tally;
	struct in_start *start;

	finder->serial++;
	for (tally = module->tallies; tally; tally = tally->next) {
		start = &finder->starts[tally->key.process->start];
		if (start->serial != finder->serial)
			start->compiled_ns = UINT64_MAX;
		start->serial = finder->serial;
		if (tally->compiled_ns && tally->compiled_ns < start->compiled_ns)
			start->compiled_ns = tally->compiled_ns;
	}
	for (tally = module->tallies; tally; tally = tally->next)
		add_tally(finder, tally);
}

void waste_items_find(const struct stats *stats, struct waste_items *items)
{
	struct finder finder = {
		.stats = stats,
		.items = items,
		.rates = compile_rates_measure(stats),
		.size = pyc_size_measure(stats),
		.starts = xcalloc(stats->starts + 1, sizeof(*finder.starts)),
	};
	const struct module *module;

	memset(items, 0, sizeof(*items));
	find_unsure(stats, items);
	for (module = stats->tables.modules; module; module = module->hh.next)
		add_module(&finder, module);
	compile_rates_free(finder.rates);
	free(finder.starts);
}

void waste_items_free(struct waste_items *items)
{
	free(items->item);
	free(items->unreadable);
}
