/* SPDX-License-Identifier: MIT */
/*
 * See remedy.h.
 */
#include "answer/remedy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/finding.h"
#include "common/human.h"
#include "common/quote.h"
#include "common/util.h"

/* "about 40.0 KiB": the space that the pycs need. */
static char *space_text(const struct stats *stats, int64_t bytes)
{
	return xasprintf("%s %s", stats->lost_events ? "at least" : "about",
			 human_bytes(bytes).s);
}

char *remedy_saving(const struct stats *stats, struct span saves, const char *when,
		    unsigned starts)
{
	char *time = finding_time(stats, saves, "about "), *text;

	if (starts > 1)
		text = xasprintf("%s %s (the mean of %u)", time, when, starts);
	else
		text = xasprintf("%s %s", time, when);
	free(time);
	return text;
}

/*
 * What redirect saves at the first start: of processes that need the same module, one
 * compiles it.  The others find its pyc in the shadow, or wait for it.
 */
static struct span first_start(const struct waste *unkept)
{
	struct span first = unkept->repeat;

	first.low -= unkept->keeping_ns;
	if (first.low < 0)
		first.low = 0;
	return waste_per_start(unkept, first);
}

struct remedy remedy_redirect(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	const struct waste *unkept = &diagnosis->wastes.cause[cause];
	struct remedy remedy = {.saves = first_start(unkept),
				.is_later = true,
				.later = waste_per_start(unkept, unkept->saves),
				.ready = waste_per_start(unkept, unkept->ready_repeat),
				.ready_later = waste_per_start(unkept, unkept->ready),
				.starts = unkept->starts,
				.costs_bytes = unkept->bytes};
	const char *setting = unkept->unshadowed
				      ? "PYCSHIM_ROOT, set to a directory of its own,"
				      : "PYCSHIM_MODE=redirect";
	char *first, *later, *bytes;

	if (unkept->redirected)
		return (struct remedy){.text = NULL};
	bytes = space_text(stats, remedy.costs_bytes);
	later = remedy_saving(stats, remedy.later,
			      remedy.saves.high
				      ? "at each later one with the same tmpfs"
				      : "at each start after the first with the same "
					"tmpfs",
			      unkept->starts);
	first = finding_time(stats, remedy.saves, "about ");
	remedy.text = xasprintf("%s would save %s%s%s; a new container begins cold. It "
				"takes %s of the tmpfs.",
				setting, remedy.saves.high ? first : "",
				remedy.saves.high ? " at the first start and " : "",
				later, bytes);
	free(first);
	free(later);
	free(bytes);
	return remedy;
}

/* Without -B nothing would be kept either, because nothing can be written there. */
static struct remedy keep_in_vain(const struct diagnosis *diagnosis,
				  const struct waste *waste)
{
	struct span later = waste_per_start(waste, waste->saves);
	char *saves = remedy_saving(diagnosis->stats, later,
				    "at each start after the first", waste->starts),
	     *bytes = space_text(diagnosis->stats, waste->bytes);
	struct remedy remedy = {
		.is_later = true,
		.later = later,
		.ready_later = waste_per_start(waste, waste->ready),
		.starts = waste->starts,
		.costs_bytes = waste->bytes,
		.text = xasprintf("Without that setting nothing would be kept either. "
				  "Without it and with PYCSHIM_MODE=redirect %s would "
				  "be saved with the same tmpfs, for %s of it.",
				  saves, bytes)};

	free(saves);
	free(bytes);
	return remedy;
}

/* Not a setting of pycshim: Python itself keeps pycs if it may and there is room. */
struct remedy remedy_keep(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	struct span kept = {waste->saves.low - waste->in_vain.low,
			    waste->saves.high - waste->in_vain.high};
	struct remedy remedy = {.saves = waste_per_start(waste, kept),
				.ready = waste_per_start(waste, waste->ready),
				.starts = waste->starts,
				.costs_bytes = waste->bytes};
	char *saves, *bytes;

	if (waste->in_vain.high && waste->saves.high) {
		remedy.ready.low = (int64_t)((double)remedy.ready.low *
					     (double)kept.high /
					     (double)waste->saves.high);
		remedy.ready.high = (int64_t)((double)remedy.ready.high *
					      (double)kept.high /
					      (double)waste->saves.high);
	}
	if (waste->unwritable && waste->unwritable >= waste->compiles / 10 * 9)
		return keep_in_vain(diagnosis, waste);
	saves = finding_time(stats, remedy.saves, "about ");
	bytes = space_text(stats, remedy.costs_bytes);
	if (cause == WASTE_NOT_ATTEMPTED)
		remedy.text = xasprintf(
			"Without that setting%s each start after the first would save "
			"%s%s, for %s of pycs%s.",
			waste->unsure ? ", if it is that," : "", saves,
			waste->starts > 1 ? " (a mean)" : "", bytes,
			waste->unwritable ? ", where they can be written" : "");
	else if (cause == WASTE_TOO_LARGE)
		remedy.text = xasprintf("With a limit that lets files grow (ulimit -f, "
					"LimitFSIZE=) each later start would save %s.",
					saves);
	else
		remedy.text = xasprintf("With room for at least %s more, each later "
					"start would save %s.",
					human_bytes(remedy.costs_bytes).s, saves);
	free(saves);
	free(bytes);
	return remedy;
}

