/*
 * See rows.h.  Runs in pycstat.
 */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "names.h"
#include "suggest.h"
#include "usage.h"
#include "util.h"

const char *const rows_module_keys[2] = {"source", "pyc"};
const char *const rows_process_keys[2] = {"pid", "start"};

void rows_judge_sort(const char *key, const char *const others[2])
{
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

static int compare(const void *a, const void *b)
{
	const struct row *left = a, *right = b;

	if (left->value != right->value)
		return left->value < right->value ? 1 : -1;
	if (left->second != right->second)
		return left->second < right->second ? 1 : -1;
	return strcmp(left->name, right->name);
}

static void finish(struct rows *rows, size_t top)
{
	if (rows->count)
		qsort(rows->row, rows->count, sizeof(*rows->row), compare);
	if (top && rows->count > top)
		rows->count = top;
}

/* A row without its item; `second` is 0 where the order is not by a total. */
static struct row row_of(const struct totals *totals, const char *key, const char *name)
{
	int total = key ? total_of_name(key) : VERDICT_compile_ns;

	if (total < 0)
		return (struct row){.name = name};
	return (struct row){
		totals->count[total], totals->count[VERDICT_lookups], name, {NULL}};
}

struct rows rows_of_modules(const struct stats *stats, const char *key, size_t top)
{
	struct rows rows = {.count = 0};
	const struct module *module;
	struct row row;

	rows.row = xcalloc(stats->modules, sizeof(*rows.row));
	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!describe_is_used(module))
			continue;
		row = row_of(&module->totals, key,
			     key && strcmp(key, "pyc") == 0 ? module->pyc
							    : module->source);
		row.module = module;
		rows.row[rows.count++] = row;
	}
	finish(&rows, top);
	return rows;
}

struct rows rows_of_processes(const struct stats *stats, const char *key, size_t top)
{
	struct rows rows = {.count = 0};
	const struct process *process;
	struct row row;

	rows.row = xcalloc(stats->processes, sizeof(*rows.row));
	for (process = stats->tables.processes; process; process = process->hh.next) {
		row = row_of(&process->totals, key, process->executable);
		if (key && strcmp(key, "pid") == 0)
			row.value = -(int64_t)process->pid;
		else if (key && strcmp(key, "start") == 0)
			row.value = -(int64_t)process->start_ns;
		row.process = process;
		rows.row[rows.count++] = row;
	}
	finish(&rows, top);
	return rows;
}

void rows_free(struct rows *rows)
{
	free(rows->row);
	rows->row = NULL;
}
