/* SPDX-License-Identifier: MIT */
/*
 * See packages.h.
 */
#include "answer/packages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/util.h"

/* A directory with an __init__.py. */
struct package {
	char *path; /* a module's source; not const because of older versions of uthash.h */
	size_t length; /* how much of `path` is the directory */
	size_t begin;  /* where its dotted name begins: after the last non-package */
	UT_hash_handle hh;
};

static const char init[] = "/__init__.py";

static struct package *find_package(const struct packages *packages, const char *path,
				    size_t length)
{
	struct package *package;

	HASH_FIND(hh, packages->table, path, length, package);
	return package;
}

/* Where the dotted names of modules in this directory begin. */
static size_t begin_in(const struct packages *packages, const char *path, size_t length)
{
	const struct package *package = length ? find_package(packages, path, length)
					       : NULL;

	return package ? package->begin : length;
}

static int by_length(const struct package *left, const struct package *right)
{
	return (left->length > right->length) - (left->length < right->length);
}

void packages_find(struct packages *packages, const struct tables *tables)
{
	const struct module *module;
	struct package *package;
	size_t length;

	packages->table = NULL;
	for (module = tables->modules; module; module = module->hh.next) {
		length = strlen(module->source);
		if (!text_ends_with(module->source, length, init))
			continue;
		length -= strlen(init);
		if (find_package(packages, module->source, length))
			continue;
		package = xcalloc(1, sizeof(*package));
		package->path = module->source;
		package->length = length;
		HASH_ADD_KEYPTR(hh, packages->table, package->path, length, package);
	}
	/* outer packages come first, so that each one only needs the next outer one */
	HASH_SORT(packages->table, by_length);
	for (package = packages->table; package; package = package->hh.next)
		package->begin = begin_in(
			packages, package->path,
			text_parent_length(package->path, package->length));
}

void packages_free(struct packages *packages)
{
	struct package *package, *next;

	HASH_ITER(hh, packages->table, package, next)
	{
		HASH_DEL(packages->table, package); /* NOLINT: as in tables_free() */
		free(package);
	}
}

size_t packages_library_length(const char *source)
{
	static const char *const names[] = {"/site-packages/", "/dist-packages/"};
	/* the standard library: /usr/lib/python3.11/json/decoder.py */
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

bool packages_contain(const struct packages *packages, const char *path, size_t length)
{
	return length && find_package(packages, path, length);
}

char *packages_dotted(const struct packages *packages, const struct module *module)
{
	const char *source = module->source;
	size_t length = strlen(source), begin = packages_library_length(source);
	char *dotted, *at;

	if (!begin)
		begin = begin_in(packages, source, text_parent_length(source, length));
	if (text_ends_with(source, length, init) && length - strlen(init) > begin)
		length -= strlen(init);
	else if (text_ends_with(source, length, ".py"))
		length -= strlen(".py");
	begin += source[begin] == '/';
	dotted = xasprintf("%.*s", (int)(length - begin), source + begin);
	for (at = dotted; *at; at++)
		if (*at == '/')
			*at = '.';
	return dotted;
}
