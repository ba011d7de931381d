/*
 * See query.h.  Runs in pycstat.
 */
#include "query.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static const char package_end[] = "/__init__.py";

static bool is_dotted(const char *word)
{
	size_t length = strlen(word);

	return !strchr(word, '/') && !pyc_path_ends(word, length, ".py", 3) &&
	       !pyc_path_is_compiled(word, length);
}

/* A path that is neither a source nor a pyc: a package's. */
static bool is_directory(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') && !pyc_path_ends(word, length, ".py", 3) &&
	       !pyc_path_is_compiled(word, length);
}

/* Without the slashes at its end. */
static size_t directory_bytes(const char *path)
{
	size_t length = strlen(path);

	while (length && path[length - 1] == '/')
		length--;
	return length;
}

bool query_names_cache(const char *word)
{
	return pyc_path_is_cache(word, directory_bytes(word));
}

static char *absolute_of(const char *word)
{
	char *directory, *absolute;

	while (strncmp(word, "./", 2) == 0)
		word += 2;
	if (*word == '/')
		return xstrdup(word);
	directory = getcwd(NULL, 0);
	absolute = xasprintf("%s/%s", directory ? directory : "", word);
	free(directory);
	return absolute;
}

void query_begin(struct query *query, const char *word)
{
	size_t length;
	char *at;

	*query = (struct query){.word = word, .absolute = absolute_of(word)};
	while (strncmp(word, "./", 2) == 0)
		word += 2;
	query->end = xasprintf("%s%s", *word == '/' ? "" : "/", word);
	if (is_directory(word)) {
		length = directory_bytes(query->absolute);
		query->directory = xasprintf("%.*s%s", (int)length, query->absolute,
					     package_end);
		length = directory_bytes(query->end);
		query->package = xasprintf("%.*s%s", (int)length, query->end,
					   package_end);
	}
	if (!is_dotted(word))
		return;
	query->module = xasprintf("/%s.py", word);
	query->package = xasprintf("/%s%s", word, package_end);
	for (at = query->module; at < query->module + 1 + strlen(word); at++)
		if (*at == '.')
			*at = query->package[at - query->module] = '/';
}

void query_end(struct query *query)
{
	free(query->absolute);
	free(query->directory);
	free(query->end);
	free(query->module);
	free(query->package);
}

static bool ends(const char *path, const char *end)
{
	size_t length = strlen(path), end_length = strlen(end);

	return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

enum query_rank query_rank(const struct query *query, const struct module *module)
{
	if (strcmp(query->absolute, module->pyc) == 0 ||
	    strcmp(query->absolute, module->source) == 0 ||
	    (query->directory && strcmp(query->directory, module->source) == 0))
		return QUERY_EXACT;
	if (ends(module->source, query->end) || ends(module->pyc, query->end) ||
	    (query->module && ends(module->source, query->module)) ||
	    (query->package && ends(module->source, query->package)))
		return QUERY_END;
	return QUERY_NO;
}
