/* SPDX-License-Identifier: MIT */
/*
 * The lines that --check prints below its verdict.
 * Used by launch_check.c and launch_follow.c.
 */
#ifndef PYCSHIM_LAUNCH_REPORT_H
#define PYCSHIM_LAUNCH_REPORT_H

#include <stdio.h>

#include "attributes.h"

/* Add a line with a title such as "why" or "hint". */
void report_add(FILE *report, const char *title, const char *format, ...)
	PRINTF_LIKE(3, 4);

/*
 * Add the lines of a program's output, without those in which the loader lists what it
 * found.  Changes `output`.
 */
void report_add_lines(FILE *report, const char *title, char *output) NONNULL;

/* Add a note for each PYCSHIM_* variable in the environment that pycshim does not know. */
void report_add_unknown_variables(FILE *report) NONNULL;

#endif
