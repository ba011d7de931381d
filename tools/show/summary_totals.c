/* SPDX-License-Identifier: MIT */
/*
 * See summary_totals.h.
 */
#include "show/summary_totals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/ready.h"
#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/stats_process.h"

#define BAR_AT 37      /* the column where a bar begins */
#define BAR_COLUMNS 24 /* the length of the longest bar */
#define NOTE_AT 30     /* the column where a note begins */
#define NOTE_ROOM 20   /* with fewer columns a long note continues at the left */
#define NOTE_MAX 200   /* bytes of a note */

static void print_bar(const struct terminal *terminal, enum colour colour, int64_t part,
		      int64_t whole)
{
	double share = whole > 0 ? (double)part / (double)whole : 0;
	size_t room = terminal->columns ? terminal->columns - BAR_AT : BAR_COLUMNS;
	int whole_bar = (int)(room < BAR_COLUMNS ? room : BAR_COLUMNS);
	int columns = (int)(share * whole_bar + 0.999), i;

	fprintf(terminal->out, "  %s", terminal_colour(terminal, colour));
	for (i = 0; i < columns && i < whole_bar; i++)
		fputs(terminal->utf8 ? "\xe2\x96\x88" : "#", terminal->out);
	fputs(terminal_colour(terminal, COLOUR_PLAIN), terminal->out);
}

struct line {
	const char *label;
	int64_t count, whole;
	enum colour colour;
	const char *note;  /* printed instead of a bar; NULL: a bar */
	const char *value; /* printed instead of the count; NULL: the count */
};

static void totals_print_line(const struct terminal *terminal, struct line line)
{
	FILE *out = terminal->out;
	bool dim = !line.count;
	size_t room;

	fprintf(out, "%s  %-16s%9s", dim ? terminal_colour(terminal, COLOUR_DIM) : "",
		line.label, line.value ? line.value : human_count(line.count).s);
	if (line.count && line.note) {
		room = terminal->columns ? terminal->columns - NOTE_AT : NOTE_MAX;
		fputs("   ", out);
		if (terminal_width(terminal, line.note) > room) {
			terminal_wrap(terminal, line.note, room < NOTE_ROOM ? 4 : NOTE_AT,
				      NOTE_AT);
			return;
		}
		fputs(line.note, out);
	} else if (line.count && line.whole) {
		fprintf(out, "  %6s", human_percent(line.count, line.whole).s);
		print_bar(terminal, line.colour, line.count, line.whole);
	}
	fprintf(out, "%s\n", dim ? terminal_colour(terminal, COLOUR_PLAIN) : "");
}

/* "10 %  mtime 12  size 1": the reasons whose counts are not 0. */
static void note_stale(const struct stats *stats, char note[NOTE_MAX])
{
	size_t used = 0;
	unsigned i;

	used += (size_t)snprintf(note, NOTE_MAX, "%6s",
				 human_percent(stats->totals.count[VERDICT_stale],
					       stats->totals.count[VERDICT_lookups])
					 .s);
	for (i = 0; i < STALE_COUNT; i++)
		if (stats->totals.stale_reason[i] && used < NOTE_MAX)
			used += (size_t)snprintf(
				note + used, NOTE_MAX - used, "  %s %s", name_of_stale(i),
				human_count(stats->totals.stale_reason[i]).s);
}

static void note_errors(const struct stats *stats, char note[NOTE_MAX])
{
	size_t used = 0, i;

	note[0] = '\0';
	for (i = 0; i < ERROR_COUNTS; i++)
		if (stats->errors.slot[i].count && used < NOTE_MAX)
			used += (size_t)snprintf(
				note + used, NOTE_MAX - used, "%s%s %s%s",
				used ? "  " : "",
				name_of_error(stats->errors.slot[i].error),
				human_count(stats->errors.slot[i].count).s,
				stats->errors.slot[i].error == EEXIST
					? " (harmless: two at once, one has kept it)"
					: "");
}

/* Append which part of start-up compiling was, for the processes where that is known. */
static void note_share(const struct stats *stats, char *note, size_t bytes)
{
	int64_t compile_ns = 0, start_up_ns = 0;
	unsigned processes = 0, loading = 0;
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		loading += process->totals.count[VERDICT_lookups] > 0;
		if (!stats_process_start_up_ns(process))
			continue;
		processes++;
		start_up_ns = amount_add(start_up_ns, stats_process_start_up_ns(process));
		compile_ns = amount_add(compile_ns,
					process->totals.count[VERDICT_compile_ns]);
	}
	if (compile_ns < stats->totals.count[VERDICT_compile_ns] / 10 * 9)
		return;
	if (processes == loading)
		snprintf(note, bytes, ", %s of start-up",
			 human_percent(compile_ns, start_up_ns).s);
	else if (processes)
		snprintf(note, bytes, ", %s of start-up in %u of %u processes",
			 human_percent(compile_ns, start_up_ns).s, processes, loading);
}

