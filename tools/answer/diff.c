/* SPDX-License-Identifier: MIT */
/*
 * See diff.h.
 */
#include "answer/diff.h"

#include <stdlib.h>
#include <string.h>

#include "common/util.h"

/* What one start compiled. */
struct diff_start {
	uint64_t begin_ns;
	int64_t compile_ns, written;
	bool redirected;
};

static double per_start(const struct stats *stats, int64_t amount)
{
	return stats->starts ? (double)amount / stats->starts : 0;
}

static void measure_side(struct diff_side *side, const struct stats *stats)
{
	size_t i;

	side->stats = stats;
	for (i = 0; i < VERDICT_TOTALS; i++)
		side->total[i] = per_start(stats, stats->totals.count[i]);
	side->processes = per_start(stats, stats->processes);
	side->ready = ready_measure(stats);
}

double diff_change(const struct diff *diff, enum verdict_total total)
{
	return diff->side[DIFF_AFTER].total[total] - diff->side[DIFF_BEFORE].total[total];
}

/* --- modules --------------------------------------------------------------------------- */

/* A bit for each reason why a module was compiled. */
static unsigned reasons_of(const struct module *module)
{
	const struct totals *totals = &module->totals;
	unsigned reasons = 0, i;

	reasons |= (unsigned)(totals->count[VERDICT_misses] > 0);
	reasons |= (unsigned)(totals->count[VERDICT_unreadable] > 0) << 1;
	for (i = 0; i < STALE_COUNT; i++)
		reasons |= (unsigned)(totals->stale_reason[i] > 0) << (2 + i);
	return reasons;
}

/* Modules are compared by their source, because the pyc's name has the interpreter's. */
static void add_modules(struct diff *diff, enum diff_which which)
{
	const struct stats *stats = diff->side[which].stats;
	struct diff_module *entry;
	const struct module *module;
	const int64_t *count;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		HASH_FIND_STR(diff->table, module->source, entry);
		if (!entry) {
			entry = xcalloc(1, sizeof(*entry));
			entry->source = module->source;
			HASH_ADD_KEYPTR(hh, diff->table, entry->source,
					strlen(entry->source), entry);
		}
		count = module->totals.count;
		if (!entry->module[which] || count[VERDICT_compiled] > 0)
			entry->module[which] = module;
		entry->compiled[which] += per_start(stats, count[VERDICT_compiled]);
		entry->compile_ns[which] += per_start(stats, count[VERDICT_compile_ns]);
		entry->hits[which] += per_start(stats, count[VERDICT_hits]);
		if (count[VERDICT_compiled] > 0)
			entry->reasons[which] |= reasons_of(module);
	}
}

enum diff_kind diff_kind_of(const struct diff_module *module)
{
	bool before = module->compiled[DIFF_BEFORE] > 0,
	     after = module->compiled[DIFF_AFTER] > 0;

	if (before != after)
		return before ? DIFF_GONE : DIFF_NEW;
	return module->reasons[DIFF_BEFORE] != module->reasons[DIFF_AFTER] ? DIFF_REASON
									   : DIFF_SAME;
}

static double cost_change(const struct diff_module *module)
{
	return module->compile_ns[DIFF_AFTER] - module->compile_ns[DIFF_BEFORE];
}

/* For qsort(): by kind, and the worst first: what costs more now, or saved least. */
static int compare_modules(const void *a, const void *b)
{
	const struct diff_module *left = *(struct diff_module *const *)a,
				 *right = *(struct diff_module *const *)b;
	enum diff_kind mine = diff_kind_of(left), other = diff_kind_of(right);
	double change = cost_change(right) - cost_change(left);

	if (mine != other)
		return mine < other ? -1 : 1;
	if (mine == DIFF_GONE) /* the largest gain first */
		change = -change;
	if (change != 0)
		return change > 0 ? 1 : -1;
	return strcmp(left->source, right->source);
}

static void find_modules(struct diff *diff)
{
	struct diff_module *entry;

	add_modules(diff, DIFF_BEFORE);
	add_modules(diff, DIFF_AFTER);
	diff->module = xcalloc(HASH_COUNT(diff->table) + 1, sizeof(entry));
	for (entry = diff->table; entry; entry = entry->hh.next)
		if (diff_kind_of(entry) != DIFF_SAME)
			diff->module[diff->modules++] = entry;
	qsort(diff->module, diff->modules, sizeof(entry), compare_modules);
}

/* --- promises -------------------------------------------------------------------------- */

