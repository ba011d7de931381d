/* SPDX-License-Identifier: MIT */
/*
 * See finding.h.
 */
#include "answer/finding.h"

#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/stats_module.h"

const enum waste_cause finding_unkept_causes[FINDING_UNKEPT_CAUSES] = {
	WASTE_READ_ONLY, WASTE_FULL, WASTE_TOO_LARGE, WASTE_OTHER_ERROR,
	WASTE_NOT_ATTEMPTED};

char *finding_time(const struct stats *stats, struct span time, const char *about)
{
	if (!time.high)
		return xstrdup("what was not measured");
	if (stats->lost_events)
		return xasprintf("at least %s", human_seconds(time.low).s);
	if (!time.low)
		return xasprintf("at most %s", human_seconds(time.high).s);
	if (span_is_range(time))
		return xasprintf("%s to %s", human_seconds(time.low).s,
				 human_seconds(time.high).s);
	return xasprintf("%s%s", about, human_seconds(time.low).s);
}

/*
 * "4 workers compiled 430 modules each", "1 process compiled 12 modules", "20 workers in
 * 5 starts compiled 430 modules each".
 */
static char *who_compiled(const struct waste *waste)
{
	const char *who = waste->processes == 1 ? "process"
			  : waste->siblings	? "workers"
						: "processes";
	const char *modules = waste->most == 1 ? "module" : "modules";
	const char *each = waste->processes > 1 ? " each" : "";

	char *starts = waste->starts > 1 ? xasprintf(" in %u starts", waste->starts)
					 : xstrdup("");
	char *text;

	if (waste->fewest == waste->most)
		text = xasprintf("%u %s%s compiled %s %s%s", waste->processes, who,
				 starts, human_count(waste->most).s, modules, each);
	else
		text = xasprintf("%u %s%s compiled %s to %s modules%s", waste->processes,
				 who, starts, human_count(waste->fewest).s,
				 human_count(waste->most).s, each);
	free(starts);
	return text;
}

char *finding_cost(const struct stats *stats, struct span cost)
{
	char *time, *text;

	if (!cost.high)
		return xstrdup("what that cost was not measured");
	time = finding_time(stats, cost, "");
	text = xasprintf("%s of CPU", time);
	free(time);
	return text;
}

/* "1.92 s of CPU", or "1.92 s of CPU at each start" if there are several. */
static char *cost_of_start(const struct stats *stats, const struct waste *waste)
{
	char *cost = finding_cost(stats, waste_per_start(waste, waste->cost)), *text;

	if (waste->starts < 2 || !waste->cost.high)
		return cost;
	text = xasprintf("%s at each start", cost);
	free(cost);
	return text;
}

/* "1.92 s of CPU, 62 % of their start-up". */
static char *what_it_cost(const struct stats *stats, const struct waste *waste)
{
	char *cost = cost_of_start(stats, waste), *text;
	int64_t part = waste->cost.high;

	/* the processes may compile for other reasons, too, or their start-up is unknown */
	if (part > waste->process_compile_ns)
		part = waste->process_compile_ns;
	if (!part || part < waste->cost.high / 10 * 9 || span_is_range(waste->cost))
		return cost;
	text = xasprintf("%s, %s of %s start-up", cost,
			 human_percent(part, waste->start_up_ns).s,
			 waste->processes == 1 ? "its" : "their");
	free(cost);
	return text;
}

/* Why the pycs were not kept, as the middle of a sentence. */
static char *why_not_kept(const struct waste *waste, enum waste_cause cause)
{
	const char *error = name_of_error(waste->error);

	if (cause == WASTE_NOT_ATTEMPTED)
		return xasprintf(
			"and tried to keep none (PYTHONDONTWRITEBYTECODE, -B%s)%s",
			waste->unsure ? ", or it did not compile" : "",
			waste->unwritable < waste->compiles
				? ""
				: ", where none can be written");
	if (waste->unshadowed && !waste->redirected)
		return xstrdup("because redirect had no shadow to use (a line on the "
			       "run's standard error says why)");
	if (cause == WASTE_TOO_LARGE)
		return xasprintf("because their pycs are larger than files may be there "
				 "(%s, ulimit -f)",
				 error);
	if (cause != WASTE_READ_ONLY)
		return xasprintf("because their pycs could not be written (%s, %s)",
				 error, meaning_of_error(waste->error));
	if (strcmp(error, "EROFS") == 0)
		return xstrdup("because the file system is read-only (EROFS)");
	return xasprintf("because they may not write there (%s)", error);
}

char *finding_unkept(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	char *who, *why, *cost, *finding;

	if (!waste->compiles || !waste->processes)
		return NULL;
	who = who_compiled(waste);
	why = why_not_kept(waste, cause);
	cost = what_it_cost(diagnosis->stats, waste);
	finding = xasprintf("%s %s: %s.", who, why, cost);
	free(who);
	free(why);
	free(cost);
	return finding;
}

