/* SPDX-License-Identifier: MIT */
/*
 * See summary_text.h.
 */
#include "show/summary_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/savings.h"
#include "common/human.h"
#include "common/util.h"
#include "show/module_table.h"
#include "show/rows.h"
#include "show/summary_totals.h"
#include "show/terminal.h"

#define WORST 5 /* how many processes and modules are shown */

static void summary_print_heading(const struct terminal *terminal,
				  const struct recordings *recordings,
				  const struct stats *stats)
{
	char *clean, *cut, *heading, starts[48] = "";
	size_t i;

	if (stats->starts > 1)
		snprintf(starts, sizeof(starts), " in %s starts",
			 human_count(stats->starts).s);
	heading = xasprintf("Bytecode cache of %s %s%s over %s, %s %s",
			    human_count(stats->processes).s,
			    stats->processes == 1 ? "process" : "processes", starts,
			    human_seconds((int64_t)(stats->last_ns - stats->first_ns)).s,
			    human_count((int64_t)stats->events).s,
			    stats->events == 1 ? "event" : "events");
	fputs(terminal_colour(terminal, COLOUR_BOLD), terminal->out);
	terminal_wrap(terminal, heading, 2, 0);
	fputs(terminal_colour(terminal, COLOUR_PLAIN), terminal->out);
	free(heading);
	for (i = 0; i < recordings->count; i++) {
		clean = terminal_clean(terminal, recordings->paths[i]);
		cut = terminal_cut_left(terminal, clean,
					terminal->columns ? terminal->columns
							  : strlen(clean));
		fprintf(terminal->out, "%s%s%s\n", terminal_colour(terminal, COLOUR_DIM),
			cut, terminal_colour(terminal, COLOUR_PLAIN));
		free(clean);
		free(cut);
	}
	putc('\n', terminal->out);
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

/* Keep the first WORST rows that cost something.  Returns how many cost something. */
static size_t keep_worst(struct rows *rows)
{
	size_t costly = 0;

	while (costly < rows->count && rows->row[costly].value > 0)
		costly++;
	rows->count = costly < WORST ? costly : WORST;
	return costly;
}

static void print_worst(const struct terminal *terminal, const struct stats *stats)
{
	struct rows rows = rows_find(ROWS_OF_PROCESSES, stats, NULL, 0);
	size_t all = keep_worst(&rows);

	if (all) {
		print_title(terminal, "Costliest processes", rows.count, all);
		process_table_print(terminal, &rows, 2, false);
	}
	rows_free(&rows);
	rows = rows_find(ROWS_OF_MODULES, stats, NULL, 0);
	all = keep_worst(&rows);
	if (all) {
		print_title(terminal, "Costliest modules", rows.count, all);
		module_table_print(terminal, &rows, 2);
	}
	rows_free(&rows);
}

static void print_savings(const struct terminal *terminal, const struct stats *stats)
{
	struct savings savings = savings_measure(stats);
	char *text, *clean;

	if (!savings_are_told(stats))
		return;
	print_title(terminal, "Redirect", 0, 0);
	text = savings_text(stats, &savings);
	clean = terminal_clean(terminal, text);
	fputs("  ", terminal->out);
	terminal_wrap(terminal, clean, 2, 2);
	free(text);
	free(clean);
}

static void print_remedy(const struct terminal *terminal, const struct advice *advice)
{
	const struct remedy *remedy = &advice->remedy;
	char *clean = terminal_clean(terminal, remedy->text);
	char *command = remedy->command ? terminal_clean(terminal, remedy->command)
					: NULL;

	fprintf(terminal->out, "    %s%s%s: ", terminal_colour(terminal, COLOUR_WARN),
		advice->code, terminal_colour(terminal, COLOUR_PLAIN));
	terminal_wrap_command(terminal, clean, command, 6, strlen(advice->code) + 6);
	free(command);
	free(clean);
}

/* Print each finding once, with all its remedies below it. */
static void print_findings(const struct terminal *terminal, const struct advices *advices)
{
	const struct advice *advice = advices->advice;
	bool printed[ADVICE_MAX] = {false};
	size_t i, j;
	char *clean;

	print_title(terminal, "Advice", 0, 0);
	for (i = 0; i < advices->count; i++) {
		if (printed[i])
			continue;
		clean = terminal_clean(terminal, advice[i].finding);
		fputs("  ", terminal->out);
		terminal_wrap(terminal, clean, 2, 2);
		free(clean);
		for (j = i; j < advices->count; j++) {
			if (strcmp(advice[j].finding, advice[i].finding) != 0)
				continue;
			print_remedy(terminal, &advice[j]);
			printed[j] = true;
		}
	}
}

static void print_advice(const struct terminal *terminal, const struct stats *stats,
			 const struct advices *advices)
{
	char *text;

	if (advices->count) {
		print_findings(terminal, advices);
		return;
	}
	text = advice_none(stats);
	fprintf(terminal->out, "\n%s", terminal_colour(terminal, COLOUR_GOOD));
	terminal_wrap(terminal, text, 0, 0);
	fputs(terminal_colour(terminal, COLOUR_PLAIN), terminal->out);
	free(text);
}

void summary_print(const struct recordings *recordings, const struct stats *stats,
		   const struct advices *advices)
{
	struct terminal terminal = terminal_find(stdout);

	if (!stats->processes) {
		printf("Nothing was recorded.\n"); /* a warning has said why */
		return;
	}
	summary_print_heading(&terminal, recordings, stats);
	summary_totals_print(&terminal, stats);
	print_worst(&terminal, stats);
	print_savings(&terminal, stats);
	print_advice(&terminal, stats, advices);
}
