/* SPDX-License-Identifier: MIT */
/*
 * Makes untrusted text safe to print.  Paths, command lines and names are bytes that
 * anybody may have chosen.  Characters that would control the terminal, or change the
 * direction of the text around them, are replaced by an escape sequence such as \x1b.
 * terminal.c uses it for output, util.c for messages.  Pure, except for
 * escape_wants_ascii().
 */
#ifndef PYCSHIM_ESCAPE_H
#define PYCSHIM_ESCAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

/*
 * Must this character be escaped?  True for control characters (C0, DEL, C1), for bytes
 * that are not UTF-8 (UTF8_INVALID), and for Unicode's line separators, direction controls
 * and invisible tags.
 */
bool escape_is_needed(uint32_t point) MUST_CHECK;

/* The most bytes that escape_point() writes for one byte of the text. */
#define ESCAPE_GROWTH 4

/*
 * Write the escape sequence of the character at `at` to `to`: \n, \x1b, \u202e,
 * \U000e0001, or \x9b for a byte that is not UTF-8.  Returns a pointer to the NUL that ends
 * it.
 */
char *escape_point(char *to, const unsigned char *at, uint32_t point) NONNULL;

/*
 * Return a copy that is safe to print, which the caller frees; NULL when out of memory.
 * With `ascii` everything that is not ASCII is escaped, too.
 */
char *escape_text(const char *text, bool ascii) MUST_CHECK NONNULL;

/*
 * Must all text for this descriptor be ASCII?  True for a terminal whose locale is not
 * UTF-8: it could take bytes of UTF-8 for control characters.  Pipes and files get names
 * unchanged.
 */
bool escape_wants_ascii(int fd) MUST_CHECK;

#endif
