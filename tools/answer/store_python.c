/* SPDX-License-Identifier: MIT */
/*
 * See store_python.h.
 */
#include "answer/store_python.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/python_child.h"
#include "answer/store_script.h"
#include "common/util.h"

/* One interpreter, or the knowledge that there is none for a tag. */
struct store_python {
	struct store_python *next;
	char tag[STORE_TAG_MAX + 1]; /* without an optimisation */
	uint32_t magic;
	struct python_child child; /* its pid is 0: there is none */
};

struct store_pythons {
	const char *named;
	struct store_python *first;
};

/* Start the program at `path`, if it is an interpreter of this tag and magic number. */
static bool python_try(struct store_python *python, const char *path)
{
	char line[STORE_WHY_BYTES], *wanted;
	uint64_t end_ns = python_child_deadline();
	bool right;

	if (!python_child_start(&python->child,
				&(struct python_program){path, store_script, -1}))
		return false;
	wanted = xasprintf("%s %u", python->tag, python->magic);
	right = python_child_answer(&python->child, line, sizeof(line), end_ns) &&
		strcmp(line, wanted) == 0;
	free(wanted);
	if (!right)
		python_child_end(&python->child);
	return right;
}

/* cpython-312 is python3.12, pypy39 is pypy3.9. */
static char *python_name(const char *tag)
{
	bool pypy = strncmp(tag, "pypy", 4) == 0;
	const char *digits = tag + strcspn(tag, "0123456789");

	if (!*digits)
		return xstrdup(tag);
	return xasprintf("%s%c.%s", pypy ? "pypy" : "python", *digits, digits + 1);
}

static void python_find(struct store_python *python, const char *named)
{
	const char *const others[] = {"python3", "python", "pypy3", "pypy"};
	char *name;
	size_t i;

	if (named) {
		(void)!python_try(python, named);
		return;
	}
	name = python_name(python->tag);
	if (!python_try(python, name))
		for (i = 0; i < ARRAY_SIZE(others) && !python->child.pid; i++)
			(void)!python_try(python, others[i]);
	free(name);
}

/* The interpreter for this tag without an optimisation. */
static struct store_python *pythons_get(struct store_pythons *pythons, const char *tag,
					uint32_t magic)
{
	struct store_python *python;

	for (python = pythons->first; python; python = python->next)
		if (python->magic == magic && strcmp(python->tag, tag) == 0)
			return python;
	python = xcalloc(1, sizeof(*python));
	snprintf(python->tag, sizeof(python->tag), "%s", tag);
	python->magic = magic;
	python->next = pythons->first;
	pythons->first = python;
	python_find(python, pythons->named);
	return python;
}

struct store_pythons *store_pythons_begin(const char *named)
{
	struct store_pythons *pythons = xcalloc(1, sizeof(*pythons));

	pythons->named = named;
	signal(SIGPIPE, SIG_IGN); /* an interpreter that ended is an error of write() */
	return pythons;
}

void store_pythons_end(struct store_pythons *pythons)
{
	struct store_python *python, *next;

	for (python = pythons->first; python; python = next) {
		next = python->next;
		python_child_end(&python->child);
		free(python);
	}
	free(pythons);
	signal(SIGPIPE, SIG_DFL);
}

/* Split "cpython-312.opt-2" into the tag and 2; without an optimisation it is 0. */
static uint32_t split_tag(char tag[STORE_TAG_MAX + 1], const char *full)
{
	const char *end = strstr(full, ".opt-");
	size_t length = end ? (size_t)(end - full) : strlen(full);

	if (length > STORE_TAG_MAX)
		length = STORE_TAG_MAX;
	memcpy(tag, full, length);
	tag[length] = '\0';
	return end ? (uint32_t)strtoul(end + 5, NULL, 10) : 0;
}

enum store_comparison store_pythons_compare(struct store_pythons *pythons,
					    const struct store_entry *entry,
					    const void *source, size_t source_bytes,
					    char why[STORE_WHY_BYTES])
{
	char tag[STORE_TAG_MAX + 1], line[STORE_WHY_BYTES];
	uint32_t head[3] = {split_tag(tag, entry->key.tag), (uint32_t)source_bytes,
			    (uint32_t)entry->code_bytes};
	struct store_python *python = pythons_get(pythons, tag, entry->key.magic);
	uint64_t end_ns = python_child_deadline();

	*why = '\0';
	if (!python->child.pid || head[0] > 2)
		return STORE_NO_PYTHON;
	if (python_child_send(&python->child, head, sizeof(head), end_ns) &&
	    python_child_send(&python->child, source, source_bytes, end_ns) &&
	    python_child_send(&python->child, store_entry_code(entry), entry->code_bytes,
			      end_ns) &&
	    python_child_answer(&python->child, line, sizeof(line), end_ns)) {
		if (strcmp(line, "same") == 0)
			return STORE_SAME;
		if (strncmp(line, "differs ", 8) == 0) {
			snprintf(why, STORE_WHY_BYTES, "%s", line + 8);
			return STORE_DIFFERS;
		}
	}
	snprintf(why, STORE_WHY_BYTES, "the interpreter ended, or took too long");
	python_child_end(&python->child);
	python_find(python, pythons->named); /* for the next entry */
	return STORE_UNKNOWN;
}
