/*
 * Words as a shell takes them.  Used by launcher and reader; pure but for memory.
 */
#ifndef PYCSHIM_QUOTE_H
#define PYCSHIM_QUOTE_H

#include "attributes.h"

/*
 * The word as it is typed in a shell: as it is where it has only letters, digits, what
 * is special nowhere, and characters of `plain`; else in single quotes, or in $'...' where
 * it has control characters or others that cannot be printed, such as a line's end.  What
 * comes is one line that can be printed, and pasted.  The caller frees it.
 */
char *quote_word(const char *word, const char *plain) MUST_CHECK NONNULL;

/* The same of a path that is an operand: no dash begins it.  The caller frees it. */
char *quote_path(const char *path) MUST_CHECK NONNULL;

/*
 * The same as quote_word(), always in single quotes, for those that know no others
 * (unit files, Dockerfiles).  The caller frees it.
 */
char *quote_value(const char *value, const char *plain) MUST_CHECK NONNULL;

#endif