/* "1980-01-01" if all sources whose time was reset have the same time, else "". */
static char *common_date(const struct diagnosis *diagnosis)
{
	const struct waste_items *items = &diagnosis->wastes.items;
	const struct waste_item *item, *first = NULL;
	char date[32];
	struct tm parts;
	time_t seconds;
	size_t i;

	for (i = 0; i < items->count; i++) {
		item = &items->item[i];
		if (!item->stale || item->tally->reset <= 0)
			continue;
		if (first &&
		    item->module->stale_source_mtime != first->module->stale_source_mtime)
			return xstrdup("");
		first = item;
	}
	seconds = first ? (time_t)first->module->stale_source_mtime : 0;
	if (!gmtime_r(&seconds, &parts) ||
	    !strftime(date, sizeof(date), "%Y-%m-%d", &parts))
		return xstrdup("");
	return xasprintf(" (to %s, all of them)", date);
}

/* A command that makes pycs which do not depend on the sources' times; NULL: none. */
static const char *timeless_command(const struct diagnosis *diagnosis,
				    const struct waste *stale)
{
	const struct compileall *plan = &diagnosis->ahead;

	return waste_is_reset(stale) && plan->timeless ? plan->command : NULL;
}

/* What to do against the stale reason that most of the modules have. */
static char *against_stale(const struct diagnosis *diagnosis, const struct waste *stale)
{
	const char *command = timeless_command(diagnosis, stale);
	char *date, *text;

	if (waste_is_reset(stale)) {
		date = common_date(diagnosis);
		text = xasprintf("Copying or packing has set the sources' times anew%s "
				 "after they were compiled: keep their times (cp -p), or "
				 "make pycs that do not depend on them%s%s.",
				 date,
				 command ? ": "
					 : " (compileall --invalidation-mode "
					   "unchecked-hash, from 3.7 on)",
				 command ? command : "");
		free(date);
		return text;
	}
	switch (stale->stale_reason) {
	case STALE_mtime:
		return xstrdup(
			"Sources changed after they were compiled, or were copied: "
			"compile last, and keep times (cp -p).");
	case STALE_magic:
		return xstrdup(
			"They are another interpreter's: compile with the one that "
			"runs.");
	case STALE_truncated:
	case STALE_flags:
		return xstrdup("They are damaged: remove them, and see that the disk is "
			       "not full.");
	default:
		return xstrdup(
			"Sources changed after they were compiled: compile again.");
	}
}

struct remedy remedy_stale(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *stale = &diagnosis->wastes.cause[cause];
	const char *command = timeless_command(diagnosis, stale);

	return (struct remedy){.command = command ? xstrdup(command) : NULL,
			       .text = against_stale(diagnosis, stale),
			       .saves = waste_per_start(stale, stale->saves),
			       .ready = waste_per_start(stale, stale->ready),
			       .starts = stale->starts};
}

/* What to do if starts compile the same again; `command` is part of it unless NULL. */
static char *against_again(const struct waste *again, const char *command)
{
	const struct tally *tally = again->example->tally;
	char *one, *other, *text;

	if (again->again == AGAIN_TIME)
		return xasprintf(
			"Something sets the sources' times anew before each start (touch, "
			"cp, git checkout, a deploy): keep them (cp -p, rsync -t)%s%s",
			command ? ", or make pycs that do not depend on them: " : "",
			command ? command : "");
	if (again->again == AGAIN_GONE)
		return xasprintf("Something removes the pycs before each start, or each "
				 "start is a new container: keep them (a volume)%s%s",
				 command ? ", or make them when the image is built: "
					 : "",
				 command ? command : "");
	one = quote_path(tally->key.process->executable);
	other = quote_path(tally->again_writer->executable);
	text = xasprintf("Two interpreters, %s and %s, write the same pycs in turn: give "
			 "each a PYTHONPYCACHEPREFIX or a copy of the sources of its own",
			 other, one);
	free(one);
	free(other);
	return text;
}

