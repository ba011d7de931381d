/* SPDX-License-Identifier: MIT */
/*
 * See diff_text.h: the text.
 */
#include "show/diff_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "show/describe.h"
#include "show/table.h"
#include "show/terminal.h"

static const struct table_column total_columns[] = {
	{"PER START", TABLE_WORD, 0},
	{"BEFORE", TABLE_NUMBER, 1},
	{"AFTER", TABLE_NUMBER, 0},
	{"CHANGE", TABLE_NUMBER, 0},
};

static const struct table_column module_columns[] = {
	{"CPU", TABLE_NUMBER, 0},
	{"COMPILED", TABLE_NUMBER, 1},
	{"WHY", TABLE_WORD, 2},
	{"SOURCE", TABLE_PATH, 0},
};

static const char *const titles[] = {
	[DIFF_NEW] = "Newly compiled",
	[DIFF_REASON] = "Compiled for another reason",
	[DIFF_GONE] = "No longer compiled",
};

enum unit { UNIT_COUNT, UNIT_TIME, UNIT_BYTES };

/* "1,234", "0.4", "1.92 s", "3.2 MiB"; "-" for 0.  The caller frees it. */
static char *amount_text(double amount, enum unit unit, bool is_change)
{
	double size = amount < 0 ? -amount : amount;
	int64_t whole = (int64_t)(size + 0.5);
	bool fraction = size - (double)whole > 0.05 || (double)whole - size > 0.05;
	const char *sign = amount < 0 ? "-" : is_change ? "+" : "";

	if (unit == UNIT_COUNT && fraction)
		return xasprintf("%s%.1f", sign, size);
	if (whole < 1)
		return xstrdup("-");
	return xasprintf("%s%s", sign,
			 unit == UNIT_TIME    ? human_seconds(whole).s
			 : unit == UNIT_BYTES ? human_bytes(whole).s
					      : human_count(whole).s);
}

static void cell_amount(struct table *table, double amount, enum unit unit,
			bool is_change)
{
	char *text = amount_text(amount, unit, is_change);

	table_cell(table, text);
	free(text);
}

static void diff_row(struct table *table, const char *label, double before, double after,
		     enum unit unit)
{
	table_cell(table, label);
	cell_amount(table, before, unit, false);
	cell_amount(table, after, unit, false);
	cell_amount(table, after - before, unit, true);
}

/* "write failed" for write_failed, and "compile CPU" for compile_seconds. */
static char *label_of(unsigned total)
{
	char *label = xstrdup(total == VERDICT_compile_ns ? "compile CPU"
							  : name_of_total(total)),
	     *at;

	for (at = label; *at; at++)
		if (*at == '_')
			*at = ' ';
	return label;
}

static void print_totals(const struct terminal *terminal, const struct diff *diff)
{
	const struct diff_side *before = &diff->side[DIFF_BEFORE],
			       *after = &diff->side[DIFF_AFTER];
	struct table table;
	char *label;
	unsigned i;

	table_begin(&table, terminal, total_columns, ARRAY_SIZE(total_columns));
	for (i = 0; i < VERDICT_TOTALS; i++) {
		if (before->total[i] == 0 && after->total[i] == 0)
			continue;
		label = label_of(i);
		diff_row(&table, label, before->total[i], after->total[i],
			 total_is_time(i)	      ? UNIT_TIME
			 : i == VERDICT_bytes_written ? UNIT_BYTES
						      : UNIT_COUNT);
		free(label);
	}
	diff_row(&table, "ready (median)", (double)before->ready.median_ns,
		 (double)after->ready.median_ns, UNIT_TIME);
	diff_row(&table, "processes", before->processes, after->processes, UNIT_COUNT);
	table_end(&table, 2);
}

static void print_sets(const struct terminal *terminal, const struct diff *diff,
		       const struct recordings *sets)
{
	static const char *const names[] = {"before", "after"};
	char *list, *clean, *text;
	size_t i, which;

	for (which = 0; which < DIFF_SIDES; which++) {
		for (list = NULL, i = 0; i < sets[which].count; i++)
			list = enlist(list, sets[which].paths[i]);
		clean = terminal_clean(terminal, list ? list : "");
		text = xasprintf("%-7s %s, %s start%s", names[which], clean,
				 human_count(diff->side[which].stats->starts).s,
				 diff->side[which].stats->starts == 1 ? "" : "s");
		terminal_wrap(terminal, text, 8, 0);
		free(list);
		free(clean);
		free(text);
	}
	putc('\n', terminal->out);
}

