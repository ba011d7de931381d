/*
 * Which module a person means: a pyc, a source, the end of either, or a dotted name.
 * Used by cmd_why.c.  Pure but for query_begin(), which asks for the working directory.
 */
#ifndef PYCSHIM_QUERY_H
#define PYCSHIM_QUERY_H

#include <stdbool.h>

#include "attributes.h"
#include "tables.h"

enum query_rank {
	QUERY_NO,
	QUERY_END,   /* of the path, or a dotted name below something */
	QUERY_NAMED, /* the module's full dotted name */
	QUERY_EXACT, /* the path itself */
};

struct query {
	const char *word;
	char *absolute;	 /* the word as a path */
	char *directory; /* its __init__.py, if it may be a package's; else NULL */
	char *end;	 /* "/shop/models.py": what the word is the end of */
	char *module;	 /* "/shop/models.py" of shop.models; NULL: not dotted */
	char *package;	 /* "/shop/models/__init__.py"; NULL: a file */
};

void query_begin(struct query *query, const char *word) NONNULL;
void query_end(struct query *query) NONNULL;

/* How well a module is what was meant, by its paths: all but QUERY_NAMED. */
enum query_rank query_rank(const struct query *query,
			   const struct module *module) NONNULL;

/* Is a __pycache__ meant?  It has no story of its own. */
bool query_names_cache(const char *word) NONNULL;

#endif