struct remedy remedy_again(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *again = &diagnosis->wastes.cause[cause];
	const char *command = diagnosis->again.command;
	struct remedy remedy = {.saves = waste_per_start(again, again->saves),
				.ready = waste_per_start(again, again->ready),
				.starts = again->starts,
				.costs_bytes = diagnosis->again.costs_bytes};
	char *what, *saves;

	what = against_again(again, again->again == AGAIN_MAGIC ? NULL : command);
	saves = remedy_saving(diagnosis->stats, remedy.saves, "at each start",
			      again->starts);
	remedy.text = xasprintf("%s. That would save %s.", what, saves);
	if (command && again->again != AGAIN_MAGIC)
		remedy.command = xstrdup(command);
	free(what);
	free(saves);
	return remedy;
}

/* It is not recorded whether a valid pyc is beside the source, so no time is promised. */
struct remedy remedy_prefix(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *hidden = &diagnosis->wastes.cause[cause];
	const struct process *process = hidden->example->tally->key.process;
	bool redirected = process->mode == MODE_redirect && *process->root;

	return (struct remedy){
		.text = xstrdup(
			redirected ? "That setting hides the pycs beside the sources, "
				     "from redirect mode too, which keeps new ones "
				     "apart without it: unset it."
				   : "That setting hides the pycs beside the sources; "
				     "PYCSHIM_MODE=redirect would use those and keep "
				     "new ones apart."),
		.starts = hidden->starts};
}

/* With --preload gunicorn loads the application once, before it forks its workers. */
static bool has_gunicorn(const struct stats *stats)
{
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (memmem(process->command, process->command_bytes, "gunicorn",
			   strlen("gunicorn")))
			return true;
	return false;
}

/* ", for about 4.57 MiB in the image". */
static char *in_image(const struct compileall *plan)
{
	if (!plan->costs_bytes && !plan->at_least)
		return xstrdup("; the image grows by nothing, as these pycs are there");
	return xasprintf(", for %s %s in the image",
			 plan->at_least ? "at least" : "about",
			 human_bytes(plan->costs_bytes).s);
}

/*
 * A sentence, where the packages have much that was not imported: how to make less.  An empty
 * one where they have not.
 */
static char *only_imported(const struct compileall *plan)
{
	if (plan->at_least || plan->least_bytes > plan->costs_bytes / 4 * 3)
		return xstrdup("");
	return xasprintf(
		" Only for what was compiled here, which `pycstat modules --paths` "
		"lists for compileall -i, it would be about %s.",
		human_bytes(plan->least_bytes).s);
}

/* "about 1.93 s at each start and make it ready 0.52 s sooner". */
static char *saving_and_ready(const struct stats *stats, const struct compileall *plan)
{
	char *saves = remedy_saving(stats, plan->saves, "at each start", plan->starts),
	     *sooner, *both;

	if (!plan->ready.high)
		return saves;
	sooner = finding_time(stats, plan->ready, "");
	both = xasprintf("%s and make it ready %s sooner", saves, sooner);
	free(saves);
	free(sooner);
	return both;
}

struct remedy remedy_compileall(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct stats *stats = diagnosis->stats;
	const struct compileall *plan = &diagnosis->ahead;
	struct remedy remedy = {.saves = plan->saves,
				.ready = plan->ready,
				.starts = plan->starts,
				.costs_bytes = plan->costs_bytes};
	bool at_once = plan->place != COMPILEALL_IN_IMAGE; /* several compiled at once */
	char *saves, *bytes, *less;

	(void)cause;
	if (!plan->command)
		return remedy;
	remedy.command = xstrdup(plan->command);
	saves = saving_and_ready(stats, plan);
	bytes = in_image(plan);
	less = only_imported(plan);
	if (at_once)
		remedy.text = xasprintf(
			"%s before they start would save %s%s.", plan->command, saves,
			has_gunicorn(stats) ? ", as would gunicorn's --preload" : "");
	else
		remedy.text = xasprintf(
			"%s, when the image is built, would save %s%s.%s%s",
			plan->command, saves, bytes, less,
			plan->timeless ? " Such pycs do not depend on the sources' "
					 "times, which were set anew after compiling."
				       : "");
	free(saves);
	free(bytes);
	free(less);
	return remedy;
}
