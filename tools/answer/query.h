/* SPDX-License-Identifier: MIT */
/*
 * Which modules the operand of `why` means: the path of a pyc or source, the end of such a
 * path, or a dotted name.
 * Used by cmd_why.c.  Pure, except that it allocates, and query_begin() uses the current
 * directory.
 */
#ifndef PYCSHIM_QUERY_H
#define PYCSHIM_QUERY_H

#include <stdbool.h>

#include "attributes.h"
#include "read/tables.h"

enum query_rank {
	QUERY_NO,
	QUERY_END,   /* the word is the end of its path or of its dotted name */
	QUERY_NAMED, /* the word is its full dotted name */
	QUERY_EXACT, /* the word is its path */
};

struct query {
	const char *word;
	char *absolute;	 /* the word as an absolute path */
	char *directory; /* the __init__.py in that directory; NULL: it is a file */
	char *end;	 /* "/shop/models.py": the end of a path that matches */
	char *module;	 /* "/shop/models.py" for shop.models; NULL: not dotted */
	char *package;	 /* "/shop/models/__init__.py"; NULL: it is a file */
};

/* `word` must stay valid. */
void query_begin(struct query *query, const char *word) NONNULL;
void query_end(struct query *query) NONNULL;

/* How well a module fits, by its paths alone: never QUERY_NAMED. */
enum query_rank query_rank(const struct query *query,
			   const struct module *module) NONNULL;

/* Is the word the path of a __pycache__, which has no story? */
bool query_names_cache(const char *word) NONNULL;

#endif
