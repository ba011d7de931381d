/* SPDX-License-Identifier: MIT */
/*
 * See image_text.h: what is printed for people.
 */
#include "show/image_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/util.h"
#include "show/table.h"
#include "show/terminal.h"

static void print_paragraph(const struct terminal *terminal, const char *text)
{
	fputs("  ", terminal->out);
	terminal_wrap(terminal, text, 4, 2);
}

static void print_rows(const struct terminal *terminal, const struct image_row *row,
		       size_t count, bool packages)
{
	const struct table_column columns[] = {
		{packages ? "PACKAGE" : "INTERPRETER", TABLE_WORD, 0},
		{"TAG", TABLE_WORD, 4},
		{"SOURCES", TABLE_NUMBER, 0},
		{"VALID", TABLE_NUMBER, 0},
		{"MISSING", TABLE_NUMBER, 0},
		{"STALE", TABLE_NUMBER, 0},
		{"DAMAGED", TABLE_NUMBER, 1},
		{"UNREADABLE", TABLE_NUMBER, 2},
		{"HASH", TABLE_NUMBER, 3},
		{"PYCS", TABLE_NUMBER, 0},
		{"COMPILE", TABLE_NUMBER, 0},
		{packages ? "DIRECTORY" : "EXECUTABLE", TABLE_PATH, 5},
	};
	struct table table;
	size_t i;

	table_begin(&table, terminal, columns, ARRAY_SIZE(columns));
	for (i = 0; i < count; i++) {
		table_cell(&table, packages ? row[i].package->name : row[i].tag);
		table_cell(&table, packages ? row[i].tag : "");
		table_count(&table, row[i].sources);
		table_count(&table, row[i].pycs.valid);
		table_count(&table, row[i].missing);
		table_count(&table, row[i].pycs.stale);
		table_count(&table, row[i].pycs.damaged);
		table_count(&table, row[i].pycs.unreadable);
		table_count(&table, row[i].pycs.hash_based);
		table_cell(&table, human_bytes(row[i].pycs.bytes).s);
		table_cell(&table,
			   row[i].compile_ns ? human_seconds(row[i].compile_ns).s : "-");
		table_cell(&table, packages	       ? row[i].package->directory
				   : row[i].executable ? row[i].executable
						       : "");
	}
	table_end(&table, 2);
}

/* What compiling costs, in one process and in several: "about 1.2 s of CPU". */
static char *cost_text(const struct image_view *view, const struct image_row *row,
		       int64_t ns)
{
	const struct image_price *price = image_price_find(view->cost->prices, row->tag);
	bool all_recorded = row->recorded && ns == row->recorded_ns;
	char *one = xasprintf("%s%s of CPU%s at a start that imports all of it",
			      price || all_recorded ? "" : "about ", human_seconds(ns).s,
			      all_recorded || (price && price->recorded) ? " (recorded)"
			      : price					 ? " (measured)"
									 : ""),
	     *text;

	if (view->workers < 2)
		return one;
	text = xasprintf("%s, and %s at one of %zu workers that each do", one,
			 human_seconds(ns * (int64_t)view->workers).s, view->workers);
	free(one);
	return text;
}

/* Is the cost, or a part of it, an estimate by the size of the sources? */
static bool is_estimate(const struct image_view *view, const struct image_row *row)
{
	return row->compile_ns &&
	       row->recorded < row->missing + row->pycs.stale + row->pycs.unreadable &&
	       !image_price_find(view->cost->prices, row->tag);
}

/* What the cost of an interpreter's sources comes from, unless it is an estimate. */
static void print_price(const struct image_view *view, const struct terminal *terminal,
			const struct image_row *row)
{
	const struct image_price *price = image_price_find(view->cost->prices, row->tag);
	int64_t invalid = row->missing + row->pycs.stale + row->pycs.unreadable;
	char *line;

	if (row->recorded) {
		line = xasprintf(
			"COMPILE of %s: %s of %s sources cost what the recording "
			"says, %s%s.",
			row->tag, human_count(row->recorded).s, human_count(invalid).s,
			human_seconds(row->recorded_ns).s,
			price && price->recorded && row->recorded < invalid
				? ", and the others as much for each byte"
				: "");
		print_paragraph(terminal, line);
		free(line);
	}
	if (!price || price->recorded)
		return;
	line = xasprintf("COMPILE of %s was measured: its interpreter compiled %s "
			 "sources without a valid pyc, %s, in %s of CPU.",
			 price->tag, human_count(price->sources).s,
			 human_bytes(price->bytes).s, human_seconds(price->ns).s);
	print_paragraph(terminal, line);
	free(line);
}

