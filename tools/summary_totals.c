/*
 * See summary_totals.h.  Runs in pycstat.
 */
#include "summary_totals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "names.h"
#include "stats_process.h"

#define BAR_AT 37
#define BAR_COLUMNS 24
#define NOTE_AT 30   /* the column where a line's note begins */
#define NOTE_ROOM 20 /* columns; with less it goes on at the left */
#define NOTE_MAX 200

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
	const char *note; /* in place of a bar; NULL: a bar */
};

static void print_line(const struct terminal *terminal, struct line line)
{
	FILE *out = terminal->out;
	bool dim = !line.count;
	size_t room;

	fprintf(out, "%s  %-16s%9s", dim ? terminal_colour(terminal, COLOUR_DIM) : "",
		line.label, human_count(line.count).s);
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

/* "mtime 12, size 1": the counts that are not 0. */
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

/* Compiling as a part of start-up, where that is known. */
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

void summary_totals_print(const struct terminal *terminal, const struct stats *stats)
{
	const int64_t *count = stats->totals.count, lookups = count[VERDICT_lookups];
	char compiled[NOTE_MAX], errors[NOTE_MAX], stale[NOTE_MAX], written[NOTE_MAX];

	note_compiled(stats, compiled);
	note_errors(stats, errors);
	note_stale(stats, stale);
	snprintf(written, sizeof(written), "%s",
		 human_bytes(count[VERDICT_bytes_written]).s);
	print_line(terminal, (struct line){"look-ups", lookups, 0, 0, NULL});
	print_line(terminal, (struct line){"  hits", count[VERDICT_hits], lookups,
					   COLOUR_GOOD, NULL});
	print_line(terminal, (struct line){"  misses", count[VERDICT_misses], lookups,
					   COLOUR_BAD, NULL});
	print_line(terminal, (struct line){"  stale", count[VERDICT_stale], lookups,
					   COLOUR_BAD, stale});
	print_line(terminal, (struct line){"  unreadable", count[VERDICT_unreadable],
					   lookups, COLOUR_BAD, NULL});
	print_line(terminal,
		   (struct line){"compiled", count[VERDICT_compiled], 0, 0, compiled});
	print_line(terminal,
		   (struct line){"  written", count[VERDICT_written], 0, 0, written});
	print_line(terminal, (struct line){"  write failed", count[VERDICT_write_failed],
					   0, 0, errors});
	print_line(terminal, (struct line){"  not attempted",
					   count[VERDICT_not_attempted], 0, 0, NULL});
	if (stats->lost_events)
		print_line(terminal,
			   (struct line){"lost events", (int64_t)stats->lost_events, 0, 0,
					 "no room in the recording"});
	if (stats->damaged_bytes)
		print_line(terminal,
			   (struct line){"damaged bytes", (int64_t)stats->damaged_bytes,
					 0, 0, "left out"});
}
