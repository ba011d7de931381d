/*
 * Wrong usage, told alike by launcher and reader: what is mistaken, then where to read
 * on, and status 64.
 */
#ifndef PYCSHIM_USAGE_H
#define PYCSHIM_USAGE_H

#include <getopt.h>

#include "attributes.h"

/* Say what is wrong, and end the program. */
void usage_error(const char *format, ...) NORETURN PRINTF_LIKE(1, 2);

/*
 * The same of an option that getopt_long() refused: `result` is what it returned, '?' or
 * ':', and `longs` the options that it knows, short ones too by their letters.
 */
void usage_option_error(int result, char *const *argv,
			const struct option *longs) NORETURN NONNULL;

#endif
