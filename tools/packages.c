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
	char *path; /* with `length` bytes, in a module's source; not const, for older uthash.h */
	size_t length;
	size_t begin; /* of its dotted name: behind the last directory that is no package */
	UT_hash_handle hh;
};

static const char init[] = "/__init__.py";

static bool ends(const char *path, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length &&
	       memcmp(path + length - end_length, end, end_length) == 0;
}

static struct package *find(const struct packages *packages, const char *path,
			    size_t length)
{
	struct package *package;

	HASH_FIND(hh, packages->table, path, length, package);
	return package;
}

/* The length of the directory that a path of this length is in. */
static size_t parent(const char *path, size_t length)
{
	while (length && path[--length] != '/')
		;
	return length;
}

/* Where the dotted name of what is in this directory begins. */
static size_t begin_in(const struct packages *packages, const char *path, size_t length)
{
	const struct package *package = length ? find(packages, path, length) : NULL;

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
		if (!ends(module->source, length, init))
			continue;
		length -= strlen(init);
		if (find(packages, module->source, length))
			continue;
		package = xcalloc(1, sizeof(*package));
		package->path = module->source;
		package->length = length;
		HASH_ADD_KEYPTR(hh, packages->table, package->path, length, package);
	}
	/* from above, so that each needs to ask for the one that it is in, and no others */
	HASH_SORT(packages->table, by_length);
	for (package = packages->table; package; package = package->hh.next)
		package->begin = begin_in(packages, package->path,
					  parent(package->path, package->length));
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

char *packages_dotted(const struct packages *packages, const struct module *module)
{
	const char *source = module->source;
	size_t length = strlen(source), begin = roots_library_length(source);
	char *dotted, *at;

	if (!begin) /* it may be in packages, and they in others */
		begin = begin_in(packages, source, parent(source, length));
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
