/*
 * pycstat modules, pycstat processes: what the bytecode cache did for each, and what it
 * cost.  One command over two kinds of rows.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "describe.h"
#include "json.h"
#include "module_table.h"
#include "options.h"
#include "recordings.h"
#include "rows.h"
#include "stats.h"
#include "terminal.h"
#include "util.h"

struct kind {
	const char *schema, *key;
	const char *nothing; /* where there is no row */
	const char *const *sort_keys;
	struct rows (*find)(const struct stats *stats, const char *sort, size_t top);
	void (*describe_json)(struct json *json, const struct row *row);
	void (*print_table)(const struct terminal *terminal, const struct rows *rows);
};

static void describe_module(struct json *json, const struct row *row)
{
	describe_module_json(json, row->module);
}

static void describe_process(struct json *json, const struct row *row)
{
	describe_process_json(json, row->process);
}

static void print_modules(const struct terminal *terminal, const struct rows *rows)
{
	module_table_print(terminal, rows, 0);
}

static void print_processes(const struct terminal *terminal, const struct rows *rows)
{
	process_table_print(terminal, rows, 0, true);
}

static const struct kind modules = {
	.schema = "pycshim.modules/1",
	.key = "modules",
	.nothing = "No module was looked up, compiled or written.",
	.sort_keys = rows_module_keys,
	.find = rows_of_modules,
	.describe_json = describe_module,
	.print_table = print_modules,
};

static const struct kind processes = {
	.schema = "pycshim.processes/1",
	.key = "processes",
	.nothing = "No process was recorded.",
	.sort_keys = rows_process_keys,
	.find = rows_of_processes,
	.describe_json = describe_process,
	.print_table = print_processes,
};

static void print_json(const struct kind *kind, const struct rows *rows)
{
	struct json json = {.out = stdout, .lines = 2};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", kind->schema);
	json_open(&json, kind->key, '[');
	for (i = 0; i < rows->count; i++)
		kind->describe_json(&json, &rows->row[i]);
	json_close(&json, '[');
	json_close(&json, '{');
}

static void print_text(const struct kind *kind, const struct rows *rows)
{
	struct terminal terminal = terminal_find(stdout);

	if (rows->count)
		kind->print_table(&terminal, rows);
	else
		printf("%s\n", kind->nothing);
}

static int run(const struct kind *kind, const struct options *options)
{
	struct recordings recordings;
	struct stats stats;
	struct rows rows;
	int status;

	rows_judge_sort(options->sort, kind->sort_keys);
	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	rows = kind->find(&stats, options->sort, options->top);
	if (recordings.opened && options->json)
		print_json(kind, &rows);
	else if (recordings.opened)
		print_text(kind, &rows);
	rows_free(&rows);
	status = recordings_status(&recordings);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}

int cmd_modules(const struct options *options)
{
	return run(&modules, options);
}

int cmd_processes(const struct options *options)
{
	return run(&processes, options);
}