/* "compiling took 3.2 ms of CPU". */
static char *compiling_took(const struct stats *stats, const struct waste *waste)
{
	char *cost, *text;

	if (!waste->cost.high)
		return xstrdup("what compiling took was not measured");
	cost = cost_of_start(stats, waste);
	text = xasprintf("compiling took %s", cost);
	free(cost);
	return text;
}

/* If events were lost, modules may be missing from the counts. */
static const char *count_bound(const struct stats *stats)
{
	return stats->lost_events ? "At least " : "";
}

/* "12 pycs were". */
static char *pycs_were(const struct stats *stats, const struct waste *waste)
{
	return xasprintf("%s%s %s", count_bound(stats), human_count(waste->modules).s,
			 waste->modules == 1 ? "pyc was" : "pycs were");
}

char *finding_stale(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	unsigned reason = waste->stale_reason;
	char *pycs, *cost, *finding;

	if (!waste->compiles)
		return NULL;
	pycs = pycs_were(stats, waste);
	cost = compiling_took(stats, waste);
	finding = xasprintf("%s stale and not replaced, %sbecause %s%s: %s.", pycs,
			    waste->stale_mixed ? "mostly " : "", meaning_of_stale(reason),
			    waste_is_reset(waste) ? ", and not its size" : "", cost);
	free(pycs);
	free(cost);
	return finding;
}

char *finding_again(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	static const char *const why[] = {
		[AGAIN_GONE] = "they were not there any more",
		[AGAIN_TIME] = "the source's modification time differs, and not its size",
		[AGAIN_MAGIC] = "another interpreter had written them since",
	};
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	char *cost, *finding;

	if (!waste->compiles || waste->again == AGAIN_NOT)
		return NULL;
	cost = compiling_took(diagnosis->stats, waste);
	finding = xasprintf("%s%s %s compiled again in %u start%s although an earlier "
			    "one had kept %s, because %s: %s.",
			    count_bound(diagnosis->stats), human_count(waste->modules).s,
			    waste->modules == 1 ? "module was" : "modules were",
			    waste->starts, waste->starts == 1 ? "" : "s",
			    waste->modules == 1 ? "its pyc" : "the pycs",
			    why[waste->again], cost);
	free(cost);
	return finding;
}

char *finding_unreadable(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	uint32_t error;
	char *cost, *finding;

	if (!waste->compiles)
		return NULL;
	error = waste->example->tally->lookup_error;
	cost = compiling_took(stats, waste);
	finding = xasprintf("%s%s %s there and could not be read (%s, %s): %s.",
			    count_bound(stats), human_count(waste->modules).s,
			    waste->modules == 1 ? "pyc is" : "pycs are",
			    name_of_error(error), meaning_of_error(error), cost);
	free(cost);
	return finding;
}

char *finding_hidden(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *hidden = &diagnosis->wastes.cause[cause];
	const struct module *module;
	char *pycs, *cost, *finding;

	if (!hidden->compiles)
		return NULL;
	module = hidden->example->module;
	pycs = pycs_were(diagnosis->stats, hidden);
	cost = compiling_took(diagnosis->stats, hidden);
	finding = xasprintf("%s looked for below %.*s (PYTHONPYCACHEPREFIX), and not "
			    "there: %s.",
			    pycs, (int)waste_prefix_bytes(module), module->pyc, cost);
	free(pycs);
	free(cost);
	return finding;
}

char *finding_damaged(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct module *module = diagnosis->stats->tables.modules;
	int64_t count = 0;

	(void)cause;
	for (; module; module = module->hh.next)
		count += stats_module_is_damaged(module);
	if (!count)
		return NULL;
	return xasprintf("%s damaged, as if cut short when %s written: a Python that "
			 "loads %s fails (EOFError, bad marshal data).",
			 count == 1 ? "1 pyc is" : "Pycs are",
			 count == 1 ? "it was" : "they were",
			 count == 1 ? "it" : "one of them");
}

/* The sentence about the only cause; or that there were several. */
char *finding_ahead(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *repeated = &diagnosis->wastes.cause[cause];
	char *finding = NULL, *other;
	size_t i;

	for (i = 0; i < FINDING_UNKEPT_CAUSES; i++) {
		other = finding_unkept(diagnosis, finding_unkept_causes[i]);
		if (finding && other) {
			free(finding);
			free(other);
			return xstrdup("Modules were compiled and not kept for more than "
				       "one reason.");
		}
		finding = other ? other : finding;
	}
	if (finding)
		return finding;
	if (!repeated->modules)
		return xstrdup("Modules were compiled and not kept.");
	return xasprintf("%s%s %s compiled %s times by processes that started "
			 "together.",
			 count_bound(diagnosis->stats), human_count(repeated->modules).s,
			 repeated->modules == 1 ? "module was" : "modules were",
			 human_count(amount_add(repeated->compiles, repeated->firsts)).s);
}

char *finding_lost(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;

	(void)cause;
	if (!stats->lost_events)
		return NULL;
	return xasprintf("%s %s found no room: totals are right, but modules, events, "
			 "why and the advice here know only what was recorded.",
			 human_count((int64_t)stats->lost_events).s,
			 stats->lost_events == 1 ? "event" : "events");
}
