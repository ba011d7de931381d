/*
 * See query.h.  Runs in pycstat.
 */
#include "query.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "roots.h"
#include "util.h"

static const char package_end[] = "/__init__.py";

static bool is_dotted(const char *word)
{
	size_t length = strlen(word);

	return !strchr(word, '/') && !pyc_path_ends(word, length, ".py", 3) &&
	       !pyc_path_is_compiled(word, length);
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
	char *at;

	*query = (struct query){.word = word, .absolute = absolute_of(word)};
	while (strncmp(word, "./", 2) == 0)
		word += 2;
	query->end = xasprintf("%s%s", *word == '/' ? "" : "/", word);
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
	free(query->end);
	free(query->module);
	free(query->package);
}

static bool ends(const char *path, const char *end)
{
	size_t length = strlen(path), end_length = strlen(end);

	return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

static enum query_rank rank_dotted(const char *source, const char *end)
{
	size_t library;

	if (!end || !ends(source, end))
		return QUERY_NO;
	library = roots_library_length(source);
	return library && library == strlen(source) - strlen(end) ? QUERY_IMPORTABLE
								  : QUERY_END;
}

enum query_rank query_rank(const struct query *query, const struct module *module)
{
	enum query_rank rank, package;

	if (strcmp(query->absolute, module->pyc) == 0 ||
	    strcmp(query->absolute, module->source) == 0)
		return QUERY_EXACT;
	rank = rank_dotted(module->source, query->module);
	package = rank_dotted(module->source, query->package);
	if (package > rank)
		rank = package;
	if (rank == QUERY_NO &&
	    (ends(module->source, query->end) || ends(module->pyc, query->end)))
		rank = QUERY_END;
	return rank;
}

char *query_dotted(const struct module *module)
{
	size_t library = roots_library_length(module->source), length;
	const char *name = module->source + library;
	char *dotted, *at;

	if (!library) { /* we cannot know where its package begins: the last two */
		name = strrchr(module->source, '/');
		while (name && name > module->source && name[-1] != '/')
			name--;
		name = name ? name : module->source;
	}
	while (*name == '/')
		name++;
	length = strlen(name);
	if (ends(name, package_end))
		length -= strlen(package_end);
	else if (ends(name, ".py"))
		length -= strlen(".py");
	dotted = xasprintf("%.*s", (int)length, name);
	for (at = dotted; *at; at++)
		if (*at == '/')
			*at = '.';
	return dotted;
}
