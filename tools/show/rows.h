/* SPDX-License-Identifier: MIT */
/*
 * Lists modules or processes in the order of a key, those with the highest value first.
 * Used by cmd_rows.c and summary_text.c.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_ROWS_H
#define PYCSHIM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "read/stats.h"

enum rows_kind { ROWS_OF_MODULES, ROWS_OF_PROCESSES };

struct row {
	int64_t value, second; /* sorted by these, the highest first, and then by name */
	const char *name;
	union {
		const struct module *module;
		const struct process *process;
	};
};

struct rows {
	enum rows_kind kind;
	struct row *row;
	size_t count;
};

/* Exits with a message and status 64 if rows of this kind cannot be sorted by the key. */
void rows_check_key(enum rows_kind kind, const char *key);

/*
 * Find the rows: all processes, or the modules whose totals are not all 0.  A NULL key is
 * compile_seconds.  Only the first `top` rows are returned; 0: all.
 */
struct rows rows_find(enum rows_kind kind, const struct stats *stats, const char *key,
		      size_t top) NONNULL_ARGS(2);
void rows_free(struct rows *rows) NONNULL;

#endif
