/*
 * What launcher and reader share: errors in one form, memory that is there or the
 * program ends.  Never used by the library.
 */
#ifndef PYCSHIM_UTIL_H
#define PYCSHIM_UTIL_H

#include <stddef.h>

#include "attributes.h"

/* sysexits.h's EX_USAGE: wrong usage, of both tools. */
#define EXIT_USAGE 64

/* The launcher's other failures: as env, nice and timeout have them. */
#define EXIT_LAUNCHER 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* "pycstat" or "pycshim": set first in main(), it begins every message. */
extern const char *program_name;

/* The status that out of memory ends with: 1, unless main() sets another. */
extern int failure_status;

/* Print "program: message" on standard error and exit with `status`. */
void die(int status, const char *format, ...) NORETURN PRINTF_LIKE(2, 3);

/* Print "program: message" on standard error. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/* malloc, realloc, strdup and asprintf that end the program instead of failing. */
void *xmalloc(size_t bytes) MUST_CHECK;
void *xcalloc(size_t count, size_t bytes) MUST_CHECK;
void *xrealloc(void *old, size_t bytes) MUST_CHECK;
char *xstrdup(const char *string) MUST_CHECK NONNULL;
char *xasprintf(const char *format, ...) MUST_CHECK PRINTF_LIKE(1, 2);

/* "one, two": the list, which is freed (NULL: an empty one), and another item. */
char *enlist(char *list, const char *item) MUST_CHECK NONNULL_ARGS(2);

#endif
