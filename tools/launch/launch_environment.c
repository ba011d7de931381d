/* SPDX-License-Identifier: MIT */
/*
 * See launch_environment.h.
 */
#include "launch/launch_environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quote.h"
#include "common/util.h"
#include "launch/launch_preload.h"

/*
 * Variables that only library and launcher use, removed because an outer run may have left
 * them: the library's mark for processes that a Python started, and the one of --check.
 */
static const char *const internal[] = {"PYCSHIM_INHERITED", "PYCSHIM_CHECK"};

static void set_variable_or_die(const char *name, const char *value)
{
	if (setenv(name, value, 1) != 0)
		die(EXIT_LAUNCHER, "%s: %s", name, strerror(errno));
}

bool environment_is_known(const char *name)
{
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++)
		if (strcmp(variables[i].name, name) == 0)
			return true;
	for (i = 0; i < ARRAY_SIZE(internal); i++)
		if (strcmp(internal[i], name) == 0)
			return true;
	return false;
}

void environment_apply(const struct launch_options *options, const char *library)
{
	const char *existing = getenv("LD_PRELOAD");
	char *first = NULL, *list;
	size_t i;

	if (options->sanitizer)
		first = xasprintf("%s:%s", options->sanitizer, existing ? existing : "");
	list = preload_merge(first ? first : existing, library);
	set_variable_or_die("LD_PRELOAD", list);
	free(list);
	free(first);
	for (i = 0; i < VARIABLE_COUNT; i++)
		if (options->value[i])
			set_variable_or_die(variables[i].name, options->value[i]);
	for (i = 0; i < ARRAY_SIZE(internal); i++)
		unsetenv(internal[i]);
}

/*
 * Most values need no quotes and get none, because `export $(pycshim --print-env)` would
 * not remove them.  The others get single quotes, within which shells, Dockerfiles and unit
 * files expand nothing.  Globs need no quotes: an assignment does not expand them.
 */
char *environment_quote(const char *value)
{
	return *value ? quote_value(value, "*?[]^{}") : xstrdup("");
}

static void print_assignment(const char *name, const char *value)
{
	char *quoted = environment_quote(value);

	printf("%s=%s\n", name, quoted);
	free(quoted);
}

void environment_print(const struct launch_options *options, const char *library)
{
	char *list = preload_merge(getenv("LD_PRELOAD"), library);
	size_t i;

	print_assignment("LD_PRELOAD", list);
	free(list);
	for (i = 0; i < VARIABLE_COUNT; i++)
		if (options->value[i])
			print_assignment(variables[i].name, options->value[i]);
}
