/*
 * pycstat modules: which modules were compiled, why, and what each cost.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "describe.h"
#include "human.h"
#include "json.h"
#include "module_table.h"
#include "options.h"
#include "recordings.h"
#include "rows.h"
#include "stats.h"
#include "terminal.h"
#include "util.h"

static void print_json(const struct rows *rows)
{
	struct json json = {.out = stdout, .lines = 2};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.modules/1");
	json_open(&json, "modules", '[');
	for (i = 0; i < rows->count; i++)
		describe_module_json(&json, rows->row[i].module);
	json_close(&json, '[');
	json_close(&json, '{');
}

static void print_text(const struct rows *rows)
{
	struct terminal terminal = terminal_find(stdout);

	if (rows->count)
		module_table_print(&terminal, rows, 0);
	else
		printf("No module was looked up, compiled or written.\n");
}

int cmd_modules(const struct options *options)
{
	struct recordings recordings;
	struct stats stats;
	struct rows rows;
	int status;

	if (!rows_sort_is_known(options->sort, rows_module_keys))
		return EXIT_USAGE;
	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	rows = rows_of_modules(&stats, options->sort, options->top);
	if (recordings.opened && options->json)
		print_json(&rows);
	else if (recordings.opened)
		print_text(&rows);
	rows_free(&rows);
	status = recordings_status(&recordings);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
