/* SPDX-License-Identifier: MIT */
/*
 * See rows.h.
 */
#include "show/rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/suggest.h"
#include "common/usage.h"
#include "common/util.h"
#include "show/describe.h"

/* The keys beside the totals. */
static const char *const other_keys[][2] = {
	[ROWS_OF_MODULES] = {"source", "pyc"},
	[ROWS_OF_PROCESSES] = {"pid", "start"},
};

void rows_check_key(enum rows_kind kind, const char *key)
{
	const char *const *others = other_keys[kind];
	struct suggestion suggestion;
	unsigned i;

	if (!key || total_of_name(key) >= 0 || strcmp(key, others[0]) == 0 ||
	    strcmp(key, others[1]) == 0)
		return;
	suggest_begin(&suggestion, key);
	suggest_offer(&suggestion, others[0]);
	suggest_offer(&suggestion, others[1]);
	for (i = 0; i < VERDICT_TOTALS; i++)
		suggest_offer(&suggestion, name_of_total(i));
	if (suggestion.best)
		usage_error("--sort %s: no such key: did you mean '%s'?", key,
			    suggestion.best);
	usage_error(
		"--sort %s: no such key: a total such as lookups or compile_seconds, %s "
		"or %s",
		key, others[0], others[1]);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->value != right->value)
		return left->value < right->value ? 1 : -1;
	if (left->second != right->second)
		return left->second < right->second ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* A row without its item.  The values are 0 if the key is not a total. */
static struct row row_of(const struct totals *totals, const char *key, const char *name)
{
	int total = key ? total_of_name(key) : VERDICT_compile_ns;

	if (total < 0)
		return (struct row){.name = name};
	return (struct row){
		totals->count[total], totals->count[VERDICT_lookups], name, {NULL}};
}

static void add_module_rows(struct rows *rows, const struct stats *stats, const char *key)
{
	bool by_pyc = key && strcmp(key, "pyc") == 0;
	const struct module *module;
	struct row row;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!describe_is_used(module))
			continue;
		row = row_of(&module->totals, key, by_pyc ? module->pyc : module->source);
		row.module = module;
		rows->row[rows->count++] = row;
	}
}

static void add_process_rows(struct rows *rows, const struct stats *stats,
			     const char *key)
{
	const struct process *process;
	struct row row;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		row = row_of(&process->totals, key, process->executable);
		if (key && strcmp(key, "pid") == 0)
			row.value = -(int64_t)process->pid;
		else if (key && strcmp(key, "start") == 0)
			row.value = -(int64_t)process->start_ns;
		row.process = process;
		rows->row[rows->count++] = row;
	}
}

struct rows rows_find(enum rows_kind kind, const struct stats *stats, const char *key,
		      size_t top)
{
	bool modules = kind == ROWS_OF_MODULES;
	struct rows rows = {.kind = kind};

	rows.row = xcalloc(modules ? stats->modules : stats->processes,
			   sizeof(*rows.row));
	if (modules)
		add_module_rows(&rows, stats, key);
	else
		add_process_rows(&rows, stats, key);
	if (rows.count)
		qsort(rows.row, rows.count, sizeof(*rows.row), compare_rows);
	if (top && rows.count > top)
		rows.count = top;
	return rows;
}

void rows_free(struct rows *rows)
{
	free(rows->row);
	rows->row = NULL;
}
