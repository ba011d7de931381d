/* SPDX-License-Identifier: MIT */
/*
 * See image_advice.h.
 */
#include "answer/image_advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/quote.h"
#include "common/util.h"

/* The interpreter as the command names it: its path, or else its usual name. */
static char *python_word(const struct image_row *row)
{
	unsigned major, minor;

	if (row->executable)
		return quote_path(row->executable);
	if (sscanf(row->tag, "cpython-%1u%u", &major, &minor) == 2)
		return xasprintf("python%u.%u", major, minor);
	if (sscanf(row->tag, "pypy%1u%u", &major, &minor) == 2)
		return xasprintf("pypy%u.%u", major, minor);
	return quote_path(row->tag);
}

/* compileall has --invalidation-mode since 3.7. */
static bool has_hash_pycs(const char *tag)
{
	unsigned minor;

	if (sscanf(tag, "cpython-3%u", &minor) == 1)
		return minor > 6;
	return sscanf(tag, "pypy3%u", &minor) == 1 && minor > 6;
}

static bool needs_compiling(const struct image_row *row, const char *tag)
{
	return strcmp(row->tag, tag) == 0 && row->missing + row->pycs.stale;
}

/* Is the directory below one that the command names anyway? */
static bool is_named_above(const struct image_cost *cost, const struct image_row *row)
{
	const char *directory = row->package->directory, *other;
	size_t i, length;

	for (i = 0; i < cost->packages; i++) {
		other = cost->package[i].package->directory;
		length = strlen(other);
		if (needs_compiling(&cost->package[i], row->tag) &&
		    strncmp(directory, other, length) == 0 && directory[length] == '/')
			return true;
	}
	return false;
}

/*
 * compileall of the directories in which this interpreter lacks valid pycs.  Without -f it
 * looks at the header alone and keeps a pyc whose code is cut short.
 */
static char *compileall_command(const struct image_cost *cost,
				const struct image_row *row, bool timeless)
{
	char *python = python_word(row), *command, *longer, *path;
	size_t i;

	command = xasprintf("%s -m compileall -q%s", python,
			    timeless && has_hash_pycs(row->tag)
				    ? " -f --invalidation-mode unchecked-hash"
			    : timeless || row->pycs.damaged ? " -f"
							    : "");
	free(python);
	for (i = 0; i < cost->packages; i++) {
		if (!needs_compiling(&cost->package[i], row->tag) ||
		    is_named_above(cost, &cost->package[i]))
			continue;
		path = quote_path(cost->package[i].package->directory);
		longer = xasprintf("%s %s", command, path);
		free(path);
		free(command);
		command = longer;
	}
	return command;
}

static void add(struct image_advice **advice, size_t *count, struct image_advice item)
{
	*advice = xrealloc(*advice, (*count + 1) * sizeof(**advice));
	(*advice)[(*count)++] = item;
}

/* Advise to compile what has no valid pyc, where the times are reset or where not. */
static void add_compiling(struct image_advice **advice, size_t *count,
			  const struct image_cost *cost, bool reset)
{
	const struct image_row *row;
	size_t i;

	for (i = 0; i < cost->interpreters; i++) {
		row = &cost->interpreter[i];
		if (!(row->missing + row->pycs.stale) || (row->reset > 0) != reset)
			continue;
		add(advice, count,
		    (struct image_advice){reset ? "reset_times" : "compileall",
					  compileall_command(cost, row, reset), row,
					  row->compile_ns, row->added_bytes});
	}
}

size_t image_advise(const struct image_cost *cost, struct image_advice **advice)
{
	const struct image_row *row;
	size_t count = 0, i;

	*advice = NULL;
	add_compiling(advice, &count, cost, true);
	add_compiling(advice, &count, cost, false);
	for (i = 0; i < cost->interpreters; i++) {
		row = &cost->interpreter[i];
		if (row->pycs.bytes)
			add(advice, &count,
			    (struct image_advice){"without", NULL, row,
						  row->compile_ns - row->all_ns,
						  -row->pycs.disk_bytes});
	}
	return count;
}

void image_advice_free(struct image_advice *advice, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(advice[i].command);
	free(advice);
}