/* What the costs in the table come from. */
static void print_prices(const struct image_view *view, const struct terminal *terminal)
{
	const struct image_cost *cost = view->cost;
	bool estimated = false;
	size_t i;

	for (i = 0; i < cost->interpreters; i++) {
		estimated |= is_estimate(view, &cost->interpreter[i]);
		print_price(view, terminal, &cost->interpreter[i]);
	}
	if (estimated)
		print_paragraph(terminal,
				cost->prices->count
					? "COMPILE of all others is an estimate "
					  "by the size of the sources."
					: "COMPILE is an estimate by the size "
					  "of the sources; --measure compiles "
					  "some of them.");
}

char *image_advice_text(const struct image_view *view, const struct image_advice *advice)
{
	const struct image_row *row = advice->row;
	char *cost, *text;

	if (strcmp(advice->code, "without") == 0) {
		cost = cost_text(view, row, -advice->saves_ns);
		text = xasprintf("Without any pycs of %s, the image would be %s smaller "
				 "on the disk; compiling would cost %s.",
				 row->tag, human_bytes(-advice->costs_bytes).s, cost);
	} else if (strcmp(advice->code, "reset_times") == 0) {
		cost = cost_text(view, row, advice->saves_ns);
		text = xasprintf(
			"Packing has reset the times: %s of %s stale sources of %s have "
			"the same modification time, %s, which is not the one in their "
			"pycs. Pycs that do not depend on times would save %s, for about "
			"%s more in the image: %s",
			human_count(row->reset).s, human_count(row->pycs.stale).s,
			row->tag,
			human_date(
				(uint64_t)(row->reset_mtime > 0 ? row->reset_mtime : 0) *
				1000000000)
				.s,
			cost, human_bytes(advice->costs_bytes).s, advice->command);
	} else {
		cost = cost_text(view, row, advice->saves_ns);
		text = xasprintf("%s sources have no valid pyc of %s. Making them when "
				 "the image is built would save %s, for about %s more in "
				 "the image: %s",
				 human_count(row->missing + row->pycs.stale).s, row->tag,
				 cost, human_bytes(advice->costs_bytes).s,
				 advice->command);
	}
	free(cost);
	return text;
}

static void print_line(const struct terminal *terminal, int64_t count, const char *what)
{
	char *line;

	if (!count)
		return;
	line = xasprintf("%s %s", human_count(count).s, what);
	print_paragraph(terminal, line);
	free(line);
}

const char *image_level_name(enum image_level level)
{
	return level == IMAGE_LEVEL_1 ? "1" : level == IMAGE_LEVEL_2 ? "2" : "other";
}

/* The pycs that only python -O, -OO or another optimiser looks for, and their verdicts. */
static void print_optimised(const struct terminal *terminal,
			    const struct image_row *total)
{
	static const char *const levels[IMAGE_LEVELS] = {
		[IMAGE_LEVEL_OTHER] = "otherwise",
		[IMAGE_LEVEL_1] = "by -O",
		[IMAGE_LEVEL_2] = "by -OO",
	};
	const struct image_optimised *level;
	char *what;
	size_t i;

	for (i = 0; i < IMAGE_LEVELS; i++) {
		level = &total->pycs.optimised[i];
		what = xasprintf("optimised %s: %s valid, %s stale, %s unreadable. No "
				 "other start uses them.",
				 levels[i], human_count(level->valid).s,
				 human_count(level->stale).s,
				 human_count(level->unreadable).s);
		print_line(terminal, level->valid + level->stale + level->unreadable,
			   what);
		free(what);
	}
}

