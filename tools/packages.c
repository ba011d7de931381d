/*
 * See packages.h.  Runs in pycstat.
 */
#include "packages.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "roots.h"
#include "util.h"

/* A directory with an __init__.py. */
struct package {
	char *path; /* in a module's source; not const, for older uthash.h */
	UT_hash_handle hh;
};

static const char init[] = "/__init__.py";

static bool ends(const char *path, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length &&
	       memcmp(path + length - end_length, end, end_length) == 0;
}

static bool is_package(const struct packages *packages, const char *path, size_t length)
{
	struct package *package;

	HASH_FIND(hh, packages->table, path, length, package);
	return package != NULL;
}

void packages_find(struct packages *packages, const struct tables *tables)
{
	const struct module *module;
	struct package *package;
	size_t length;

	packages->table = NULL;
	for (module = tables->modules; module; module = module->hh.next) {
		length = strlen(module->source);
		if (!ends(module->source, length, init))
			continue;
		length -= strlen(init);
		if (is_package(packages, module->source, length))
			continue;
		package = xcalloc(1, sizeof(*package));
		package->path = module->source;
		HASH_ADD_KEYPTR(hh, packages->table, package->path, length, package);
	}
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

/* The length of the directory that a path of this length is in. */
static size_t parent(const char *path, size_t length)
{
	while (length && path[--length] != '/')
		;
	return length;
}

char *packages_dotted(const struct packages *packages, const struct module *module)
{
	const char *source = module->source;
	size_t length = strlen(source), begin = roots_library_length(source);
	char *dotted, *at;

	if (!begin) /* it may be in packages, and they in others */
		for (begin = parent(source, length);
		     begin && is_package(packages, source, begin);
		     begin = parent(source, begin))
			;
	if (ends(source, length, init) && length - strlen(init) > begin)
		length -= strlen(init);
	else if (ends(source, length, ".py"))
		length -= strlen(".py");
	begin += source[begin] == '/';
	dotted = xasprintf("%.*s", (int)(length - begin), source + begin);
	for (at = dotted; *at; at++)
		if (*at == '/')
			*at = '.';
	return dotted;
}
