/*
 * What the reader of our text can show, and text made fit for it: paths are bytes that
 * anyone chose, so what escape.h names never reaches a terminal.
 * Used by table.c and the commands; pure but for terminal_find().
 */
#ifndef PYCSHIM_TERMINAL_H
#define PYCSHIM_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "attributes.h"

struct terminal {
	FILE *out;
	bool colour;
	bool utf8;	/* it shows more than ASCII: our own signs are more, too */
	bool names;	/* it takes names as they are, in UTF-8 */
	size_t columns; /* 0: no limit, it is a pipe or a file */
};

enum colour {
	COLOUR_PLAIN,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_BAD,
	COLOUR_WARN,
	COLOUR_GOOD
};

/* Look at `out`, NO_COLOR, TERM, COLUMNS and the locale. */
struct terminal terminal_find(FILE *out) NONNULL;

/* The escape sequence that begins a colour (PLAIN: ends it); "" where there is none. */
const char *terminal_colour(const struct terminal *terminal, enum colour colour) NONNULL;

/* A copy that is safe to print: see escape.h.  The caller frees it. */
char *terminal_clean(const struct terminal *terminal,
		     const char *text) MUST_CHECK NONNULL;

/* Columns that a clean text takes. */
size_t terminal_width(const struct terminal *terminal, const char *clean) NONNULL;

/* Shorten a clean text to `width` columns in place of its beginning, or of its end. */
char *terminal_cut_left(const struct terminal *terminal, const char *clean,
			size_t width) MUST_CHECK NONNULL;
char *terminal_cut_right(const struct terminal *terminal, const char *clean,
			 size_t width) MUST_CHECK NONNULL;

/*
 * How many bytes of a clean text make a line of at most `width` columns: up to its last
 * blank, or right there where no word ends.  1 at least, of a text that is not empty.
 */
size_t terminal_line(const struct terminal *terminal, const char *clean,
		     size_t width) NONNULL;

/* Print words in lines that fit, each indented; the first line has `used` columns. */
void terminal_wrap(const struct terminal *terminal, const char *clean, size_t indent,
		   size_t used) NONNULL;

#endif
