/* SPDX-License-Identifier: MIT */
/*
 * Prints the stories of modules as a JSON document.  Called by cmd_why.c.
 */
#ifndef PYCSHIM_WHY_JSON_H
#define PYCSHIM_WHY_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "attributes.h"
#include "read/tables.h"

/* The modules that match the query best. */
struct matches {
	const struct module **module;
	size_t count;
	bool ambiguous; /* they have different sources */
};

/* Print them to standard output; if they are ambiguous, without stories. */
void why_json_print(const char *query, const struct matches *matches) NONNULL;

#endif
