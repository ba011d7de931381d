/*
 * See advice.h.  Runs in pycstat.
 */
#include "advice.h"

#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "names.h"
#include "roots.h"
#include "util.h"
#include "waste.h"

#define ROOTS_NAMED 3

/* Takes the text. */
static void give(struct advices *advices, struct advice advice)
{
	if (advices->count < ADVICE_MAX)
		advices->advice[advices->count++] = advice;
	else
		free(advice.text);
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

/* "1.92 s of CPU, 62 % of their start-up". */
static char *what_it_cost(const struct stats *stats, const struct waste *waste)
{
	const char *most = stats->at_most ? "at most " : "";
	int64_t part = waste->cost_ns;

	/* a process may compile for other reasons too, and after its start-up */
	if (part > waste->process_compile_ns)
		part = waste->process_compile_ns;
	if (!part || part > waste->start_up_ns)
		return xasprintf("%s%s of CPU", most, human_seconds(waste->cost_ns).s);
	return xasprintf("%s%s of CPU, %s of %s start-up", most,
			 human_seconds(waste->cost_ns).s,
			 human_percent(part, waste->start_up_ns).s,
			 waste->processes == 1 ? "its" : "their");
}

static char *why_not_kept(uint32_t error)
{
	if (waste_cause_of_error(error) != WASTE_READ_ONLY)
		return xasprintf("their pycs could not be written (%s, %s)",
				 name_of_error(error), meaning_of_error(error));
	if (strcmp(name_of_error(error), "EROFS") == 0)
		return xstrdup("the file system is read-only (EROFS)");
	return xasprintf("they may not write there (%s)", name_of_error(error));
}

static void advise_redirect(const struct stats *stats, const struct waste *waste,
			    struct advices *advices)
{
	int64_t saves = waste->repeat_ns ? waste->repeat_ns : waste->cost_ns;
	char *who, *cost, *why, *what, *text;

	if (!waste->compiles || !waste->processes || waste->redirected)
		return;
	if (waste->repeat_ns) /* less, where all compile at the same moment */
		what = xasprintf("up to %s of it, and all at each start after the first",
				 human_seconds(saves).s);
	else
		what = xasprintf("about %s at each start after the first",
				 human_seconds(saves).s);
	who = who_compiled(waste);
	cost = what_it_cost(stats, waste);
	why = why_not_kept(waste->error);
	text = xasprintf(
		"%s because %s: %s. PYCSHIM_MODE=redirect would save %s, for about %s of "
		"tmpfs.",
		who, why, cost, what, human_bytes(waste->page_bytes).s);
	give(advices, (struct advice){"redirect", text, saves, waste->page_bytes});
	free(who);
	free(cost);
	free(why);
	free(what);
}

/* The disk is full, or something we have no remedy for. */
static void advise_errors(const struct stats *stats, const struct waste *waste,
			  struct advices *advices)
{
	char *who, *cost, *text;

	if (!waste->compiles || !waste->processes)
		return;
	who = who_compiled(waste);
	cost = what_it_cost(stats, waste);
	text = xasprintf(
		"%s, and their pycs could not be written (%s, %s): %s. With room for "
		"about %s, later starts would save it.",
		who, name_of_error(waste->error), meaning_of_error(waste->error), cost,
		human_bytes(waste->bytes).s);
	give(advices,
	     (struct advice){"write_errors", text, waste->cost_ns, waste->bytes});
	free(who);
	free(cost);
}

static void advise_write(const struct stats *stats, const struct waste *waste,
			 struct advices *advices)
{
	char *who, *cost, *text;

	if (!waste->compiles || !waste->processes)
		return;
	who = who_compiled(waste);
	cost = what_it_cost(stats, waste);
	text = xasprintf(
		"%s and tried to keep none (PYTHONDONTWRITEBYTECODE, -B): %s. Without "
		"that setting each start after the first would save it, for about %s "
		"of pycs.",
		who, cost, human_bytes(waste->bytes).s);
	give(advices,
	     (struct advice){"dontwritebytecode", text, waste->cost_ns, waste->bytes});
	free(who);
	free(cost);
}

/* What to do against this reason, for most of the modules that it struck. */
static const char *against_stale(unsigned reason)
{
	switch (reason) {
	case STALE_mtime:
		return "sources were copied or checked out after they were compiled: compile "
		       "last, keep times (cp -p), or use compileall --invalidation-mode "
		       "unchecked-hash";
	case STALE_magic:
		return "they are another interpreter's: compile with the one that runs";
	case STALE_truncated:
	case STALE_flags:
		return "they are damaged: remove them, and see that the disk is not full";
	default:
		return "sources changed after they were compiled: compile again";
	}
}

static void advise_stale(const struct waste *waste, struct advices *advices)
{
	char *text;

	if (!waste->compiles)
		return;
	text = xasprintf("%s %s stale and not replaced, mostly because %s: %s. Compiling "
			 "them cost %s of CPU.",
			 human_count(waste->modules).s,
			 waste->modules == 1 ? "pyc was" : "pycs were",
			 meaning_of_stale(waste->stale_reason),
			 against_stale(waste->stale_reason),
			 human_seconds(waste->cost_ns).s);
	give(advices, (struct advice){"stale", text, waste->cost_ns, 0});
}

static bool is_wasted(const struct module *module)
{
	return module->last_unkept_ns > module->written_ns ||
	       module->totals.count[VERDICT_written] > 1;
}

/* Where most of what a compileall would save lies. */
static char *compileall_roots(const struct stats *stats)
{
	struct roots roots = {.count = 0};
	const struct module *module;

	for (module = stats->tables.modules; module; module = module->hh.next)
		if (is_wasted(module))
			roots_add(&roots, module->source,
				  module->totals.count[VERDICT_compile_ns]);
	return roots_end(&roots, ROOTS_NAMED);
}

/* The options that make the pycs that were missing: of python -O and -OO, others. */
static const char *compileall_options(const struct stats *stats)
{
	const struct module *module;
	int64_t weight[3] = {0};
	const char *end;
	size_t level;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!is_wasted(module))
			continue;
		end = module->pyc + module->pyc_length;
		level = strcmp(end - 4, ".pyo") == 0 ? 1 : 0;
		if (module->pyc_length > 10 && memcmp(end - 10, ".opt-", 5) == 0)
			level = end[-5] == '1' ? 1 : end[-5] == '2' ? 2 : 0;
		weight[level] = amount_add(weight[level],
					   module->totals.count[VERDICT_compile_ns]);
	}
	if (weight[1] > weight[0] && weight[1] >= weight[2])
		return " -O";
	return weight[2] > weight[0] ? " -OO" : "";
}

