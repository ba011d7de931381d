/*
 * See finding.h.  Runs in pycstat.
 */
#include "finding.h"

#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "names.h"
#include "util.h"

const enum waste_cause finding_unkept_causes[FINDING_UNKEPT_CAUSES] = {
	WASTE_READ_ONLY, WASTE_FULL, WASTE_OTHER_ERROR, WASTE_NOT_ATTEMPTED};

const char *finding_bound(const struct stats *stats)
{
	return stats->lost_events ? "at least " : stats->at_most ? "at most " : "";
}

/* "4 workers compiled 430 modules each", "1 process compiled 12 modules". */
static char *who_compiled(const struct waste *waste)
{
	const char *who = waste->processes == 1 ? "process"
			  : waste->siblings	? "workers"
						: "processes";
	const char *modules = waste->most == 1 ? "module" : "modules";
	const char *each = waste->processes > 1 ? " each" : "";

	if (waste->fewest == waste->most)
		return xasprintf("%u %s compiled %s %s%s", waste->processes, who,
				 human_count(waste->most).s, modules, each);
	return xasprintf("%u %s compiled %s to %s modules%s", waste->processes, who,
			 human_count(waste->fewest).s, human_count(waste->most).s, each);
}

char *finding_cost(const struct stats *stats, int64_t ns)
{
	if (!ns)
		return xstrdup("what that cost was not measured");
	return xasprintf("%s%s of CPU", finding_bound(stats), human_seconds(ns).s);
}

/* "1.92 s of CPU, 62 % of their start-up". */
static char *what_it_cost(const struct stats *stats, const struct waste *waste)
{
	const char *bound = finding_bound(stats);
	int64_t part = waste->cost_ns;

	/* a process may compile for other reasons too, and its start-up may not be known */
	if (part > waste->process_compile_ns)
		part = waste->process_compile_ns;
	if (!part || part < waste->cost_ns / 10 * 9)
		return finding_cost(stats, waste->cost_ns);
	return xasprintf("%s%s of CPU, %s of %s start-up", bound,
			 human_seconds(waste->cost_ns).s,
			 human_percent(part, waste->start_up_ns).s,
			 waste->processes == 1 ? "its" : "their");
}

/* Why it was not kept, as a sentence goes on. */
static char *why_not_kept(const struct waste *waste, enum waste_cause cause)
{
	const char *error = name_of_error(waste->error);

	if (cause == WASTE_NOT_ATTEMPTED)
		return xasprintf("and tried to keep none (PYTHONDONTWRITEBYTECODE, -B%s)",
				 waste->unsure ? ", or it did not compile" : "");
	if (waste->unshadowed && !waste->redirected)
		return xstrdup("because redirect had no shadow to use (a line on the "
			       "run's standard error says why)");
	if (waste_cause_of_error(waste->error) != WASTE_READ_ONLY)
		return xasprintf("because their pycs could not be written (%s, %s)",
				 error, meaning_of_error(waste->error));
	if (strcmp(error, "EROFS") == 0)
		return xstrdup("because the file system is read-only (EROFS)");
	return xasprintf("because they may not write there (%s)", error);
}

char *finding_unkept(const struct stats *stats, const struct waste waste[WASTE_CAUSES],
		     enum waste_cause cause)
{
	char *who, *why, *cost, *finding;

	if (!waste[cause].compiles || !waste[cause].processes)
		return NULL;
	who = who_compiled(&waste[cause]);
	why = why_not_kept(&waste[cause], cause);
	cost = what_it_cost(stats, &waste[cause]);
	finding = xasprintf("%s %s: %s.", who, why, cost);
	free(who);
	free(why);
	free(cost);
	return finding;
}

/* "compiling took 3.2 ms of CPU". */
static char *compiling_took(const struct stats *stats, int64_t ns)
{
	if (!ns)
		return xstrdup("what compiling took was not measured");
	return xasprintf("compiling took %s%s of CPU", finding_bound(stats),
			 human_seconds(ns).s);
}

/* Where events were lost, modules that only they tell of are not counted. */
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

char *finding_stale(const struct stats *stats, const struct waste waste[WASTE_CAUSES],
		    enum waste_cause cause)
{
	unsigned reason = waste[cause].stale_reason;
	bool all = stats->totals.stale_reason[reason] ==
		   stats->totals.count[VERDICT_stale];
	char *pycs, *cost, *finding;

	if (!waste[cause].compiles)
		return NULL;
	pycs = pycs_were(stats, &waste[cause]);
	cost = compiling_took(stats, waste[cause].cost_ns);
	finding = xasprintf("%s stale and not replaced, %sbecause %s: %s.", pycs,
			    all ? "" : "mostly ", meaning_of_stale(reason), cost);
	free(pycs);
	free(cost);
	return finding;
}

char *finding_hidden(const struct stats *stats, const struct waste waste[WASTE_CAUSES],
		     enum waste_cause cause)
{
	const struct waste *hidden = &waste[cause];
	char *pycs, *cost, *finding;

	if (!hidden->compiles)
		return NULL;
	pycs = pycs_were(stats, hidden);
	cost = compiling_took(stats, hidden->cost_ns);
	finding = xasprintf("%s looked for below %.*s (PYTHONPYCACHEPREFIX), and not "
			    "there: %s.",
			    pycs, (int)hidden->prefix_bytes, hidden->prefix, cost);
	free(pycs);
	free(cost);
	return finding;
}

/* The one cause of it all, or that there were several. */
char *finding_ahead(const struct stats *stats, const struct waste waste[WASTE_CAUSES],
		    enum waste_cause cause)
{
	char *finding = NULL, *other;
	size_t i;

	for (i = 0; i < FINDING_UNKEPT_CAUSES; i++) {
		other = finding_unkept(stats, waste, finding_unkept_causes[i]);
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
	if (!waste[cause].modules)
		return xstrdup("Modules were compiled and not kept.");
	return xasprintf("%s%s %s compiled %s times by processes that started together.",
			 count_bound(stats), human_count(waste[cause].modules).s,
			 waste[cause].modules == 1 ? "module was" : "modules were",
			 human_count(waste[cause].compiles).s);
}

char *finding_lost(const struct stats *stats, const struct waste waste[WASTE_CAUSES],
		   enum waste_cause cause)
{
	(void)waste;
	(void)cause;
	if (!stats->lost_events)
		return NULL;
	return xasprintf("%s %s found no room: totals are right, but modules, events, "
			 "why and the advice here know only what was recorded.",
			 human_count((int64_t)stats->lost_events).s,
			 stats->lost_events == 1 ? "event" : "events");
}
