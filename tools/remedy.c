/*
 * See remedy.h.  Runs in pycstat.
 */
#include "remedy.h"

#include <stdlib.h>
#include <string.h>

#include "compileall.h"
#include "finding.h"
#include "human.h"
#include "util.h"

#define PATH_USUAL 72 /* bytes of a path in a recording */

/* "about 1.92 s": what not compiling again saves. */
static char *saving(const struct stats *stats, int64_t ns)
{
	const char *bound = finding_bound(stats);

	if (!ns)
		return xstrdup("what was not measured");
	return xasprintf("%s%s", *bound ? bound : "about ", human_seconds(ns).s);
}

/* "about 40.0 KiB": what pycs take that were not kept. */
static char *room(const struct stats *stats, int64_t bytes)
{
	return xasprintf("%s %s", stats->lost_events ? "at least" : "about",
			 human_bytes(bytes).s);
}

/* "0.31 s to 1.50 s": workers that start at once compile the same, as they did here. */
static char *saving_at_first(const struct stats *stats, const struct waste *unkept)
{
	if (stats->lost_events)
		return xasprintf("%s%s at the first start", finding_bound(stats),
				 human_seconds(unkept->late_ns).s);
	if (unkept->late_ns >= unkept->repeat_ns / 10 * 9)
		return xasprintf("up to %s at the first start",
				 human_seconds(unkept->repeat_ns).s);
	return xasprintf("%s to %s at the first start (the less, the closer together its "
			 "processes start)",
			 human_seconds(unkept->late_ns).s,
			 human_seconds(unkept->repeat_ns).s);
}

struct remedy remedy_redirect(const struct stats *stats,
			      const struct waste waste[WASTE_CAUSES],
			      enum waste_cause cause)
{
	const struct waste *unkept = &waste[cause];
	int64_t first_ns = stats->lost_events ? unkept->late_ns : unkept->repeat_ns;
	struct remedy remedy = {.saves_ns = first_ns ? first_ns : unkept->cost_ns,
				.costs_bytes = unkept->bytes};
	const char *setting = unkept->unshadowed
				      ? "PYCSHIM_ROOT, set to a directory of its own,"
				      : "PYCSHIM_MODE=redirect";
	char *first, *later, *bytes;

	if (unkept->redirected)
		return (struct remedy){.text = NULL};
	later = saving(stats, unkept->cost_ns);
	bytes = room(stats, remedy.costs_bytes);
	if (first_ns) {
		first = saving_at_first(stats, unkept);
		remedy.text = xasprintf(
			"%s would save %s and %s at each later one with the same tmpfs "
			"(a new container begins cold), for %s of it.",
			setting, first, later, bytes);
		free(first);
	} else {
		remedy.text = xasprintf(
			"%s would save %s at each start after the first with the same "
			"tmpfs (a new container begins cold), for %s of it.",
			setting, later, bytes);
	}
	free(later);
	free(bytes);
	return remedy;
}