static void note_compiled(const struct stats *stats, char note[NOTE_MAX])
{
	int64_t compile_ns = stats->totals.count[VERDICT_compile_ns];
	int used;

	if (!compile_ns) {
		snprintf(note, NOTE_MAX, "cost not measured");
		return;
	}
	used = snprintf(note, NOTE_MAX, "%s%s of CPU", stats->at_most ? "at most " : "",
			human_seconds(compile_ns).s);
	note_share(stats, note + used, NOTE_MAX - (size_t)used);
	used = (int)strlen(note);
	if (stats->unmeasured)
		snprintf(note + used, NOTE_MAX - (size_t)used, ", %s not measured",
			 human_count(stats->unmeasured).s);
}

/* After how long the start was ready; nothing if none compiled. */
static void print_ready(const struct terminal *terminal, const struct stats *stats)
{
	struct ready ready = ready_measure(stats);
	struct human median = human_seconds(ready.median_ns);
	struct line line = {.label = "ready after", .count = 1, .value = median.s};
	char *note;

	if (!ready.starts)
		return;
	note = ready_text(&ready);
	line.note = note;
	totals_print_line(terminal, line);
	free(note);
}

/* Which hits a compile elsewhere made possible; nothing if there are none. */
static void print_shared(const struct terminal *terminal, const struct stats *stats)
{
	const int64_t *count = stats->totals.count;
	struct line line = {.label = "    reused", .count = count[VERDICT_reused]};
	char note[NOTE_MAX];

	line.note = note;
	if (line.count) {
		snprintf(note, sizeof(note), "from the store, saved %s of CPU",
			 human_seconds(count[VERDICT_saved_ns]).s);
		totals_print_line(terminal, line);
	}
	line = (struct line){"    waited", count[VERDICT_waited], 0, COLOUR_PLAIN, note,
			     NULL};
	if (line.count || count[VERDICT_wait_ns]) {
		snprintf(note, sizeof(note), "for another process, %s",
			 human_seconds(count[VERDICT_wait_ns]).s);
		totals_print_line(terminal, line);
	}
}

void summary_totals_print(const struct terminal *terminal, const struct stats *stats)
{
	const int64_t *count = stats->totals.count, lookups = count[VERDICT_lookups];
	char compiled[NOTE_MAX], errors[NOTE_MAX], stale[NOTE_MAX], written[NOTE_MAX];
	const struct line lines[] = {
		{.label = "look-ups", .count = lookups},
		{"  hits", count[VERDICT_hits], lookups, COLOUR_GOOD, NULL, NULL},
		{"  misses", count[VERDICT_misses], lookups, COLOUR_BAD, NULL, NULL},
		{"  stale", count[VERDICT_stale], lookups, COLOUR_BAD, stale, NULL},
		{"  unreadable", count[VERDICT_unreadable], lookups, COLOUR_BAD, NULL,
		 NULL},
		{.label = "compiled", .count = count[VERDICT_compiled], .note = compiled},
		{.label = "  written", .count = count[VERDICT_written], .note = written},
		{.label = "  write failed",
		 .count = count[VERDICT_write_failed],
		 .note = errors},
		{.label = "  not attempted", .count = count[VERDICT_not_attempted]},
	};
	size_t i;

	note_compiled(stats, compiled);
	note_errors(stats, errors);
	note_stale(stats, stale);
	snprintf(written, sizeof(written), "%s",
		 human_bytes(count[VERDICT_bytes_written]).s);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		totals_print_line(terminal, lines[i]);
		if (i == 1)
			print_shared(terminal, stats);
	}
	print_ready(terminal, stats);
	if (stats->lost_events)
		totals_print_line(terminal,
				  (struct line){.label = "lost events",
						.count = (int64_t)stats->lost_events,
						.note = "no room in the recording"});
	if (stats->damaged_bytes)
		totals_print_line(terminal,
				  (struct line){.label = "damaged bytes",
						.count = (int64_t)stats->damaged_bytes,
						.note = "left out"});
}
