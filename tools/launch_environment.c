/*
 * See launch_environment.h.  Runs in the launcher only.
 */
#include "launch_environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch_preload.h"
#include "quote.h"
#include "util.h"

/* Left by an outer run: the library's mark on what a Python started, and --check's. */
static const char *const internal[] = {"PYCSHIM_INHERITED", "PYCSHIM_CHECK"};

static void set(const char *name, const char *value)
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
	set("LD_PRELOAD", list);
	free(list);
	free(first);
	for (i = 0; i < VARIABLE_COUNT; i++)
		if (options->value[i])
			set(variables[i].name, options->value[i]);
	for (i = 0; i < ARRAY_SIZE(internal); i++)
		unsetenv(internal[i]);
}

/*
 * Most values need no quotes and get none: `export $(pycshim --print-env)` splits
 * words but removes no quotes.  Others are in single quotes, in which none of the
 * three readers expands anything.  Globs are not expanded in an assignment.
 */
char *environment_quote(const char *value)
{
	return *value ? quote_value(value, "*?[]^{}") : xstrdup("");
}

static void print(const char *name, const char *value)
{
	char *quoted = environment_quote(value);

	printf("%s=%s\n", name, quoted);
	free(quoted);
}

void environment_print(const struct launch_options *options, const char *library)
{
	char *list = preload_merge(getenv("LD_PRELOAD"), library);
	size_t i;

	print("LD_PRELOAD", list);
	free(list);
	for (i = 0; i < VARIABLE_COUNT; i++)
		if (options->value[i])
			print(variables[i].name, options->value[i]);
}
