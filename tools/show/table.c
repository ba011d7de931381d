/* SPDX-License-Identifier: MIT */
/*
 * See table.h.
 */
#include "show/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/util.h"

#define GAP 2		   /* blanks between two columns */
#define FLEXIBLE_WANTED 36 /* the width that a flexible column should have at least */
#define CELL_MAX 100	   /* a longer word is cut, and does not widen its column */

/* How a table is printed. */
struct layout {
	size_t width[TABLE_COLUMNS_MAX];
	bool hidden[TABLE_COLUMNS_MAX];
	bool idle[TABLE_COLUMNS_MAX]; /* all its cells are "-" */
};

void table_begin(struct table *table, const struct terminal *terminal,
		 const struct table_column *columns, size_t columns_count)
{
	*table = (struct table){
		.columns = columns,
		.columns_count = columns_count,
		.terminal = terminal,
		.lines = 1,
	};
}

void table_cell(struct table *table, const char *text)
{
	if (table->cells_count == table->capacity) {
		table->capacity = table->capacity * 2 + TABLE_COLUMNS_MAX;
		table->cells = xrealloc(table->cells,
					table->capacity * sizeof(*table->cells));
	}
	table->cells[table->cells_count++] = terminal_clean(table->terminal, text);
}

void table_count(struct table *table, int64_t count)
{
	table_cell(table, count ? human_count(count).s : "-");
}

static bool is_flexible(const struct table *table, size_t column)
{
	return table->columns[column].kind >= TABLE_PATH;
}

static void measure(const struct table *table, struct layout *layout)
{
	size_t i, column, width;

	for (column = 0; column < table->columns_count; column++) {
		layout->width[column] = strlen(table->columns[column].title);
		layout->idle[column] = true;
	}
	for (i = 0; table->columns_count && i < table->cells_count; i++) {
		column = i % table->columns_count;
		width = terminal_width(table->terminal, table->cells[i]);
		if (!is_flexible(table, column) && width > CELL_MAX)
			width = CELL_MAX;
		if (width > layout->width[column])
			layout->width[column] = width;
		layout->idle[column] &= strcmp(table->cells[i], "-") == 0;
	}
}

/* The width of all shown columns, with at most FLEXIBLE_WANTED for flexible ones. */
static size_t least_width(const struct table *table, const struct layout *layout)
{
	size_t column, sum = 0, width;

	for (column = 0; column < table->columns_count; column++) {
		if (layout->hidden[column])
			continue;
		width = layout->width[column];
		if (is_flexible(table, column) && width > FLEXIBLE_WANTED)
			width = FLEXIBLE_WANTED;
		sum += width + (sum ? GAP : 0);
	}
	return sum;
}

/* How readily a column is hidden: the highest first; 0: never.  Idle ones come before. */
static unsigned spare_rank(const struct table *table, const struct layout *layout,
			   size_t column)
{
	unsigned spare = table->columns[column].spare;

	return layout->hidden[column] || !spare ? 0
	       : layout->idle[column]		? spare + TABLE_COLUMNS_MAX
						: spare;
}

/* Hide the least important column.  Returns false if none may be hidden. */
static bool hide_one(const struct table *table, struct layout *layout)
{
	size_t column, least = 0;

	for (column = 1; column < table->columns_count; column++)
		if (spare_rank(table, layout, column) > spare_rank(table, layout, least))
			least = column;
	if (!spare_rank(table, layout, least))
		return false;
	layout->hidden[least] = true;
	return true;
}

static void fit(const struct table *table, struct layout *layout, size_t room)
{
	size_t column, least, whole, others;

	while (least_width(table, layout) > room && hide_one(table, layout))
		;
	least = least_width(table, layout);
	for (column = 0; column < table->columns_count; column++) {
		if (!is_flexible(table, column))
			continue;
		whole = layout->width[column];
		others = least - (whole < FLEXIBLE_WANTED ? whole : FLEXIBLE_WANTED);
		layout->width[column] = room > others + 1 ? room - others : 1;
		if (layout->width[column] > whole)
			layout->width[column] = whole;
	}
}

/* Print all lines of a long text except the last one, and return that. */
static const char *print_lines(const struct table *table, const struct layout *layout,
			       size_t column, size_t indent, const char *text)
{
	size_t width = layout->width[column], length;
	unsigned line;

	for (line = 1; line < table->lines; line++) {
		length = terminal_line(table->terminal, text, width);
		if (!text[length])
			break;
		fprintf(table->terminal->out, "%.*s\n%*s", (int)length, text, (int)indent,
			"");
		text += length;
		text += strspn(text, " ");
	}
	return text;
}

static void print_cell(const struct table *table, const struct layout *layout,
		       size_t column, const char *text)
{
	bool last = column + 1 == table->columns_count;
	enum table_kind kind = table->columns[column].kind;
	FILE *out = table->terminal->out;
	size_t width = layout->width[column], used;
	char *cut = kind == TABLE_PATH ? terminal_cut_left(table->terminal, text, width)
				       : terminal_cut_right(table->terminal, text, width);

	used = terminal_width(table->terminal, cut);
	if (kind == TABLE_NUMBER)
		fprintf(out, "%*s%s", (int)(width - used), "", cut);
	else if (last)
		fputs(cut, out);
	else
		fprintf(out, "%s%*s", cut, (int)(width - used), "");
	free(cut);
}

/* Print a row of cells, or of titles if `cells` is NULL. */
static void print_row(const struct table *table, const struct layout *layout,
		      size_t indent, char *const *cells)
{
	FILE *out = table->terminal->out;
	size_t column, at = indent;
	const char *text;

	fprintf(out, "%*s%s", (int)indent, "",
		cells ? "" : terminal_colour(table->terminal, COLOUR_DIM));
	for (column = 0; column < table->columns_count; column++) {
		if (layout->hidden[column])
			continue;
		fprintf(out, "%*s", at > indent ? GAP : 0, "");
		at += at > indent ? GAP : 0;
		text = cells ? cells[column] : table->columns[column].title;
		if (table->columns[column].kind == TABLE_TEXT)
			text = print_lines(table, layout, column, at, text);
		print_cell(table, layout, column, text);
		at += layout->width[column];
	}
	fprintf(out, "%s\n", cells ? "" : terminal_colour(table->terminal, COLOUR_PLAIN));
}

void table_end(struct table *table, size_t indent)
{
	size_t columns = table->terminal->columns, i;
	struct layout layout = {{0}, {0}, {0}};

	measure(table, &layout);
	if (columns)
		fit(table, &layout, columns > indent ? columns - indent : 0);
	print_row(table, &layout, indent, NULL);
	for (i = 0; i + table->columns_count <= table->cells_count;
	     i += table->columns_count)
		print_row(table, &layout, indent, table->cells + i);
	for (i = 0; i < table->cells_count; i++)
		free(table->cells[i]);
	free(table->cells);
}
