/*
 * See advice.h.  Runs in pycstat.
 */
#include "advice.h"

#include <stdlib.h>
#include <string.h>

#include "compileall.h"
#include "human.h"
#include "names.h"
#include "util.h"
#include "waste.h"

/* Takes the texts. */
static void give(struct advices *advices, struct advice advice)
{
	if (advices->count < ADVICE_MAX) {
		advices->advice[advices->count++] = advice;
		return;
	}
	free(advice.finding);
	free(advice.remedy);
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

	/* a process may compile for other reasons too, and its start-up may not be known */
	if (part > waste->process_compile_ns)
		part = waste->process_compile_ns;
	if (part < waste->cost_ns / 10 * 9)
		return xasprintf("%s%s of CPU", most, human_seconds(waste->cost_ns).s);
	return xasprintf("%s%s of CPU, %s of %s start-up", most,
			 human_seconds(waste->cost_ns).s,
			 human_percent(part, waste->start_up_ns).s,
			 waste->processes == 1 ? "its" : "their");
}

/* Why it could not be kept, as a sentence goes on. */
static char *why_not_kept(const struct waste *waste)
{
	uint32_t error = waste->error;

	if (waste->unshadowed && !waste->redirected)
		return xstrdup("redirect had no shadow to use (a line on the run's "
			       "standard error says why)");
	if (waste_cause_of_error(error) != WASTE_READ_ONLY)
		return xasprintf("their pycs could not be written (%s, %s)",
				 name_of_error(error), meaning_of_error(error));
	if (strcmp(name_of_error(error), "EROFS") == 0)
		return xstrdup("the file system is read-only (EROFS)");
	return xasprintf("they may not write there (%s)", name_of_error(error));
}

/* What happened, for one cause; NULL where it did not. */
static char *find_out(const struct stats *stats, const struct waste *waste,
		      enum waste_cause cause)
{
	char *who, *cost, *why, *finding;

	if (!waste->compiles || !waste->processes)
		return NULL;
	if (cause == WASTE_NOT_ATTEMPTED)
		why = xstrdup("and tried to keep none (PYTHONDONTWRITEBYTECODE, -B)");
	else {
		cost = why_not_kept(waste);
		why = xasprintf("because %s", cost);
		free(cost);
	}
	who = who_compiled(waste);
	cost = what_it_cost(stats, waste);
	finding = xasprintf("%s %s: %s.", who, why, cost);
	free(who);
	free(why);
	free(cost);
	return finding;
}

/* "about 1.92 s": what not compiling again saves. */
static char *saving(const struct stats *stats, int64_t ns)
{
	return xasprintf("%s %s", stats->at_most ? "at most" : "about",
			 human_seconds(ns).s);
}

static void advise_redirect(const struct stats *stats, const struct waste *waste,
			    struct advices *advices)
{
	char *finding = find_out(stats, waste, WASTE_READ_ONLY), *later, *remedy;
	int64_t saves = waste->repeat_ns ? waste->repeat_ns : waste->cost_ns;
	const char *setting;

	if (!finding || waste->redirected) {
		free(finding);
		return;
	}
	later = saving(stats, waste->cost_ns);
	setting = waste->unshadowed ? "PYCSHIM_ROOT, set to a directory of its own,"
				    : "PYCSHIM_MODE=redirect";
	if (waste->repeat_ns) /* less, where all compile at the same moment */
		remedy = xasprintf(
			"%s would save up to %s at the first start and %s at each later "
			"one with the same tmpfs (a new container begins cold), for "
			"about %s of it.",
			setting, human_seconds(saves).s, later,
			human_bytes(waste->page_bytes).s);
	else
		remedy = xasprintf(
			"%s would save %s at each start after the first with the same "
			"tmpfs (a new container begins cold), for about %s of it.",
			setting, later, human_bytes(waste->page_bytes).s);
	free(later);
	give(advices,
	     (struct advice){"redirect", finding, remedy, saves, waste->page_bytes});
}

