/*
 * See launch_unknown.h.  Runs in the launcher only.
 */
#include "launch_unknown.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch_environment.h"
#include "launch_report.h"
#include "launch_variables.h"
#include "suggest.h"
#include "util.h"

#define PREFIX "PYCSHIM_"

static void add_all(FILE *report, const char *name)
{
	char *all = NULL;
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++)
		all = enlist(all, variables[i].name);
	report_add(report, "note", "%s is no variable of pycshim's; these are: %s", name,
		   all);
	free(all);
}

/* What may be meant; the prefix is right, and no part of the slip. */
static void add(FILE *report, const char *name)
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
		add_all(report, name);
}

void unknown_variables_report(FILE *report)
{
	char *name, **variable;

	for (variable = environ; *variable; variable++) {
		if (strncmp(*variable, PREFIX, strlen(PREFIX)) != 0)
			continue;
		name = xasprintf("%.*s", (int)strcspn(*variable, "="), *variable);
		if (!environment_is_known(name))
			add(report, name);
		free(name);
	}
}
