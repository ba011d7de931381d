/* SPDX-License-Identifier: MIT */
/*
 * Prints a table that fits the terminal.  On a narrow one, columns without values and less
 * important ones are left out; flexible columns take the room that is left.
 * Used by module_table.c.
 */
#ifndef PYCSHIM_TABLE_H
#define PYCSHIM_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "show/terminal.h"

enum table_kind {
	TABLE_NUMBER, /* aligned to the right */
	TABLE_WORD,   /* aligned to the left; cut only if it is very long */
	TABLE_PATH,   /* flexible; its beginning is cut off */
	TABLE_TEXT,   /* flexible; continues on the next lines, its end is cut off */
};

struct table_column {
	const char *title;
	enum table_kind kind;
	unsigned spare; /* 0: always shown; otherwise the highest is hidden first */
};

#define TABLE_COLUMNS_MAX 20
struct table {
	const struct table_column *columns;
	size_t columns_count;
	const struct terminal *terminal;
	char **cells; /* row by row, safe to print */
	size_t cells_count, capacity;
	unsigned lines; /* how many lines a TABLE_TEXT may take, in the last column */
};

void table_begin(struct table *table, const struct terminal *terminal,
		 const struct table_column *columns, size_t columns_count) NONNULL;

/* Add the next cell, from left to right and row by row.  The text is copied. */
void table_cell(struct table *table, const char *text) NONNULL;

/* The same for a count; 0 is printed as "-". */
void table_count(struct table *table, int64_t count) NONNULL;

/* Print the table with this indent, and free it. */
void table_end(struct table *table, size_t indent) NONNULL;

#endif
