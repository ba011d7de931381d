/* SPDX-License-Identifier: MIT */
/*
 * See usage.h.
 */
#include "common/usage.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"

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

/* Is `value` the letter or number of one of the options? */
static bool is_option(int value, const struct option *longs)
{
	for (; longs->name; longs++)
		if (longs->val == value)
			return true;
	return false;
}

/* List the options that begin with the word: "'--one', '--other'"; NULL: none does. */
static char *list_candidates(const char *word, const struct option *longs)
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
	if (optopt && is_option(optopt, longs))
		usage_error("option '%s' takes no value", word);
	if (optopt) /* a letter inside a word, so `word` is not the right one */
		usage_error("unknown option '-%c'", optopt);
	list = list_candidates(word + 2, longs);
	if (list)
		usage_error("option '%s' is ambiguous: %s", word, list);
	usage_error("unknown option '%s'", word);
}
