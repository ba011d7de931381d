/* SPDX-License-Identifier: MIT */
/*
 * pycstat modules, pycstat processes: what the bytecode cache did for each of them, and
 * what that cost.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/compileall.h"
#include "answer/gate.h"
#include "command/commands.h"
#include "common/json.h"
#include "common/usage.h"
#include "common/utf8.h"
#include "common/util.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "show/describe.h"
#include "show/groups.h"
#include "show/module_table.h"
#include "show/rows.h"
#include "show/terminal.h"

static void rows_print_json(const struct rows *rows)
{
	struct json json = {.out = stdout, .lines = 2};
	bool modules = rows->kind == ROWS_OF_MODULES;
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema",
		    modules ? "pycshim.modules/1" : "pycshim.processes/1");
	json_open(&json, modules ? "modules" : "processes", '[');
	for (i = 0; i < rows->count; i++)
		if (modules)
			describe_module_json(&json, rows->row[i].module);
		else
			describe_process_json(&json, rows->row[i].process);
	json_close(&json, '[');
	json_close(&json, '{');
}

static void rows_print_text(const struct rows *rows)
{
	struct terminal terminal = terminal_find(stdout);
	bool modules = rows->kind == ROWS_OF_MODULES;

	if (!rows->count)
		puts(modules ? "No module was looked up, compiled or written."
			     : "No process was recorded.");
	else if (modules)
		module_table_print(&terminal, rows, 0);
	else
		process_table_print(&terminal, rows, 0, true);
}

/* Where names are sorted, equal ones follow each other. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* compileall decodes the list strictly, and cannot take a name with a line break. */
static bool can_be_listed(const char *source)
{
	const unsigned char *at = (const unsigned char *)source;
	uint32_t point;

	while (*at) {
		at += utf8_decode(at, &point);
		if (point == UTF8_INVALID || point == '\n' || point == '\r')
			return false;
	}
	return true;
}

/*
 * Print the sources that were compiled, a line each, for `compileall -i`: raw bytes, unless
 * it is a terminal.
 */
static void rows_print_paths(const struct rows *rows)
{
	const char **sources = xcalloc(rows->count + 1, sizeof(*sources));
	struct terminal terminal = terminal_find(stdout);
	const struct module *module;
	bool raw = !isatty(STDOUT_FILENO);
	size_t count = 0, i;
	char *clean;

	for (i = 0; i < rows->count; i++) {
		module = rows->row[i].module;
		if (module->totals.count[VERDICT_compiled] <= 0 ||
		    !compileall_makes(module))
			continue;
		if (!can_be_listed(module->source))
			warn("%s: left out, as compileall -i reads lines of UTF-8",
			     module->source);
		else
			sources[count++] = module->source;
	}
	qsort(sources, count, sizeof(*sources), by_name);
	for (i = 0; i < count; i++) {
		if (i && strcmp(sources[i], sources[i - 1]) == 0)
			continue;
		clean = raw ? xstrdup(sources[i]) : terminal_clean(&terminal, sources[i]);
		puts(clean);
		free(clean);
	}
	free(sources);
}

static void rows_show(const struct rows *rows, const struct stats *stats,
		      const struct options *options)
{
	const char *command = rows->kind == ROWS_OF_MODULES ? "modules" : "processes";

	if (options->is_grouped)
		groups_print(command, stats, options);
	else if (options->paths)
		rows_print_paths(rows);
	else if (options->json)
		rows_print_json(rows);
	else
		rows_print_text(rows);
}

static int rows_print(enum rows_kind kind, const struct options *options)
{
	struct recordings recordings;
	struct stats stats;
	struct rows rows;
	int status;

	if (options->paths && (options->json || options->is_grouped))
		usage_error("--paths is a list of its own: not with --%s",
			    options->json ? "json" : "by");
	rows_check_key(kind, options->sort);
	gate_check(options);
	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	rows = rows_find(kind, &stats, options->sort, options->top);
	if (recordings.opened)
		rows_show(&rows, &stats, options);
	rows_free(&rows);
	status = recordings_status(&recordings);
	if (recordings.opened)
		status = gate_status(options, &stats, status);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}

int cmd_modules(const struct options *options)
{
	return rows_print(ROWS_OF_MODULES, options);
}

int cmd_processes(const struct options *options)
{
	return rows_print(ROWS_OF_PROCESSES, options);
}
