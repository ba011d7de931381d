/*
 * What --check says below its verdict: lines with a title.
 * Used by launch_check.c and launch_follow.c.
 */
#ifndef PYCSHIM_LAUNCH_REPORT_H
#define PYCSHIM_LAUNCH_REPORT_H

#include <stdio.h>

#include "attributes.h"

/* A line, behind its title ("why", "hint"). */
void report_add(FILE *report, const char *title, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* The lines of a program's output that tell of a failure.  Changes `output`. */
void report_add_lines(FILE *report, const char *title, char *output) NONNULL;

#endif
