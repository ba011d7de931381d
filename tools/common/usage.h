/* SPDX-License-Identifier: MIT */
/*
 * Errors of usage, reported alike by both tools: a message, a hint at --help, and exit
 * status 64.
 */
#ifndef PYCSHIM_USAGE_H
#define PYCSHIM_USAGE_H

#include <getopt.h>

#include "attributes.h"

/* Print the message and the hint, and exit. */
void usage_error(const char *format, ...) NORETURN PRINTF_LIKE(1, 2);

/*
 * The same for an option that getopt_long() refused.  `result` is what it returned, '?' or
 * ':'; `longs` are the known options, in which `val` is the letter of the short option.
 */
void usage_option_error(int result, char *const *argv,
			const struct option *longs) NORETURN NONNULL;

#endif
