/*
 * The stories of modules as a JSON document.  Called by cmd_why.c.
 */
#ifndef PYCSHIM_WHY_JSON_H
#define PYCSHIM_WHY_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "tables.h"

/* What matches the query best. */
struct matches {
	const struct module **module;
	size_t count;
	bool ambiguous; /* they are of different sources */
};

/* Print them to standard output; of several sources their pycs alone. */
void why_json_print(const char *query, const struct matches *matches) NONNULL;

#endif
