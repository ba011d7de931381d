/*
 * Modules and processes in the order asked for, the worst first.
 * Used by cmd_rows.c and summary_text.c.  Pure but for memory.
 */
#ifndef PYCSHIM_ROWS_H
#define PYCSHIM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "stats.h"

struct row {
	int64_t value, second; /* the greater the earlier */
	const char *name;      /* then by name */
	union {
		const struct module *module;
		const struct process *process;
	};
};

struct rows {
	struct row *row;
	size_t count;
};

/* End the program if --sort cannot name this: no total, and none of the two others. */
void rows_judge_sort(const char *key, const char *const others[2]) NONNULL_ARGS(2);
extern const char *const rows_module_keys[2], *const rows_process_keys[2];

/* Modules with something to count.  top 0: all. */
struct rows rows_of_modules(const struct stats *stats, const char *key, size_t top)
	NONNULL_ARGS(1);
struct rows rows_of_processes(const struct stats *stats, const char *key, size_t top)
	NONNULL_ARGS(1);
void rows_free(struct rows *rows) NONNULL;

#endif