/* No setting of ours: that the pycs be kept, for which there must be room, or leave. */
struct remedy remedy_keep(const struct stats *stats,
			  const struct waste waste[WASTE_CAUSES], enum waste_cause cause)
{
	bool is_tried = cause != WASTE_NOT_ATTEMPTED; /* and what it takes is room */
	struct remedy remedy = {.saves_ns = waste[cause].cost_ns,
				.costs_bytes = waste[cause].bytes};
	char *later = saving(stats, remedy.saves_ns);
	char *bytes = room(stats, remedy.costs_bytes);

	if (!is_tried)
		remedy.text = xasprintf(
			"Without that setting%s each start after the first "
			"would save %s, for %s of pycs.",
			waste[cause].unsure ? ", if it is that," : "", later, bytes);
	else
		remedy.text = xasprintf("With room for at least %s more, each later "
					"start would save %s.",
					human_bytes(remedy.costs_bytes).s, later);
	free(later);
	free(bytes);
	return remedy;
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

struct remedy remedy_stale(const struct stats *stats,
			   const struct waste waste[WASTE_CAUSES], enum waste_cause cause)
{
	(void)stats;
	return (struct remedy){xstrdup(against_stale(waste[cause].stale_reason)),
			       waste[cause].cost_ns, 0};
}

/* Whether there is a valid pyc beside the source is not recorded: no time is promised. */
struct remedy remedy_prefix(const struct stats *stats,
			    const struct waste waste[WASTE_CAUSES],
			    enum waste_cause cause)
{
	(void)stats;
	(void)waste;
	(void)cause;
	return (struct remedy){
		xstrdup("That setting hides the pycs beside the sources; "
			"PYCSHIM_MODE=redirect would use those and keep new ones apart."),
		0, 0};
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

struct remedy remedy_compileall(const struct stats *stats,
				const struct waste waste[WASTE_CAUSES],
				enum waste_cause cause)
{
	struct remedy remedy = {.saves_ns = waste[cause].ahead_ns};
	const struct waste *unkept;
	enum compileall_place place;
	char *command, *each;
	size_t i;

	for (i = 0; i < FINDING_UNKEPT_CAUSES; i++) {
		unkept = &waste[finding_unkept_causes[i]];
		if (unkept->unsure)
			continue;
		remedy.saves_ns = amount_add(remedy.saves_ns, unkept->ahead_ns);
		remedy.costs_bytes = amount_add(remedy.costs_bytes, unkept->ahead_bytes);
	}
	if (!remedy.saves_ns)
		return remedy;
	/* what could not be kept where it ran cannot be made there beforehand either */
	place = remedy.costs_bytes ? COMPILEALL_IN_IMAGE : compileall_place(stats);
	command = compileall_command(stats, place);
	each = saving(stats, remedy.saves_ns);
	if (remedy.costs_bytes)
		remedy.text = xasprintf("%s, when the image is built, would save %s at "
					"each start, for at least %s in the image.",
					command, each, human_bytes(remedy.costs_bytes).s);
	else
		remedy.text = xasprintf(
			"%s%s would save %s%s.", command,
			place == COMPILEALL_IN_IMAGE ? ", when the image is built,"
						     : " before they start",
			each,
			has_gunicorn(stats) ? ", as would gunicorn's --preload" : "");
	free(command);
	free(each);
	return remedy;
}

/* The least bound of the processes that lost events. */
static uint64_t bound_of_lost(const struct stats *stats)
{
	const struct process *process;
	uint64_t bound = UINT64_MAX;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (process->lost_events && process->record_max_bytes < bound)
			bound = process->record_max_bytes;
	return bound;
}

/* Bytes that the lost events would have taken, about. */
static int64_t bytes_lost(const struct stats *stats)
{
	double each = stats->events
			      ? (double)stats->recording_bytes / (double)stats->events
			      : sizeof(struct record_event) + PATH_USUAL;
	double bytes = each * (double)stats->lost_events;

	return bytes < (double)AMOUNT_MAX ? (int64_t)bytes : AMOUNT_MAX;
}

/* A bound that would have done, as a power of two. */
static uint64_t bound_needed(const struct stats *stats, uint64_t bound)
{
	double need = (double)stats->recording_bytes + (double)bytes_lost(stats);
	uint64_t bytes = (uint64_t)1 << 20;

	need *= 4.0 / 3; /* record_events_limit() */
	while (((double)bytes < need || bytes <= bound) && bytes < (uint64_t)1 << 40)
		bytes *= 2;
	return bytes;
}

/* No bound stopped it: there was no room where it is. */
static struct remedy remedy_no_room(const struct stats *stats, uint64_t bound)
{
	int64_t bytes = amount_pages(bytes_lost(stats));

	return (struct remedy){
		xasprintf("The recording needs room for about %s more where it is: the "
			  "disk was full, or files may not grow so large there, before "
			  "PYCSHIM_RECORD_MAX (%s) was reached.",
			  human_bytes(bytes).s, human_bytes((int64_t)amount_of(bound)).s),
		0, bytes};
}

struct remedy remedy_lost(const struct stats *stats,
			  const struct waste waste[WASTE_CAUSES], enum waste_cause cause)
{
	uint64_t bound = bound_of_lost(stats), bytes;

	(void)waste;
	(void)cause;
	if (stats->largest_bytes + RECORD_SIZE_MAX < record_events_limit(bound))
		return remedy_no_room(stats, bound);
	bytes = bound_needed(stats, bound);
	return (struct remedy){xasprintf("PYCSHIM_RECORD_MAX=%lluM would do.",
					 (unsigned long long)(bytes >> 20)),
			       0, (int64_t)bytes};
}
