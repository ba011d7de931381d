/* SPDX-License-Identifier: MIT */
/*
 * What both tools need: messages in one form, and allocation that ends the program instead
 * of failing.
 *
 * The folder tools/common/ owns what launcher and reader share.  It runs in these two
 * programs, each of which has one thread, and never in a host program.  It includes
 * include/ and no other folder.
 */
#ifndef PYCSHIM_UTIL_H
#define PYCSHIM_UTIL_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/* Wrong usage of either tool: EX_USAGE of sysexits.h. */
#define EXIT_USAGE 64

/* The launcher's other failures, as env(1), nice(1) and timeout(1) have them. */
#define EXIT_LAUNCHER 125
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

/* "pycstat" or "pycshim": every message begins with it.  main() of pycstat sets it. */
extern const char *program_name;

/* The exit status when out of memory: 1, unless main() sets another. */
extern int failure_status;

/* Print "PROGRAM: MESSAGE" on standard error and exit with `status`. */
void die(int status, const char *format, ...) NORETURN PRINTF_LIKE(2, 3);

/* Print "PROGRAM: MESSAGE" on standard error. */
void warn(const char *format, ...) PRINTF_LIKE(1, 2);

/* malloc() and its like, which end the program instead of failing. */
void *xmalloc(size_t bytes) MUST_CHECK;
void *xcalloc(size_t count, size_t bytes) MUST_CHECK;
void *xrealloc(void *old, size_t bytes) MUST_CHECK;
char *xstrdup(const char *string) MUST_CHECK NONNULL;
char *xasprintf(const char *format, ...) MUST_CHECK PRINTF_LIKE(1, 2);

/* Append an item to a list such as "one, two".  Frees `list` (NULL: empty), returns a new
 * one, which the caller frees. */
char *enlist(char *list, const char *item) MUST_CHECK NONNULL_ARGS(2);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t monotonic_ns(void) MUST_CHECK;

#endif
