/*
 * See waste_items.h.  Runs in pycstat.
 */
#include "waste_items.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile_cost.h"
#include "pyc_size.h"
#include "stats_module.h"
#include "stats_process.h"
#include "util.h"

#define MANY 10 /* processes that compiled one module each */

/* What is known of each start, of the module that is looked at. */
struct in_start {
	uint64_t compiled_ns;	    /* when the first process had compiled it ... */
	unsigned serial;	    /* ... if this is the module's */
	unsigned met[WASTE_CAUSES]; /* the module's serial: it was met for this cause */
};

struct finder {
	struct waste_items *items;
	struct compile_rates *rates;
	struct pyc_size size;
	struct in_start *starts;
	unsigned serial; /* of the module, from 1 */
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
	case EEXIST: /* two processes wrote the same temporary: one of them was kept */
		return WASTE_REPEATED;
	default:
		return WASTE_OTHER_ERROR;
	}
}

size_t waste_prefix_bytes(const struct module *module)
{
	const char *end = strrchr(module->source, '.');
	size_t stem = end ? (size_t)(end - module->source) : 0;

	/* PREFIX/srv/app/shop.cpython-311.pyc of /srv/app/shop.py */
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
 * Of a module that was compiled and not kept by a process that compiled nothing else,
 * nobody knows whether that was wanted, or whether it does not compile; a few of these
 * cost little.  Of many, that are of several modules, the setting is certain.
 */
static void count_unsure(const struct stats *stats, struct waste_items *items)
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

/* Is this compile the first of its module in its start, for this cause? */
static bool is_first(struct finder *finder, struct waste_item *item)
{
	unsigned *met = &finder->starts[item->tally->key.process->start].met[item->cause];
	bool first = *met != finder->serial;

	*met = finder->serial;
	return first;
}

static void add(struct finder *finder, struct waste_item item)
{
	struct waste_items *items = finder->items;
	const struct process *process = item.tally->key.process;
	struct span each = compile_cost(finder->rates, item.tally);

	if (item.compiles <= 0)
		return;
	item.cost = span_times(each, item.compiles);
	if (item.cause != WASTE_CAUSES) {
		item.first = is_first(finder, &item);
		item.repeat = span_times(each, item.compiles - item.first);
		if (finder->starts[process->start].compiled_ns < process->start_ns)
			item.certain_ns = item.cost.low;
	}
	item.bytes = pyc_size_of(item.module, &finder->size);
	if (items->count == items->room) {
		items->room = items->room ? 2 * items->room : 256;
		items->item = xrealloc(items->item, items->room * sizeof(items->item[0]));
	}
	items->item[items->count++] = item;
}

/* A later start compiled what an earlier one had kept. */
static bool is_again(const struct tally *tally)
{
	return tally->again != AGAIN_NOT && tally->written > 0 &&
	       tally->again_writer->start != tally->key.process->start;
}

/* What was compiled and not kept, or not replaced: `kept` in the end it costs nothing. */
static void add_unkept(struct finder *finder, struct waste_item item, bool kept)
{
	const struct tally *tally = item.tally;
	enum unattempted why = stats_process_unattempted(tally->key.process);
	bool attempted = tally->failed > 0;
	size_t before = finder->items->count;

	if (attempted && !kept) {
		item.cause = waste_cause_of_error(tally->error);
		item.compiles = item.cause == WASTE_REPEATED /* the sibling's is there */
					? 0
					: tally->failed - tally->denied;
		add(finder, item);
	}
	if (!kept && waste_counts_unattempted(finder->items, why)) {
		item.cause = WASTE_NOT_ATTEMPTED;
		item.compiles = tally->unattempted;
		add(finder, item);
	}
	if (finder->items->count > before || !(item.stale || item.hidden))
		return;
	item.cause = WASTE_CAUSES;
	item.compiles = item.stale ? tally->stale : tally->compiled;
	add(finder, item);
}

static void add_tally(struct finder *finder, const struct tally *tally)
{
	const struct module *module = tally->key.module;
	bool kept = module->written_ns > module->last_unkept_ns;
	struct waste_item item = {
		.module = module,
		.tally = tally,
		.stale = tally->stale > 0 && !kept &&
			 module->last_stale_ns > module->written_ns,
		.hidden = module->totals.count[VERDICT_misses] > 0 &&
			  waste_prefix_bytes(module) > 0,
	};

	add_unkept(finder, item, kept);
	item.stale = item.hidden = false;
	if (is_again(tally)) {
		item.cause = WASTE_AGAIN;
		item.compiles = 1;
		add(finder, item);
	} else {
		item.cause = WASTE_REPEATED;
		item.compiles = tally->repeats;
		add(finder, item);
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
		.items = items,
		.rates = compile_rates_measure(stats),
		.size = pyc_size_measure(stats),
		.starts = xcalloc(stats->starts + 1, sizeof(*finder.starts)),
	};
	const struct module *module;

	memset(items, 0, sizeof(*items));
	count_unsure(stats, items);
	for (module = stats->tables.modules; module; module = module->hh.next)
		add_module(&finder, module);
	compile_rates_free(finder.rates);
	free(finder.starts);
}

void waste_items_free(struct waste_items *items)
{
	free(items->item);
}