/* The python that ran, if it was one and only one. */
static const char *compileall_python(const struct stats *stats)
{
	const struct process *process;
	const char *name = NULL, *base;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (!process->totals.count[VERDICT_compiled])
			continue;
		base = strrchr(process->executable, '/');
		base = base ? base + 1 : process->executable;
		if (strncmp(base, "python", 6) != 0 && strncmp(base, "pypy", 4) != 0)
			return "python3";
		if (name && strcmp(name, base) != 0)
			return "python3";
		name = base;
	}
	return name ? name : "python3";
}

static void advise_compileall(const struct stats *stats, const struct waste *waste,
			      struct advices *advices)
{
	static const enum waste_cause causes[] = {WASTE_READ_ONLY, WASTE_FULL,
						  WASTE_OTHER_ERROR, WASTE_NOT_ATTEMPTED};
	int64_t saves = waste[WASTE_REPEATED].repeat_ns, bytes = 0;
	char *roots, *command, *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		saves = amount_add(saves, waste[causes[i]].cost_ns);
		bytes = amount_add(bytes, waste[causes[i]].bytes);
	}
	if (!saves)
		return;
	roots = compileall_roots(stats);
	command = xasprintf("%s%s -m compileall -q %s", compileall_python(stats),
			    compileall_options(stats), *roots ? roots : "DIR");
	if (bytes)
		text = xasprintf(
			"%s, when the image is built, would save about %s at each "
			"start, for about %s in the image.",
			command, human_seconds(saves).s, human_bytes(bytes).s);
	else
		text = xasprintf(
			"%s modules were compiled %s times by processes that started "
			"together: %s before they start would save about %s.",
			human_count(waste[WASTE_REPEATED].modules).s,
			human_count(waste[WASTE_REPEATED].compiles).s, command,
			human_seconds(saves).s);
	give(advices, (struct advice){"compileall", text, saves, bytes});
	free(roots);
	free(command);
}

/* Bytes a recording would have needed, as a power of two. */
static uint64_t bytes_needed(const struct stats *stats)
{
	uint64_t all = stats->events + stats->lost_events, bytes = (uint64_t)1 << 20;
	double need = (double)stats->recording_bytes;

	if (stats->events)
		need *= (double)all / (double)stats->events;
	need *= 4.0 / 3; /* record_events_limit() */
	while ((double)bytes < need && bytes < (uint64_t)1 << 40)
		bytes *= 2;
	return bytes;
}

static void advise_lost(const struct stats *stats, struct advices *advices)
{
	uint64_t bytes = bytes_needed(stats);
	char *text;

	if (!stats->lost_events)
		return;
	text = xasprintf(
		"%s events found no room: totals are right, but modules, events, why "
		"and the advice here know only what was recorded. "
		"PYCSHIM_RECORD_MAX=%lluM would do.",
		human_count((int64_t)stats->lost_events).s,
		(unsigned long long)(bytes >> 20));
	give(advices, (struct advice){"lost_events", text, 0, (int64_t)bytes});
}

static int better(const void *a, const void *b)
{
	const struct advice *left = a, *right = b;

	return (right->saves_ns > left->saves_ns) - (right->saves_ns < left->saves_ns);
}

void advice_find(const struct stats *stats, struct advices *advices)
{
	struct waste waste[WASTE_CAUSES];

	advices->count = 0;
	waste_measure(stats, waste);
	advise_redirect(stats, &waste[WASTE_READ_ONLY], advices);
	advise_errors(stats, &waste[WASTE_FULL], advices);
	advise_errors(stats, &waste[WASTE_OTHER_ERROR], advices);
	advise_write(stats, &waste[WASTE_NOT_ATTEMPTED], advices);
	advise_stale(&waste[WASTE_STALE], advices);
	advise_compileall(stats, waste, advices);
	advise_lost(stats, advices);
	qsort(advices->advice, advices->count, sizeof(advices->advice[0]), better);
}

void advice_free(struct advices *advices)
{
	size_t i;

	for (i = 0; i < advices->count; i++)
		free(advices->advice[i].text);
	advices->count = 0;
}