static void print_reasons(const struct image_view *view, const struct terminal *terminal)
{
	static const char *const reasons[] = {
#define STALE(name, what) "stale: " what ".",
#include "stale.def"
#undef STALE
	};
	size_t i;

	for (i = 0; i < STALE_COUNT; i++)
		print_line(terminal, view->cost->total.pycs.stale_reasons[i], reasons[i]);
	print_line(
		terminal, view->cost->total.unproven,
		"perhaps valid: their interpreter's magic number is not known, because its "
		"library was not found.");
	print_optimised(terminal, &view->cost->total);
	print_line(terminal, view->image->orphaned, "orphaned: their source is gone.");
	print_line(terminal, view->image->sourceless,
		   "beside which there is no source: programs, not caches.");
	print_line(terminal, view->cost->other_sources,
		   "sources of other programs, from which no interpreter imports.");
	if (view->cost->assumed_sources) {
		char *line = xasprintf("sources in trees without pycs, counted for %s: "
				       "the newest interpreter found.",
				       view->cost->assumed_tag);

		print_line(terminal, view->cost->assumed_sources, line);
		free(line);
	}
	print_line(terminal, view->image->errors,
		   "directories could not be read to their end.");
}

const char *image_maker_name(enum image_maker by)
{
	return by == IMAGE_BY_PIP ? "pip" : by == IMAGE_BY_DPKG ? "dpkg" : NULL;
}

static void print_owners(const struct image_owners *owners,
			 const struct terminal *terminal)
{
	const struct table_column columns[] = {
		{"MADE BY", TABLE_WORD, 0},	 {"USER", TABLE_NUMBER, 0},
		{"PYCS", TABLE_NUMBER, 0},	 {"NOT WRITABLE", TABLE_NUMBER, 0},
		{"BY ANYBODY", TABLE_NUMBER, 1},
	};
	const struct image_owner *owner;
	struct table table;
	char *uid;

	if (!owners->count)
		return;
	putchar('\n');
	table_begin(&table, terminal, columns, ARRAY_SIZE(columns));
	for (owner = owners->owner; owner < owners->owner + owners->count; owner++) {
		table_cell(&table, owner->by == IMAGE_BY_PIP	? "pip"
				   : owner->by == IMAGE_BY_DPKG ? "dpkg (py3compile)"
								: "an import, or others");
		uid = xasprintf("%u", (unsigned)owner->uid);
		table_cell(&table, uid);
		free(uid);
		table_count(&table, owner->pycs);
		table_count(&table, owner->unwritable);
		table_count(&table, owner->everybodys);
	}
	table_end(&table, 2);
	print_line(terminal, owners->total.unwritable,
		   "in directories that this user cannot write: they cannot be replaced "
		   "when they are stale.");
	print_line(
		terminal, owners->total.roots,
		"of root, beside sources of another user: as a container leaves them in "
		"a bind mount. Their user cannot replace or remove them.");
	print_line(terminal, owners->total.everybodys,
		   "can be written or replaced by anybody, who could so run code as "
		   "others.");
}

static void print_advice(const struct image_view *view, const struct terminal *terminal)
{
	char *text, *clean;
	size_t i;

	for (i = 0; i < view->advice_count; i++) {
		text = image_advice_text(view, &view->advice[i]);
		clean = terminal_clean(terminal, text);
		print_paragraph(terminal, clean);
		free(clean);
		free(text);
	}
}

void image_print_text(const struct image_view *view)
{
	struct terminal terminal = terminal_find(stdout);
	const struct image_cost *cost = view->cost;
	size_t count = cost->packages;

	printf("Bytecode of %s sources, %s of pycs (%s on the disk)\n\n",
	       human_count(cost->total.sources).s, human_bytes(cost->total.pycs.bytes).s,
	       human_bytes(cost->total.pycs.disk_bytes).s);
	if (!cost->interpreters) {
		print_paragraph(&terminal, "No interpreter and no pyc was found.");
		return;
	}
	if (view->advice_count) {
		print_advice(view, &terminal);
		putchar('\n');
	}
	print_rows(&terminal, cost->interpreter, cost->interpreters, false);
	print_prices(view, &terminal);
	print_reasons(view, &terminal);
	print_owners(&view->image->owners, &terminal);
	if (view->top && view->top < count)
		count = view->top;
	if (!count)
		return;
	putchar('\n');
	print_rows(&terminal, cost->package, count, true);
	if (count < cost->packages)
		printf("  ... and %s more (-n 0: all)\n",
		       human_count((int64_t)(cost->packages - count)).s);
}
