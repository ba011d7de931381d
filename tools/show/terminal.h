/* SPDX-License-Identifier: MIT */
/*
 * What the terminal can show, and text made fit for it.  Paths are not trusted: what
 * escape.h lists is never printed as it is.
 * Used by the files here and the commands; pure, except for terminal_find() and output.
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
	bool utf8;	/* our own text may use characters beyond ASCII */
	bool names;	/* names may be printed in UTF-8; true for pipes and files */
	size_t columns; /* 0: no limit, because it is a pipe or a file */
};

enum colour {
	COLOUR_PLAIN,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_BAD,
	COLOUR_WARN,
	COLOUR_GOOD
};

/* When to print colours; in the order of the words of --color. */
enum terminal_colours { COLOURS_ALWAYS, COLOURS_NEVER, COLOURS_AUTO };

/* Set what terminal_find() says about colours from now on; without this, COLOURS_AUTO. */
void terminal_choose_colours(enum terminal_colours when);

/* Find out by `out`, NO_COLOR, TERM, COLUMNS and the locale. */
struct terminal terminal_find(FILE *out) NONNULL;

/* The escape sequence that begins a colour (PLAIN: ends it); "" without colours. */
const char *terminal_colour(const struct terminal *terminal, enum colour colour) NONNULL;

/* Return a copy that is safe to print ("clean"); see escape.h.  The caller frees it. */
char *terminal_clean(const struct terminal *terminal,
		     const char *text) MUST_CHECK NONNULL;

/* How many columns a clean text takes. */
size_t terminal_width(const struct terminal *terminal, const char *clean) NONNULL;

/* Cut a clean text to `width` columns, at its left or its right.  The caller frees it. */
char *terminal_cut_left(const struct terminal *terminal, const char *clean,
			size_t width) MUST_CHECK NONNULL;
char *terminal_cut_right(const struct terminal *terminal, const char *clean,
			 size_t width) MUST_CHECK NONNULL;

/*
 * How many bytes of a clean text fit on a line of `width` columns.  The line ends at a
 * blank, or within a word that is too long.  At least 1, unless the text is empty.
 */
size_t terminal_line(const struct terminal *terminal, const char *clean,
		     size_t width) NONNULL;

/*
 * Print words on lines that fit.  The first line has `used` columns already; the others are
 * indented.
 */
void terminal_wrap(const struct terminal *terminal, const char *clean, size_t indent,
		   size_t used) NONNULL;

/*
 * The same; `command` (NULL: none) is a part of the text.  Where a line ends inside it there
 * is a backslash, so that a shell takes it as it is printed.
 */
void terminal_wrap_command(const struct terminal *terminal, const char *clean,
			   const char *command, size_t indent, size_t used)
	NONNULL_ARGS(1, 2);

#endif