/* The disk is full, or something we have no remedy for. */
static void advise_errors(const struct stats *stats, const struct waste *waste,
			  enum waste_cause cause, struct advices *advices)
{
	char *finding = find_out(stats, waste, cause), *later, *remedy;

	if (!finding)
		return;
	later = saving(stats, waste->cost_ns);
	remedy = xasprintf("With room for about %s, each later start would save %s.",
			   human_bytes(waste->bytes).s, later);
	free(later);
	give(advices, (struct advice){"write_errors", finding, remedy, waste->cost_ns,
				      waste->bytes});
}

static void advise_write(const struct stats *stats, const struct waste *waste,
			 struct advices *advices)
{
	char *finding = find_out(stats, waste, WASTE_NOT_ATTEMPTED), *later, *remedy;

	if (!finding)
		return;
	later = saving(stats, waste->cost_ns);
	remedy = xasprintf("Without that setting each start after the first would save "
			   "%s, for about %s of pycs.",
			   later, human_bytes(waste->bytes).s);
	free(later);
	give(advices, (struct advice){"dontwritebytecode", finding, remedy,
				      waste->cost_ns, waste->bytes});
}

/* What to do against this reason, for most of the modules that it struck. */
static const char *against_stale(unsigned reason)
{
	switch (reason) {
	case STALE_mtime:
		return "Sources were copied or checked out after they were compiled: compile "
		       "last, keep times (cp -p), or use compileall --invalidation-mode "
		       "unchecked-hash.";
	case STALE_magic:
		return "They are another interpreter's: compile with the one that runs.";
	case STALE_truncated:
	case STALE_flags:
		return "They are damaged: remove them, and see that the disk is not full.";
	default:
		return "Sources changed after they were compiled: compile again.";
	}
}

static void advise_stale(const struct stats *stats, const struct waste *waste,
			 struct advices *advices)
{
	bool all = stats->totals.stale_reason[waste->stale_reason] ==
		   stats->totals.count[VERDICT_stale];
	char *finding;

	if (!waste->compiles)
		return;
	finding = xasprintf("%s %s stale and not replaced, %sbecause %s: compiling took "
			    "%s%s of CPU.",
			    human_count(waste->modules).s,
			    waste->modules == 1 ? "pyc was" : "pycs were",
			    all ? "" : "mostly ", meaning_of_stale(waste->stale_reason),
			    stats->at_most ? "at most " : "",
			    human_seconds(waste->cost_ns).s);
	give(advices, (struct advice){"stale", finding,
				      xstrdup(against_stale(waste->stale_reason)),
				      waste->cost_ns, 0});
}

/* Whether there is a valid pyc beside the source is not recorded: no time is promised. */
static void advise_prefix(const struct stats *stats, const struct waste *waste,
			  struct advices *advices)
{
	char *finding;

	if (!waste->compiles)
		return;
	finding = xasprintf("%s %s looked for below %.*s (PYTHONPYCACHEPREFIX), and not "
			    "there: compiling took %s%s of CPU.",
			    human_count(waste->modules).s,
			    waste->modules == 1 ? "pyc was" : "pycs were",
			    (int)waste->prefix_bytes, waste->prefix,
			    stats->at_most ? "at most " : "",
			    human_seconds(waste->cost_ns).s);
	give(advices, (struct advice){"pycacheprefix", finding,
				      xstrdup("That setting hides the pycs beside the "
					      "sources; PYCSHIM_MODE=redirect would use "
					      "those and keep new ones apart."),
				      0, 0});
}

