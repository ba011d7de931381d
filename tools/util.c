/*
 * See util.h.  Runs in the tools only.
 */
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"

const char *program_name = "pycshim";
int failure_status = EXIT_FAILURE;

/* A message names paths and words that anyone chose; it stays one line all the same. */
static PRINTF_LIKE(1, 0) void message(const char *format, va_list arguments)
{
	char *text, *safe = NULL;

	fflush(stdout); /* keep the order where both go to one place */
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
	message(format, arguments);
	va_end(arguments);
	exit(status);
}

void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(format, arguments);
	va_end(arguments);
}

static void *must(void *memory)
{
	if (!memory)
		die(failure_status, "out of memory");
	return memory;
}

void *xmalloc(size_t bytes)
{
	return must(malloc(bytes ? bytes : 1));
}

void *xcalloc(size_t count, size_t bytes)
{
	return must(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *xrealloc(void *old, size_t bytes)
{
	return must(realloc(old, bytes ? bytes : 1));
}

char *xstrdup(const char *string)
{
	return must(strdup(string));
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return must(length < 0 ? NULL : text);
}

char *enlist(char *list, const char *item)
{
	char *longer = list ? xasprintf("%s, %s", list, item) : xstrdup(item);

	free(list);
	return longer;
}
