/* SPDX-License-Identifier: MIT */
/*
 * See advice.h.
 *
 * A table lists all that can be wrong: each row has a finding (finding.h), which is the
 * sentence about it, and a remedy (remedy.h).
 */
#include "answer/advice.h"

#include <stdlib.h>
#include <string.h>

#include "answer/finding.h"
#include "answer/remedy.h"
#include "answer/waste.h"
#include "common/human.h"
#include "common/util.h"
#include "read/stats_process.h"

static const struct kind {
	const char *code;
	enum waste_cause cause; /* passed to both functions */
	finding_of *finding;
	remedy_of *remedy;
} kinds[] = {
	{"redirect", WASTE_READ_ONLY, finding_unkept, remedy_redirect},
	{"write_errors", WASTE_FULL, finding_unkept, remedy_keep},
	{"write_errors", WASTE_TOO_LARGE, finding_unkept, remedy_keep},
	{"write_errors", WASTE_OTHER_ERROR, finding_unkept, remedy_keep},
	{"dontwritebytecode", WASTE_NOT_ATTEMPTED, finding_unkept, remedy_keep},
	{"stale", WASTE_STALE, finding_stale, remedy_stale},
	{"recompiled", WASTE_AGAIN, finding_again, remedy_again},
	{"unreadable", WASTE_UNREADABLE, finding_unreadable, remedy_unreadable},
	{"damaged", WASTE_CAUSES, finding_damaged, remedy_damaged},
	{"pycacheprefix", WASTE_HIDDEN, finding_hidden, remedy_prefix},
	{"compileall", WASTE_REPEATED, finding_ahead, remedy_compileall},
	{"store", WASTE_CAUSES, finding_store, remedy_store},
	{"lost_events", WASTE_CAUSES, finding_lost, remedy_lost},
};

_Static_assert(ARRAY_SIZE(kinds) <= ADVICE_MAX, "there is room for all advice at once");

/*
 * For qsort(): damaged pycs first, then by the time that is saved for certain.  Of two that
 * save the same, the one with a command is first.
 */
static int compare_advice(const void *a, const void *b)
{
	const struct advice *left = a, *right = b;
	bool urgent = strcmp(left->code, "damaged") == 0;
	int64_t mine = left->remedy.saves.low, other = right->remedy.saves.low;

	if (urgent != (strcmp(right->code, "damaged") == 0))
		return urgent ? -1 : 1;
	if (mine == other) {
		mine = left->remedy.later.low;
		other = right->remedy.later.low;
	}
	if (mine == other)
		return !left->remedy.command - !right->remedy.command;
	return other > mine ? 1 : -1;
}

/*
 * How much of this item's cost following all advice saves, if compileall does not avoid its
 * compiles.
 */
static struct span saved_of(const struct waste_item *item, bool redirect)
{
	const struct process *process = item->tally->key.process;

	if (item->stale)
		return item->saves;
	switch (item->cause) {
	case WASTE_FULL:
	case WASTE_TOO_LARGE:
	case WASTE_OTHER_ERROR:
	case WASTE_UNREADABLE:
	case WASTE_AGAIN:
		return item->saves;
	case WASTE_NOT_ATTEMPTED:
		if (!item->tally->unwritable || process->mode == MODE_redirect)
			return item->saves;
		return (struct span){0, 0};
	case WASTE_READ_ONLY:
		return redirect ? item->repeat : (struct span){0, 0};
	default:
		return (struct span){0, 0};
	}
}

static const struct advice *find_advice(const struct advices *advices, const char *code)
{
	size_t i;

	for (i = 0; i < advices->count; i++)
		if (strcmp(advices->advice[i].code, code) == 0)
			return &advices->advice[i];
	return NULL;
}

/* Sum up what following all advice saves.  Remedies overlap, so each item counts once. */
static void add_up(const struct diagnosis *diagnosis, struct advices *advices)
{
	const struct waste_items *items = &diagnosis->wastes.items;
	bool *seen = xcalloc(diagnosis->stats->starts + 1, sizeof(*seen));
	bool redirect = !diagnosis->wastes.cause[WASTE_READ_ONLY].redirected;
	const struct module *last = NULL;
	const struct store_gain_item *gained;
	const struct waste_item *item;
	bool store = find_advice(advices, "store"), spared;
	struct span sum = {0, 0}, ready = {0, 0}, saved;
	int64_t all_cost = 0, all_saves = 0;
	unsigned starts = 0;
	size_t i;

	advices->costs_bytes = amount_add(diagnosis->ahead.costs_bytes,
					  diagnosis->again.costs_bytes);
	for (i = 0; i < items->count; i++) {
		item = &items->item[i];
		all_cost = amount_add(all_cost, item->cost.high);
		all_saves = amount_add(all_saves, item->saves.high);
		spared = diagnosis->ahead.spares[i];
		saved = spared ? item->saves : saved_of(item, redirect);
		if (!spared && !diagnosis->again.spares[i] && item->module != last &&
		    item->cause <= WASTE_NOT_ATTEMPTED && item->tally->stale <= 0)
			advices->costs_bytes = amount_add(advices->costs_bytes,
							  amount_pages(item->bytes));
		last = item->module;
		if (!saved.high)
			continue;
		sum = span_add(sum, saved);
		ready = span_add(ready, item->ready);
		starts += !seen[item->tally->key.process->start];
		seen[item->tally->key.process->start] = true;
	}
	for (i = 0; i < diagnosis->store.count; i++) {
		gained = &diagnosis->store.item[i];
		if (!store || !gained->alone)
			continue;
		sum = span_add(sum, gained->saves);
		starts += !seen[gained->tally->key.process->start];
		seen[gained->tally->key.process->start] = true;
	}
	if (store)
		advices->costs_bytes = amount_add(advices->costs_bytes,
						  diagnosis->store.bytes);
	advices->saves = span_mean(sum, starts);
	advices->ready = span_mean(ready, starts);
	advices->saved_part = all_cost ? (double)all_saves / (double)all_cost : 1;
	free(seen);
}

