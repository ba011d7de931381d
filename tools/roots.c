/*
 * See roots.h.  Runs in pycstat.
 */
#include "roots.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "tables.h"
#include "util.h"

size_t roots_library_length(const char *source)
{
	static const char *const names[] = {"/site-packages/", "/dist-packages/"};
	/* of a Python's own: /usr/lib/python3.11/json/decoder.py */
	static const char *const own[] = {"/lib/python", "/lib/pypy"};
	const char *at;
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		at = strstr(source, names[i]);
		if (at)
			return (size_t)(at - source) + strlen(names[i]) - 1;
	}
	for (i = 0; i < ARRAY_SIZE(own); i++) {
		at = strstr(source, own[i]);
		if (!at)
			continue;
		length = (size_t)(at - source) + strlen(own[i]);
		length += strcspn(source + length, "/");
		return source[length] ? length : 0;
	}
	return 0;
}

/* The length of the directories that both are in; not of "/" alone. */
static size_t common_length(const char *a, const char *b)
{
	size_t i, common = 0;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i;
	if ((!a[i] && b[i] == '/') || (!b[i] && a[i] == '/') || (!a[i] && !b[i]))
		common = i;
	return common;
}

static bool is_library(const char *path)
{
	char *inside = xasprintf("%s/", path);
	bool library = roots_library_length(inside) == strlen(path);

	free(inside);
	return library;
}

/* May sources of both be compiled by naming what they have in common? */
static bool merge(struct root *root, const char *directory)
{
	size_t common = common_length(root->path, directory);

	if (!common || (strcmp(root->path, directory) != 0 &&
			(is_library(root->path) || is_library(directory))))
		return false;
	root->path[common] = '\0';
	return true;
}

void roots_add(struct roots *roots, const char *source, int64_t weight)
{
	size_t length = roots_library_length(source), i;
	const char *slash = strrchr(source, '/');
	char *directory;

	if (!length && slash)
		length = (size_t)(slash - source);
	if (!length)
		return;
	directory = xasprintf("%.*s", (int)length, source);
	for (i = 0; i < roots->count; i++)
		if (merge(&roots->root[i], directory))
			break;
	if (i == roots->count && i < ROOTS_MAX) {
		roots->root[i].path = xstrdup(directory);
		roots->root[i].weight = 0;
		roots->count++;
	}
	if (i < ROOTS_MAX)
		roots->root[i].weight = amount_add(roots->root[i].weight, weight);
	free(directory);
}

static int heavier(const void *a, const void *b)
{
	const struct root *left = a, *right = b;

	return (right->weight > left->weight) - (right->weight < left->weight);
}

char *roots_end(struct roots *roots, size_t most)
{
	char *text = xstrdup(""), *longer, *word;
	size_t i;

	qsort(roots->root, roots->count, sizeof(roots->root[0]), heavier);
	for (i = 0; i < roots->count; i++) {
		if (i < most) {
			word = quote_path(roots->root[i].path);
			longer = xasprintf("%s%s%s", text, i ? " " : "", word);
			free(word);
			free(text);
			text = longer;
		}
		free(roots->root[i].path);
	}
	roots->count = 0;
	return text;
}
