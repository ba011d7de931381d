/* SPDX-License-Identifier: MIT */
/*
 * See module_table.h.
 */
#include "show/module_table.h"

#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/stats_module.h"
#include "read/stats_process.h"
#include "show/describe.h"
#include "show/table.h"

#define COMMAND_LINES 6 /* at most so many lines for a command line */

static const struct table_column module_columns[] = {
	{"CPU", TABLE_NUMBER, 0},  {"COMPILED", TABLE_NUMBER, 2},
	{"HITS", TABLE_NUMBER, 3}, {"WHY", TABLE_WORD, 1},
	{"KEPT", TABLE_WORD, 0},   {"TAG", TABLE_WORD, 4},
	{"SOURCE", TABLE_PATH, 0},
};

/* They are shown only if a row has a value, before the last column. */
static const struct {
	struct table_column column;
	unsigned total;
} shared_columns[] = {
	{{"REUSED", TABLE_NUMBER, 5}, VERDICT_reused},
	{{"SAVED", TABLE_NUMBER, 1}, VERDICT_saved_ns},
	{{"WAITED", TABLE_NUMBER, 6}, VERDICT_waited},
	{{"WAIT", TABLE_NUMBER, 2}, VERDICT_wait_ns},
};

/* A bit for each of these columns that has values. */
static unsigned shared_find(const struct rows *rows)
{
	const struct totals *totals;
	unsigned shown = 0;
	size_t i, j;

	for (i = 0; i < rows->count; i++) {
		totals = rows->kind == ROWS_OF_MODULES ? &rows->row[i].module->totals
						       : &rows->row[i].process->totals;
		for (j = 0; j < ARRAY_SIZE(shared_columns); j++)
			if (totals->count[shared_columns[j].total])
				shown |= 1u << j;
	}
	return shown;
}

/* Put them before the last one of `count` columns.  Returns the number of all. */
static size_t shared_insert(struct table_column *columns, size_t count, unsigned shown)
{
	struct table_column last = columns[count - 1];
	size_t j;

	count--;
	for (j = 0; j < ARRAY_SIZE(shared_columns); j++)
		if (shown & 1u << j)
			columns[count++] = shared_columns[j].column;
	columns[count++] = last;
	return count;
}

/* Which tables have a column; a later kind of table has those of the earlier ones, too. */
enum process_table {
	IN_ALL,
	IN_WHOLE,  /* `processes`, but not the summary */
	IN_SEVERAL /* `processes` of several recordings or nodes */
};

static const struct {
	struct table_column column;
	enum process_table in;
} process_columns[] = {
	{{"UID", TABLE_NUMBER, 8}, IN_WHOLE},
	{{"NODE", TABLE_WORD, 9}, IN_SEVERAL},
	{{"RECORDING", TABLE_WORD, 10}, IN_SEVERAL},
	{{"PID", TABLE_NUMBER, 0}, IN_ALL},
	{{"START", TABLE_WORD, 7}, IN_ALL},
	{{"CPU", TABLE_NUMBER, 0}, IN_ALL},
	{{"SHARE", TABLE_NUMBER, 3}, IN_ALL},
	{{"COMPILED", TABLE_NUMBER, 0}, IN_ALL},
	{{"HITS", TABLE_NUMBER, 4}, IN_ALL},
	{{"MISSES", TABLE_NUMBER, 5}, IN_ALL},
	{{"STALE", TABLE_NUMBER, 6}, IN_ALL},
	{{"WRITTEN", TABLE_NUMBER, 2}, IN_ALL},
	{{"FAILED", TABLE_NUMBER, 1}, IN_ALL},
	{{"COMMAND", TABLE_TEXT, 0}, IN_ALL},
};

static void cell_seconds(struct table *table, int64_t ns, bool at_most)
{
	char *text;

	if (!ns) {
		table_cell(table, "-");
		return;
	}
	text = xasprintf("%s%s", at_most ? "<= " : "", human_seconds(ns).s);
	table_cell(table, text);
	free(text);
}

/* Add a cell and free its text. */
static void cell_taken(struct table *table, char *text)
{
	table_cell(table, text && *text ? text : "-");
	free(text);
}

static void cell_number(struct table *table, bool known, uint32_t number)
{
	cell_taken(table, known ? xasprintf("%u", number) : xstrdup("?"));
}

