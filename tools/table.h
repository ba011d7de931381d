/*
 * A table of text that fits its terminal: numbers to the right, columns that say nothing
 * or matter less are left out where it is narrow, and one column takes what room there is.
 * Used by the commands; pure.
 */
#ifndef PYCSHIM_TABLE_H
#define PYCSHIM_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "terminal.h"

enum table_kind {
	TABLE_NUMBER, /* aligned to the right */
	TABLE_WORD,   /* to the left; cut only where it is very long */
	TABLE_PATH,   /* takes the room that is left, cut at its beginning */
	TABLE_TEXT,   /* the same, goes on in the next lines, cut at its end */
};

struct table_column {
	const char *title;
	enum table_kind kind;
	unsigned spare; /* 0: always shown; else the highest is left out first */
};

#define TABLE_COLUMNS_MAX 16
struct table {
	const struct table_column *columns;
	size_t columns_count;
	const struct terminal *terminal;
	char **cells; /* row by row, clean */
	size_t cells_count, capacity;
	unsigned lines; /* that a TABLE_TEXT may take; it is the last column */
};

void table_begin(struct table *table, const struct terminal *terminal,
		 const struct table_column *columns, size_t columns_count) NONNULL;

/* The next cell, copied.  Rows are filled from left to right. */
void table_cell(struct table *table, const char *text) NONNULL;

/* The next cell, a count: nothing much to look at where it is 0. */
void table_count(struct table *table, int64_t count) NONNULL;

/* Print it, each line indented, and free it. */
void table_end(struct table *table, size_t indent) NONNULL;

#endif
