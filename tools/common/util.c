/* SPDX-License-Identifier: MIT */
/*
 * See util.h.
 */
#include "common/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/escape.h"

const char *program_name = "pycshim";
int failure_status = EXIT_FAILURE;

/* Messages hold untrusted paths and words; escaping keeps each message on one line. */
static PRINTF_LIKE(1, 0) void print_message(const char *format, va_list arguments)
{
	char *text, *safe = NULL;

	fflush(stdout); /* keeps the order where both streams go to the same place */
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	if (text)
		safe = escape_text(text, escape_wants_ascii(STDERR_FILENO));
	fprintf(stderr, "%s: %s\n", program_name, safe ? safe : "out of memory");
	free(text);
	free(safe);
}

void die(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
	exit(status);
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_message(format, arguments);
	va_end(arguments);
}

static void *memory_or_die(void *memory)
{
	if (!memory)
		die(failure_status, "out of memory");
	return memory;
}

void *xmalloc(size_t bytes)
{
	return memory_or_die(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t count, size_t bytes)
{
	return memory_or_die(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *xrealloc(void *old, size_t bytes)
{
	return memory_or_die(realloc(old, bytes ? bytes : 1));
}

char *xstrdup(const char *string)
{
	return memory_or_die(strdup(string));
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return memory_or_die(length < 0 ? NULL : text);
}

char *enlist(char *list, const char *item)
{
	char *longer = list ? xasprintf("%s, %s", list, item) : xstrdup(item);

	free(list);
	return longer;
}

uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