static void shared_cells(struct table *table, const struct totals *totals, unsigned shown)
{
	unsigned total;
	size_t j;

	for (j = 0; j < ARRAY_SIZE(shared_columns); j++) {
		total = shared_columns[j].total;
		if (!(shown & 1u << j))
			continue;
		if (total_is_time(total))
			cell_seconds(table, totals->count[total], false);
		else
			table_count(table, totals->count[total]);
	}
}

void module_table_print(const struct terminal *terminal, const struct rows *rows,
			size_t indent)
{
	struct table_column
		columns[ARRAY_SIZE(module_columns) + ARRAY_SIZE(shared_columns)] = {{0}};
	unsigned shown = shared_find(rows);
	const struct module *module;
	struct table table;
	size_t i;

	memcpy(columns, module_columns, sizeof(module_columns));
	table_begin(&table, terminal, columns,
		    shared_insert(columns, ARRAY_SIZE(module_columns), shown));
	for (i = 0; i < rows->count; i++) {
		module = rows->row[i].module;
		cell_seconds(&table, module->totals.count[VERDICT_compile_ns],
			     module->at_most > 0);
		table_count(&table, module->totals.count[VERDICT_compiled]);
		table_count(&table, module->totals.count[VERDICT_hits]);
		cell_taken(&table, describe_reason(module));
		cell_taken(&table, describe_kept(module));
		cell_taken(&table, describe_tag_and_level(module));
		shared_cells(&table, &module->totals, shown);
		table_cell(&table, stats_module_lacks_source(module) ? module->pyc
								     : module->source);
	}
	table_end(&table, indent);
}

/* Add the command; unless `whole`, without the directory of the program. */
static void cell_command(struct table *table, const struct process *process, bool whole)
{
	char *command = describe_command_line(process);
	const char *name = command, *at;

	if (!whole && *command == '/')
		for (at = command; *at && *at != ' '; at++)
			if (*at == '/')
				name = at + 1;
	table_cell(table, *name ? name : "-");
	free(command);
}

static void process_row(struct table *table, const struct process *process,
			enum process_table kind, unsigned shown)
{
	const int64_t *count = process->totals.count;
	int64_t compile_ns = count[VERDICT_compile_ns];
	int64_t start_up_ns = stats_process_start_up_ns(process);

	if (kind >= IN_WHOLE)
		cell_number(table, process->known, process->uid);
	if (kind >= IN_SEVERAL) {
		table_cell(table, process->node ? process->node : "-");
		table_cell(table, process->recording ? process->recording : "-");
	}
	cell_number(table, process->known, process->pid);
	table_cell(table, process->start_ns ? human_clock(process->start_ns).s : "?");
	cell_seconds(table, compile_ns, process->at_most > 0);
	table_cell(table, start_up_ns ? human_percent(compile_ns, start_up_ns).s : "-");
	table_count(table, count[VERDICT_compiled]);
	table_count(table, count[VERDICT_hits]);
	table_count(table, count[VERDICT_misses]);
	table_count(table, count[VERDICT_stale]);
	table_count(table, count[VERDICT_written]);
	table_count(table, count[VERDICT_write_failed]);
	shared_cells(table, &process->totals, shown);
	cell_command(table, process, kind >= IN_WHOLE);
}

static bool are_of_several(const struct rows *rows)
{
	size_t i;

	for (i = 1; i < rows->count; i++)
		if (stats_process_is_elsewhere(rows->row[i].process,
					       rows->row[0].process))
			return true;
	return false;
}

void process_table_print(const struct terminal *terminal, const struct rows *rows,
			 size_t indent, bool whole)
{
	enum process_table kind = !whole		 ? IN_ALL
				  : are_of_several(rows) ? IN_SEVERAL
							 : IN_WHOLE;
	struct table_column
		columns[ARRAY_SIZE(process_columns) + ARRAY_SIZE(shared_columns)] = {{0}};
	unsigned shown = shared_find(rows);
	struct table table;
	size_t count = 0, i;

	for (i = 0; i < ARRAY_SIZE(process_columns); i++)
		if (process_columns[i].in <= kind)
			columns[count++] = process_columns[i].column;
	count = shared_insert(columns, count, shown);
	table_begin(&table, terminal, columns, count);
	table.lines = whole ? COMMAND_LINES : 1;
	for (i = 0; i < rows->count; i++)
		process_row(&table, rows->row[i].process, kind, shown);
	table_end(&table, indent);
}
