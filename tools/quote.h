/*
 * Words as a shell takes them.  Used by launcher and reader; pure but for memory.
 */
#ifndef PYCSHIM_QUOTE_H
#define PYCSHIM_QUOTE_H

#include "attributes.h"

/*
 * The word as it is typed in a shell: as it is where it has only letters, digits, what
 * is special nowhere, and characters of `plain`; else in single quotes.  The caller
 * frees it.
 */
char *quote_word(const char *word, const char *plain) MUST_CHECK NONNULL;

#endif
