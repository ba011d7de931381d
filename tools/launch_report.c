/*
 * See launch_report.h.  Runs in the launcher only.
 */
#include "launch_report.h"

#include <stdarg.h>
#include <string.h>

void report_add(FILE *report, const char *title, const char *format, ...)
{
	va_list arguments;

	fprintf(report, "  %-9s ", title);
	va_start(arguments, format);
	vfprintf(report, format, arguments);
	va_end(arguments);
	fputc('\n', report);
}

void report_add_lines(FILE *report, const char *title, char *output)
{
	char *line, *rest;

	for (line = strtok_r(output, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (*line != '\t') /* the loader's list of what it has found */
			report_add(report, title, "%s", line);
}