/* What happened: the one cause of it all, or that there were several. */
static char *why_compileall(const struct stats *stats, const struct waste *waste,
			    const enum waste_cause *causes, size_t count)
{
	const struct waste *repeated = &waste[WASTE_REPEATED];
	char *finding = NULL, *other;
	size_t i;

	for (i = 0; i < count; i++) {
		other = find_out(stats, &waste[causes[i]], causes[i]);
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
	return xasprintf("%s %s compiled %s times by processes that started together.",
			 human_count(repeated->modules).s,
			 repeated->modules == 1 ? "module was" : "modules were",
			 human_count(repeated->compiles).s);
}

/* gunicorn loads the application once and forks, if it is told to. */
static bool has_gunicorn(const struct stats *stats)
{
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (memmem(process->command, process->command_bytes, "gunicorn",
			   strlen("gunicorn")))
			return true;
	return false;
}

static void advise_compileall(const struct stats *stats, const struct waste *waste,
			      struct advices *advices)
{
	static const enum waste_cause causes[] = {WASTE_READ_ONLY, WASTE_FULL,
						  WASTE_OTHER_ERROR, WASTE_NOT_ATTEMPTED};
	int64_t saves = waste[WASTE_REPEATED].ahead_ns, bytes = 0;
	char *command, *each, *remedy;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(causes); i++) {
		saves = amount_add(saves, waste[causes[i]].ahead_ns);
		bytes = amount_add(bytes, waste[causes[i]].ahead_bytes);
	}
	if (!saves)
		return;
	command = compileall_command(stats);
	each = saving(stats, saves);
	if (bytes && !waste[WASTE_READ_ONLY].redirected)
		remedy = xasprintf("%s, when the image is built, would save %s at each "
				   "start, for at least %s in the image.",
				   command, each, human_bytes(bytes).s);
	else
		remedy = xasprintf("%s before they start would save %s%s.", command, each,
				   has_gunicorn(stats) ? ", as would gunicorn's --preload"
						       : "");
	give(advices,
	     (struct advice){"compileall",
			     why_compileall(stats, waste, causes, ARRAY_SIZE(causes)),
			     remedy, saves, bytes});
	free(command);
	free(each);
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
	char *finding, *remedy;

	if (!stats->lost_events)
		return;
	finding = xasprintf("%s %s found no room: totals are right, but modules, events, "
			    "why and the advice here know only what was recorded.",
			    human_count((int64_t)stats->lost_events).s,
			    stats->lost_events == 1 ? "event" : "events");
	remedy = xasprintf("PYCSHIM_RECORD_MAX=%lluM would do.",
			   (unsigned long long)(bytes >> 20));
	give(advices, (struct advice){"lost_events", finding, remedy, 0, (int64_t)bytes});
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
	advise_errors(stats, &waste[WASTE_FULL], WASTE_FULL, advices);
	advise_errors(stats, &waste[WASTE_OTHER_ERROR], WASTE_OTHER_ERROR, advices);
	advise_write(stats, &waste[WASTE_NOT_ATTEMPTED], advices);
	advise_stale(stats, &waste[WASTE_STALE], advices);
	advise_prefix(stats, &waste[WASTE_HIDDEN], advices);
	advise_compileall(stats, waste, advices);
	advise_lost(stats, advices);
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

char *advice_none(const struct stats *stats)
{
	const int64_t *count = stats->totals.count, lookups = count[VERDICT_lookups];
	const char *most = stats->at_most ? "at most " : "";

	if (stats->denied_writes)
		return xasprintf("%s %s not kept, as deny mode wants: %s%s of CPU.",
				 human_count(stats->denied_writes).s,
				 stats->denied_writes == 1 ? "pyc was" : "pycs were",
				 most, human_seconds(count[VERDICT_compile_ns]).s);
	if (!count[VERDICT_compiled] && lookups && count[VERDICT_hits] == lookups)
		return xasprintf("Nothing to gain: %s hit, nothing was compiled.",
				 lookups == 1 ? "the look-up was a"
					      : "every look-up was a");
	if (!count[VERDICT_compiled])
		return xstrdup("Nothing to gain: nothing was compiled.");
	if (count[VERDICT_written] >= count[VERDICT_compiled])
		return xasprintf("Nothing to do: what was compiled was kept, and later "
				 "starts save these %s of CPU.",
				 human_seconds(count[VERDICT_compile_ns]).s);
	return xstrdup("Nothing to do: what could be compiled was kept in the end.");
}