/* Why it was compiled, before and after; of one that is gone, what became of it. */
static char *why_text(const struct diff_module *module)
{
	enum diff_kind kind = diff_kind_of(module);
	const struct module *old = module->module[DIFF_BEFORE],
			    *new = module->module[DIFF_AFTER];
	char *before = old ? describe_reason(old) : xstrdup(""),
	     *after = new ? describe_reason(new) : xstrdup(""), *text;

	if (kind == DIFF_NEW)
		text = xasprintf("%s%s", after,
				 !old				 ? ", new"
				 : module->hits[DIFF_BEFORE] > 0 ? ", was a hit"
								 : "");
	else if (kind == DIFF_REASON)
		text = xasprintf("%s, was %s", after, before);
	else
		text = xasprintf("%s, %s", before,
				 module->hits[DIFF_AFTER] > 0 ? "now a hit"
							      : "not loaded now");
	free(before);
	free(after);
	return text;
}

static void print_kind(const struct terminal *terminal, const struct diff *diff,
		       enum diff_kind kind, size_t top)
{
	enum diff_which which = kind == DIFF_GONE ? DIFF_BEFORE : DIFF_AFTER;
	size_t first = 0, count = 0, shown, i;
	const struct diff_module *module;
	struct table table;
	char *why;

	for (i = 0; i < diff->modules; i++) {
		if (diff_kind_of(diff->module[i]) != kind)
			continue;
		first = count++ ? first : i;
	}
	if (!count)
		return;
	shown = top && count > top ? top : count;
	fprintf(terminal->out, "\n%s%s%s (%s%s%s)\n",
		terminal_colour(terminal, COLOUR_BOLD), titles[kind],
		terminal_colour(terminal, COLOUR_PLAIN),
		shown < count ? human_count((int64_t)shown).s : "",
		shown < count ? " of " : "", human_count((int64_t)count).s);
	table_begin(&table, terminal, module_columns, ARRAY_SIZE(module_columns));
	for (i = first; i < first + shown; i++) {
		module = diff->module[i];
		cell_amount(&table, module->compile_ns[which], UNIT_TIME, false);
		cell_amount(&table, module->compiled[which], UNIT_COUNT, false);
		why = why_text(module);
		table_cell(&table, why);
		free(why);
		table_cell(&table, module->source);
	}
	table_end(&table, 2);
}

/* "promised 2.87 s of CPU at each start, got 2.74 s: 95 %". */
static char *promise_text(const struct diff_promise *promise)
{
	const struct span *promised = &promise->promised;
	char *got = amount_text(promise->measured_ns, UNIT_TIME, false), *range, *text,
	     *judged;

	if (span_is_range(*promised))
		range = xasprintf("%s to %s", human_seconds(promised->low).s,
				  human_seconds(promised->high).s);
	else
		range = xstrdup(human_seconds(promised->low).s);
	if (!span_is_range(*promised) && promised->low && promise->measured_ns > 0)
		judged = xasprintf(
			": %s",
			human_percent((int64_t)promise->measured_ns, promised->low).s);
	else if (promise->measured_ns >= 0.95 * (double)promised->low &&
		 promise->measured_ns <= 1.05 * (double)promised->high)
		judged = xstrdup(": within the range");
	else
		judged = xstrdup(promise->measured_ns < (double)promised->low
					 ? ": less than promised"
					 : ": more than promised");
	text = xasprintf("promised %s of CPU at each%s start, got %s%s.%s", range,
			 promise->later ? " later" : "",
			 strcmp(got, "-") == 0 ? "nothing" : got, judged,
			 promise->followed ? "" : " It was probably not followed.");
	free(got);
	free(range);
	free(judged);
	return text;
}

static void print_promises(const struct terminal *terminal, const struct diff *diff)
{
	const char *code;
	char *text;
	size_t i;

	if (!diff->promises)
		return;
	fprintf(terminal->out, "\n%sWhat the advice promised%s\n",
		terminal_colour(terminal, COLOUR_BOLD),
		terminal_colour(terminal, COLOUR_PLAIN));
	for (i = 0; i < diff->promises; i++) {
		code = diff->promise[i].advice->code;
		text = promise_text(&diff->promise[i]);
		fprintf(terminal->out,
			"  %s%s%s: ", terminal_colour(terminal, COLOUR_WARN), code,
			terminal_colour(terminal, COLOUR_PLAIN));
		terminal_wrap(terminal, text, 4, strlen(code) + 4);
		free(text);
	}
}

void diff_print_text(const struct diff *diff, const struct recordings *sets, size_t top)
{
	struct terminal terminal = terminal_find(stdout);
	enum diff_kind kind;

	print_sets(&terminal, diff, sets);
	print_totals(&terminal, diff);
	for (kind = DIFF_NEW; kind < DIFF_SAME; kind++)
		print_kind(&terminal, diff, kind, top);
	if (!diff->modules)
		fputs("\nThe same modules are compiled, for the same reasons.\n",
		      terminal.out);
	print_promises(&terminal, diff);
}