static void diagnose(const struct stats *stats, struct diagnosis *diagnosis)
{
	unsigned ahead = 1u << WASTE_REPEATED;
	size_t i;

	diagnosis->stats = stats;
	for (i = 0; i < FINDING_UNKEPT_CAUSES; i++)
		ahead |= 1u << finding_unkept_causes[i];
	waste_measure(stats, &diagnosis->wastes);
	compileall_plan(stats, &diagnosis->wastes, ahead, &diagnosis->ahead);
	compileall_plan(stats, &diagnosis->wastes, 1u << WASTE_AGAIN, &diagnosis->again);
	store_gain_measure(stats, &diagnosis->wastes, &diagnosis->store);
}

void advice_find(const struct stats *stats, struct advices *advices)
{
	struct diagnosis diagnosis;
	const struct kind *kind;
	struct remedy remedy;
	char *finding;

	advices->count = 0;
	diagnose(stats, &diagnosis);
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		finding = kind->finding(&diagnosis, kind->cause);
		if (!finding)
			continue;
		remedy = kind->remedy(&diagnosis, kind->cause);
		if (!remedy.text) {
			free(finding);
			continue;
		}
		advices->advice[advices->count++] = (struct advice){kind->code, finding,
								    remedy};
	}
	qsort(advices->advice, advices->count, sizeof(advices->advice[0]),
	      compare_advice);
	add_up(&diagnosis, advices);
	waste_free(&diagnosis.wastes);
	compileall_free(&diagnosis.ahead);
	compileall_free(&diagnosis.again);
	store_gain_free(&diagnosis.store);
}

void advice_free(struct advices *advices)
{
	size_t i;

	for (i = 0; i < advices->count; i++) {
		free(advices->advice[i].finding);
		free(advices->advice[i].remedy.text);
		free(advices->advice[i].remedy.command);
	}
	advices->count = 0;
}

/*
 * How many processes compiled a single module and did not try to keep it, for an unknown
 * reason; *cost_ns becomes what that cost.
 */
static unsigned count_unsure_processes(const struct stats *stats, int64_t *cost_ns)
{
	const struct process *process;
	unsigned count = 0;

	*cost_ns = 0;
	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (stats_process_unattempted(process) != UNATTEMPTED_UNSURE)
			continue;
		count++;
		*cost_ns = amount_add(*cost_ns,
				      process->totals.count[VERDICT_compile_ns]);
	}
	return count;
}

/* Append what that cost to `text`, which is freed. */
static char *with_cost(char *text, const struct stats *stats, int64_t ns)
{
	struct span cost_ns = {stats->at_most ? 0 : ns, ns};
	char *cost = finding_cost(stats, cost_ns);
	char *both = xasprintf("%s: %s.", text, cost);

	free(text);
	free(cost);
	return both;
}

char *advice_none(const struct stats *stats)
{
	const int64_t *count = stats->totals.count, lookups = count[VERDICT_lookups];
	int64_t unsure_ns;
	unsigned unsure = count_unsure_processes(stats, &unsure_ns);

	if (stats->denied_writes)
		return with_cost(
			xasprintf("%s %s not kept, as deny mode wants",
				  human_count(stats->denied_writes).s,
				  stats->denied_writes == 1 ? "pyc was" : "pycs were"),
			stats, count[VERDICT_compile_ns]);
	if (!count[VERDICT_compiled] && lookups && count[VERDICT_hits] == lookups)
		return xasprintf("Nothing to gain: %s hit, nothing was compiled.",
				 lookups == 1 ? "the look-up was a"
					      : "every look-up was a");
	if (!count[VERDICT_compiled])
		return xstrdup("Nothing to gain: nothing was compiled.");
	if (unsure)
		return with_cost(
			xasprintf("Nothing certain: a module was compiled and not kept%s "
				  "(PYTHONDONTWRITEBYTECODE, -B, or it did not compile)",
				  unsure > 1 ? " in several processes" : ""),
			stats, unsure_ns);
	if (count[VERDICT_written] >= count[VERDICT_compiled] &&
	    count[VERDICT_compile_ns])
		return xasprintf("Nothing to do: what was compiled was kept, and later "
				 "starts save these %s of CPU.",
				 human_seconds(count[VERDICT_compile_ns]).s);
	return xstrdup("Nothing to do: what could be compiled was kept in the end.");
}
