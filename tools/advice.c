/*
 * See advice.h.  Runs in pycstat.
 *
 * A table has all that can be wrong and what to do about it; each row is a finding
 * (finding.h) and a remedy (remedy.h).
 */
#include "advice.h"

#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "human.h"
#include "remedy.h"
#include "stats_process.h"
#include "util.h"
#include "waste.h"

static const struct kind {
	const char *code;
	enum waste_cause cause; /* that it is about */
	finding_of *finding;
	remedy_of *remedy;
} kinds[] = {
	{"redirect", WASTE_READ_ONLY, finding_unkept, remedy_redirect},
	{"write_errors", WASTE_FULL, finding_unkept, remedy_keep},
	{"write_errors", WASTE_OTHER_ERROR, finding_unkept, remedy_keep},
	{"dontwritebytecode", WASTE_NOT_ATTEMPTED, finding_unkept, remedy_keep},
	{"stale", WASTE_STALE, finding_stale, remedy_stale},
	{"pycacheprefix", WASTE_HIDDEN, finding_hidden, remedy_prefix},
	{"compileall", WASTE_REPEATED, finding_ahead, remedy_compileall},
	{"lost_events", WASTE_CAUSES, finding_lost, remedy_lost},
};

_Static_assert(ARRAY_SIZE(kinds) <= ADVICE_MAX, "there is room for all advice at once");

static int better(const void *a, const void *b)
{
	const struct advice *left = a, *right = b;

	return (right->saves_ns > left->saves_ns) - (right->saves_ns < left->saves_ns);
}

void advice_find(const struct stats *stats, struct advices *advices)
{
	struct waste waste[WASTE_CAUSES];
	const struct kind *kind;
	struct remedy remedy;
	char *finding;

	advices->count = 0;
	waste_measure(stats, waste);
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		finding = kind->finding(stats, waste, kind->cause);
		if (!finding)
			continue;
		remedy = kind->remedy(stats, waste, kind->cause);
		if (!remedy.text) {
			free(finding);
			continue;
		}
		advices->advice[advices->count++] = (struct advice){
			kind->code, finding, remedy.text, remedy.saves_ns,
			remedy.costs_bytes};
	}
	qsort(advices->advice, advices->count, sizeof(advices->advice[0]), better);
}

void advice_free(struct advices *advices)
{
	size_t i;

	for (i = 0; i < advices->count; i++) {
		free(advices->advice[i].finding);
		free(advices->advice[i].remedy);
	}
	advices->count = 0;
}

/*
 * How many processes compiled one module, and nothing tells why they did not keep it; and
 * what that cost.
 */
static unsigned count_unsure(const struct stats *stats, int64_t *cost_ns)
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

/* `text`, and what that cost. */
static char *with_cost(char *text, const struct stats *stats, int64_t ns)
{
	char *cost = finding_cost(stats, ns);
	char *both = xasprintf("%s: %s.", text, cost);

	free(text);
	free(cost);
	return both;
}

char *advice_none(const struct stats *stats)
{
	const int64_t *count = stats->totals.count, lookups = count[VERDICT_lookups];
	int64_t unsure_ns;
	unsigned unsure = count_unsure(stats, &unsure_ns);

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
