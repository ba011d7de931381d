/*
 * See usage.h.  Runs in the tools only.
 */
#include "usage.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

void usage_error(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		die(failure_status, "out of memory");
	va_end(arguments);
	warn("%s", text);
	free(text);
	fprintf(stderr, "Try '%s --help'.\n", program_name);
	exit(EXIT_USAGE);
}

/* Is that the letter or number of an option? */
static bool is_known(int value, const struct option *longs)
{
	for (; longs->name; longs++)
		if (longs->val == value)
			return true;
	return false;
}

/* The options that begin with the word, as "'--one', '--other'"; NULL: none does. */
static char *candidates(const char *word, const struct option *longs)
{
	size_t length = strcspn(word, "=");
	char *list = NULL, *option;

	for (; longs->name; longs++) {
		if (strncmp(longs->name, word, length) != 0)
			continue;
		option = xasprintf("'--%s'", longs->name);
		list = enlist(list, option);
		free(option);
	}
	return list;
}

void usage_option_error(int result, char *const *argv, const struct option *longs)
{
	const char *word = argv[optind - 1];
	bool is_long = strncmp(word, "--", 2) == 0;
	char *list;

	if (result == ':' && is_long)
		usage_error("option '%s' needs a value", word);
	if (result == ':')
		usage_error("option '-%c' needs a value", optopt);
	if (optopt && is_known(optopt, longs))
		usage_error("option '%s' takes no value", word);
	if (optopt) /* in the middle of a word, which is argv[optind] then */
		usage_error("unknown option '-%c'", optopt);
	list = candidates(word + 2, longs);
	if (list)
		usage_error("option '%s' is ambiguous: %s", word, list);
	usage_error("unknown option '%s'", word);
}
