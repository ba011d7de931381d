/* SPDX-License-Identifier: MIT */
/*
 * See launch_report.h.
 */
#include "launch/launch_report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/suggest.h"
#include "common/util.h"
#include "launch/launch_environment.h"
#include "launch/launch_variables.h"

#define PREFIX "PYCSHIM_"

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
		if (*line != '\t') /* that would be an object which the loader found */
			report_add(report, title, "%s", line);
}

/* Report a variable that is like none of ours, with the list of ours. */
static void add_unlike(FILE *report, const char *name)
{
	char *all = NULL;
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++)
		all = enlist(all, variables[i].name);
	report_add(report, "note", "%s is no variable of pycshim's; these are: %s", name,
		   all);
	free(all);
}

/* Report an unknown variable.  Its prefix is right, so only the rest is compared. */
static void add_unknown(FILE *report, const char *name)
{
	struct suggestion suggestion;
	size_t i;

	suggest_begin(&suggestion, name + strlen(PREFIX));
	for (i = 0; i < VARIABLE_COUNT; i++)
		suggest_offer(&suggestion, variables[i].name + strlen(PREFIX));
	if (suggestion.best)
		report_add(report, "note",
			   "%s is no variable of pycshim's: did you mean " PREFIX "%s?",
			   name, suggestion.best);
	else
		add_unlike(report, name);
}

void report_add_unknown_variables(FILE *report)
{
	char *name, **variable;

	for (variable = environ; *variable; variable++) {
		if (strncmp(*variable, PREFIX, strlen(PREFIX)) != 0)
			continue;
		name = xasprintf("%.*s", (int)strcspn(*variable, "="), *variable);
		if (!environment_is_known(name))
			add_unknown(report, name);
		free(name);
	}
}
