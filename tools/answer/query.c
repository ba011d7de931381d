/* SPDX-License-Identifier: MIT */
/*
 * See query.h.
 */
#include "answer/query.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "common/util.h"

static const char package_end[] = "/__init__.py";

static bool is_dotted(const char *word)
{
	size_t length = strlen(word);

	return !strchr(word, '/') && !pyc_path_ends(word, length, ".py", 3) &&
	       !pyc_path_is_compiled(word, length);
}

/* May the word be the path of a package?  It is neither a source's nor a pyc's. */
static bool query_is_directory(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') && !pyc_path_ends(word, length, ".py", 3) &&
	       !pyc_path_is_compiled(word, length);
}

/* The length of the path without the slashes at its end. */
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
	if (query_is_directory(word)) {
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

enum query_rank query_rank(const struct query *query, const struct module *module)
{
	const char *source = module->source;
	size_t length = strlen(source);

	if (strcmp(query->absolute, module->pyc) == 0 ||
	    strcmp(query->absolute, source) == 0 ||
	    (query->directory && strcmp(query->directory, source) == 0))
		return QUERY_EXACT;
	if (text_ends_with(source, length, query->end) ||
	    text_ends_with(module->pyc, module->pyc_length, query->end) ||
	    (query->module && text_ends_with(source, length, query->module)) ||
	    (query->package && text_ends_with(source, length, query->package)))
		return QUERY_END;
	return QUERY_NO;
}
