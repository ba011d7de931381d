/*
 * pycstat summary: what the bytecode cache did for a run, what it cost, what to do.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "human.h"
#include "json.h"
#include "module_table.h"
#include "names.h"
#include "options.h"
#include "recordings.h"
#include "rows.h"
#include "stats.h"
#include "terminal.h"
#include "util.h"

#define WORST 5 /* processes and modules that are shown */
#define BAR_COLUMNS 24
#define NOTE_AT 30 /* the column where a line's note begins */
#define NOTE_MAX 160

static void print_json_advice(struct json *json, const struct advices *advices)
{
	const struct advice *advice;
	size_t i;

	json_open(json, "advice", '[');
	for (i = 0; i < advices->count; i++) {
		advice = &advices->advice[i];
		json_open(json, NULL, '{');
		json_string(json, "code", advice->code);
		json_string(json, "text", advice->text);
		json_seconds(json, "saves_seconds", advice->saves_ns);
		json_integer(json, "costs_bytes", advice->costs_bytes);
		json_close(json, '{');
	}
	json_close(json, '[');
}

static void print_json(const struct recordings *recordings, const struct stats *stats,
		       const struct advices *advices)
{
	struct json json = {.out = stdout, .lines = 1};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.summary/1");
	json_open(&json, "recordings", '[');
	for (i = 0; i < recordings->count; i++)
		json_string(&json, NULL, recordings->paths[i]);
	json_close(&json, '[');
	json_seconds(&json, "duration_seconds",
		     (int64_t)(stats->last_ns - stats->first_ns));
	json_integer(&json, "processes", stats->processes);
	json_integer(&json, "events", (int64_t)stats->events);
	json_integer(&json, "lost_events", (int64_t)stats->lost_events);
	json_integer(&json, "damaged_bytes", (int64_t)stats->damaged_bytes);
	json_open(&json, "totals", '{');
	names_json_totals(&json, &stats->totals);
	json_close(&json, '{');
	names_json_reasons(&json, &stats->totals);
	names_json_errors(&json, &stats->errors);
	print_json_advice(&json, advices);
	json_integer(&json, "python_processes", stats->pythons);
	json_boolean(&json, "compile_at_most", stats->at_most > 0);
	json_close(&json, '{');
}

static void print_heading(const struct terminal *terminal,
			  const struct recordings *recordings, const struct stats *stats)
{
	size_t i;
	char *clean;

	fprintf(terminal->out, "%sBytecode cache of %s %s%s over %s, %s events\n",
		terminal_colour(terminal, COLOUR_BOLD), human_count(stats->processes).s,
		stats->processes == 1 ? "process" : "processes",
		terminal_colour(terminal, COLOUR_PLAIN),
		human_seconds((int64_t)(stats->last_ns - stats->first_ns)).s,
		human_count((int64_t)stats->events).s);
	for (i = 0; i < recordings->count; i++) {
		clean = terminal_clean(terminal, recordings->paths[i]);
		fprintf(terminal->out, "%s%s%s\n", terminal_colour(terminal, COLOUR_DIM),
			clean, terminal_colour(terminal, COLOUR_PLAIN));
		free(clean);
	}
	putc('\n', terminal->out);
}

static void print_bar(const struct terminal *terminal, enum colour colour, int64_t part,
		      int64_t whole)
{
	double share = whole > 0 ? (double)part / (double)whole : 0;
	int columns = (int)(share * BAR_COLUMNS + 0.999), i;

	fprintf(terminal->out, "  %s", terminal_colour(terminal, colour));
	for (i = 0; i < columns && i < BAR_COLUMNS; i++)
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
	char *note;

	fprintf(out, "%s  %-16s%9s", dim ? terminal_colour(terminal, COLOUR_DIM) : "",
		line.label, human_count(line.count).s);
	if (line.count && line.note) {
		note = terminal_cut_right(terminal, line.note,
					  terminal->columns ? terminal->columns - NOTE_AT
							    : NOTE_MAX);
		fprintf(out, "   %s", note);
		free(note);
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
				note + used, NOTE_MAX - used, "%s%s %s", used ? "  " : "",
				name_of_error(stats->errors.slot[i].error),
				human_count(stats->errors.slot[i].count).s);
}

