/* SPDX-License-Identifier: MIT */
/*
 * Quotes words for a shell.  Used by both tools; pure, except that it allocates.
 */
#ifndef PYCSHIM_QUOTE_H
#define PYCSHIM_QUOTE_H

#include "attributes.h"

/*
 * Return the word as it is typed in a shell.  It stays as it is if all its characters are
 * letters, digits, punctuation that is never special, or listed in `plain`.  Otherwise it
 * is put in single quotes, or in $'...' if a character cannot be printed.  The result is
 * one line that is safe to print and to paste.  The caller frees it.
 */
char *quote_word(const char *word, const char *plain) MUST_CHECK NONNULL;

/* Quote a path that is an operand: a leading dash gets ./ before it.  The caller frees. */
char *quote_path(const char *path) MUST_CHECK NONNULL;

/*
 * As quote_word(), but never $'...', which unit files and Dockerfiles do not know.  The
 * caller frees it.
 */
char *quote_value(const char *value, const char *plain) MUST_CHECK NONNULL;

#endif