static struct diff_start *find_starts(const struct stats *stats)
{
	struct diff_start *starts = xcalloc(stats->starts + 1, sizeof(*starts)), *start;
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		start = &starts[process->start];
		if (!start->begin_ns || process->start_ns < start->begin_ns)
			start->begin_ns = process->start_ns;
		start->compile_ns = amount_add(start->compile_ns,
					       process->totals.count[VERDICT_compile_ns]);
		start->written = amount_add(start->written,
					    process->totals.count[VERDICT_written]);
		start->redirected |= process->mode == MODE_redirect && *process->root;
	}
	return starts;
}

/* The first start, if it filled the cache for the later ones; NULL: it did not. */
static const struct diff_start *find_filling(const struct stats *stats,
					     const struct diff_start *starts)
{
	const struct diff_start *start, *first = starts;

	for (start = starts; start < starts + stats->starts; start++)
		if (start->begin_ns < first->begin_ns)
			first = start;
	return stats->starts && first->written > 0 ? first : NULL;
}

static bool is_redirected(const struct stats *stats, const struct diff_start *starts)
{
	unsigned i;

	for (i = 0; i < stats->starts; i++)
		if (starts[i].redirected)
			return true;
	return false;
}

/*
 * The mean of what the starts compiled.  `filling`: leave out this one, unless it is alone
 * and the later ones are not there to be compared.
 */
static double mean_cost(const struct stats *stats, const struct diff_start *starts,
			const struct diff_start *left_out)
{
	int64_t sum = 0;
	unsigned count = 0, i;

	for (i = 0; i < stats->starts; i++) {
		if (&starts[i] == left_out)
			continue;
		sum = amount_add(sum, starts[i].compile_ns);
		count++;
	}
	return count ? (double)sum / count : 0;
}

/* Compare what the advice promised for a later start, or for the first one. */
static void add_promise(struct diff *diff, const struct advice *advice,
			const struct diff_start *after, bool redirected, bool later)
{
	const struct diff_side *before = &diff->side[DIFF_BEFORE];
	const struct stats *stats = diff->side[DIFF_AFTER].stats;
	const struct diff_start *filling = find_filling(stats, after);
	bool is_redirect = strcmp(advice->code, "redirect") == 0, keeps;
	struct diff_promise *promise = &diff->promise[diff->promises];
	double cost;

	/* these keep pycs for later starts, so the one that fills the cache does not count */
	keeps = is_redirect || strcmp(advice->code, "dontwritebytecode") == 0 ||
		strcmp(advice->code, "write_errors") == 0;
	promise->advice = advice;
	promise->later = later;
	promise->promised = later ? advice->remedy.later : advice->remedy.saves;
	promise->followed = is_redirect == redirected;
	if (is_redirect && !later && filling)
		cost = (double)filling->compile_ns;
	else
		cost = mean_cost(stats, after,
				 keeps && stats->starts > 1 ? filling : NULL);
	/* what replaced the compiles is not in the recordings: the pycs had to be loaded */
	promise->measured_ns = (before->total[VERDICT_compile_ns] - cost) *
			       diff->advices.saved_part;
	/* the promise is a mean over the starts that the advice concerns */
	if (advice->remedy.starts && advice->remedy.starts < before->stats->starts)
		promise->measured_ns *= (double)before->stats->starts /
					advice->remedy.starts;
	diff->promises++;
}

static void find_promises(struct diff *diff)
{
	const struct stats *after = diff->side[DIFF_AFTER].stats;
	struct diff_start *old = find_starts(diff->side[DIFF_BEFORE].stats),
			  *new = find_starts(after);
	bool redirected = is_redirected(after, new) &&
			  !is_redirected(diff->side[DIFF_BEFORE].stats, old);
	bool later = !find_filling(after, new) || after->starts > 1;
	const struct advice *advice;
	size_t i;

	for (i = 0; i < diff->advices.count; i++) {
		advice = &diff->advices.advice[i];
		if (advice->remedy.is_later && later && advice->remedy.later.high)
			add_promise(diff, advice, new, redirected, true);
		else if (advice->remedy.saves.high)
			add_promise(diff, advice, new, redirected, false);
	}
	free(old);
	free(new);
}

void diff_find(struct diff *diff, const struct stats *before, const struct stats *after)
{
	memset(diff, 0, sizeof(*diff));
	measure_side(&diff->side[DIFF_BEFORE], before);
	measure_side(&diff->side[DIFF_AFTER], after);
	find_modules(diff);
	advice_find(before, &diff->advices);
	find_promises(diff);
}

void diff_free(struct diff *diff)
{
	struct diff_module *entry, *next;

	HASH_ITER(hh, diff->table, entry, next)
	{
		HASH_DEL(diff->table, entry); /* NOLINT: as in tables_free() */
		free(entry);
	}
	free(diff->module);
	advice_free(&diff->advices);
}
