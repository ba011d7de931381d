/*
 * Text that anyone chose, made fit to be shown: paths, command lines and names are bytes,
 * and what would command a terminal, or turn the order of what stands beside it, is
 * written out instead.
 * Used by terminal.c for what is printed, and by util.c for messages.  Pure but for
 * escape_wants_ascii().
 */
#ifndef PYCSHIM_ESCAPE_H
#define PYCSHIM_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/*
 * Must this character be written out?  Control characters (C0, DEL, C1), bytes that are
 * no UTF-8 (UTF8_INVALID), separators of lines, and what turns the direction of text.
 */
bool escape_is_needed(uint32_t point) MUST_CHECK;

/* The longest that escape_point() writes, with its NUL, for each byte of the text. */
#define ESCAPE_GROWTH 4

/*
 * Write the character that begins at `at` out: \n, \x1b, \x9b of a byte that is no UTF-8,
 * \u202e, \U000e0001.  Returns the end of what was written, where a NUL is.
 */
char *escape_point(char *to, const unsigned char *at, uint32_t point) NONNULL;

/*
 * A copy that is safe to print; `ascii`: all but ASCII is written out, too.  NULL: out of
 * memory, which util.c says.  The caller frees it.
 */
char *escape_text(const char *text, bool ascii) MUST_CHECK NONNULL;

/*
 * Does this descriptor's reader take nothing but ASCII?  A terminal of another character
 * set would take the bytes of UTF-8 for control characters; a pipe or a file takes names
 * as they are.
 */
bool escape_wants_ascii(int fd) MUST_CHECK;

#endif