static int64_t start_up_ns(const struct stats *stats)
{
	const struct process *process;
	int64_t sum = 0;

	for (process = stats->tables.processes; process; process = process->hh.next)
		sum = amount_add(sum, (int64_t)process->start_up_cpu_ns);
	return sum;
}

static void note_compiled(const struct stats *stats, char note[NOTE_MAX])
{
	int64_t compile_ns = stats->totals.count[VERDICT_compile_ns];
	int64_t whole_ns = start_up_ns(stats);

	snprintf(note, NOTE_MAX, "%s%s of CPU", stats->at_most ? "at most " : "",
		 human_seconds(compile_ns).s);
	if (compile_ns && compile_ns <= whole_ns)
		snprintf(note + strlen(note), NOTE_MAX - strlen(note), ", %s of start-up",
			 human_percent(compile_ns, whole_ns).s);
}

static void print_totals(const struct terminal *terminal, const struct stats *stats)
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

static void print_title(const struct terminal *terminal, const char *title, size_t shown,
			size_t all)
{
	fprintf(terminal->out, "\n%s%s%s", terminal_colour(terminal, COLOUR_BOLD), title,
		terminal_colour(terminal, COLOUR_PLAIN));
	if (shown < all)
		fprintf(terminal->out, " (%zu of %s)", shown,
			human_count((int64_t)all).s);
	putc('\n', terminal->out);
}

/* Rows that cost something, the first WORST of them; returns how many there are. */
static size_t worst(struct rows *rows)
{
	size_t costly = 0;

	while (costly < rows->count && rows->row[costly].value > 0)
		costly++;
	rows->count = costly < WORST ? costly : WORST;
	return costly;
}

static void print_worst(const struct terminal *terminal, const struct stats *stats)
{
	struct rows rows = rows_of_processes(stats, NULL, 0);
	size_t all = worst(&rows);

	if (all) {
		print_title(terminal, "Costliest processes", rows.count, all);
		process_table_print(terminal, &rows, 2, false);
	}
	rows_free(&rows);
	rows = rows_of_modules(stats, NULL, 0);
	all = worst(&rows);
	if (all) {
		print_title(terminal, "Costliest modules", rows.count, all);
		module_table_print(terminal, &rows, 2);
	}
	rows_free(&rows);
}

static void print_advice(const struct terminal *terminal, const struct advices *advices)
{
	const struct advice *advice;
	char *clean;
	size_t i;

	if (advices->count)
		print_title(terminal, "Advice", 0, 0);
	for (i = 0; i < advices->count; i++) {
		advice = &advices->advice[i];
		clean = terminal_clean(terminal, advice->text);
		fprintf(terminal->out,
			"  %s%s%s: ", terminal_colour(terminal, COLOUR_WARN),
			advice->code, terminal_colour(terminal, COLOUR_PLAIN));
		terminal_wrap(terminal, clean, 4, strlen(advice->code) + 4);
		free(clean);
	}
}

static void print_text(const struct recordings *recordings, const struct stats *stats,
		       const struct advices *advices)
{
	struct terminal terminal = terminal_find(stdout);

	if (!stats->processes)
		return; /* what is wrong has been said */
	print_heading(&terminal, recordings, stats);
	print_totals(&terminal, stats);
	print_worst(&terminal, stats);
	print_advice(&terminal, advices);
}

int cmd_summary(const struct options *options)
{
	struct recordings recordings;
	struct advices advices;
	struct stats stats;
	int status;

	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	advice_find(&stats, &advices);
	if (recordings.opened && options->json)
		print_json(&recordings, &stats, &advices);
	else if (recordings.opened)
		print_text(&recordings, &stats, &advices);
	advice_free(&advices);
	status = recordings_status(&recordings);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
