/*
 * See module_table.h.  Runs in pycstat.
 */
#include "module_table.h"

#include <ctype.h>
#include <stdlib.h>

#include "describe.h"
#include "human.h"
#include "stats_process.h"
#include "table.h"
#include "util.h"

#define COMMAND_LINES 6 /* of a command line that is shown whole */

static const struct table_column module_columns[] = {
	{"CPU", TABLE_NUMBER, 0},  {"COMPILED", TABLE_NUMBER, 2},
	{"HITS", TABLE_NUMBER, 3}, {"WHY", TABLE_WORD, 1},
	{"KEPT", TABLE_WORD, 0},   {"TAG", TABLE_WORD, 4},
	{"SOURCE", TABLE_PATH, 0},
};

static const struct table_column process_columns[] = {
	{"UID", TABLE_NUMBER, 8}, /* only of the whole table */
	{"PID", TABLE_NUMBER, 0},      {"START", TABLE_WORD, 7},
	{"CPU", TABLE_NUMBER, 0},      {"SHARE", TABLE_NUMBER, 3},
	{"COMPILED", TABLE_NUMBER, 0}, {"HITS", TABLE_NUMBER, 4},
	{"MISSES", TABLE_NUMBER, 5},   {"STALE", TABLE_NUMBER, 6},
	{"WRITTEN", TABLE_NUMBER, 2},  {"FAILED", TABLE_NUMBER, 1},
	{"COMMAND", TABLE_TEXT, 0},
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

/* Takes the text. */
static void cell_taken(struct table *table, char *text)
{
	table_cell(table, text && *text ? text : "-");
	free(text);
}

static void cell_number(struct table *table, bool known, uint32_t number)
{
	cell_taken(table, known ? xasprintf("%u", number) : xstrdup("?"));
}

void module_table_print(const struct terminal *terminal, const struct rows *rows,
			size_t indent)
{
	const struct module *module;
	struct table table;
	size_t i;

	table_begin(&table, terminal, module_columns, ARRAY_SIZE(module_columns));
	for (i = 0; i < rows->count; i++) {
		module = rows->row[i].module;
		cell_seconds(&table, module->totals.count[VERDICT_compile_ns],
			     module->at_most > 0);
		table_count(&table, module->totals.count[VERDICT_compiled]);
		table_count(&table, module->totals.count[VERDICT_hits]);
		cell_taken(&table, describe_reason(module));
		cell_taken(&table, describe_kept(module));
		cell_taken(&table, describe_tag_and_level(module));
		table_cell(&table, module->source);
	}
	table_end(&table, indent);
}

/* The program of a -c may have many lines, which would show as so many `?`. */
static void squeeze_blanks(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (!isspace((unsigned char)*text))
			*to++ = *text;
		else if (!isspace((unsigned char)text[1]))
			*to++ = ' ';
	*to = '\0';
}

/* In short: without the directory that the program is in. */
static void cell_command(struct table *table, const struct process *process, bool whole)
{
	char *command = describe_command(process);
	const char *name = command, *at;

	squeeze_blanks(command);
	if (!whole && *command == '/')
		for (at = command; *at && *at != ' '; at++)
			if (*at == '/')
				name = at + 1;
	table_cell(table, *name ? name : "-");
	free(command);
}

static void process_row(struct table *table, const struct process *process, bool whole)
{
	const int64_t *count = process->totals.count;
	int64_t compile_ns = count[VERDICT_compile_ns];
	int64_t start_up_ns = stats_process_start_up_ns(process);

	if (whole)
		cell_number(table, process->known, process->uid);
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
	cell_command(table, process, whole);
}

void process_table_print(const struct terminal *terminal, const struct rows *rows,
			 size_t indent, bool whole)
{
	size_t first = whole ? 0 : 1, i;
	struct table table;

	table_begin(&table, terminal, process_columns + first,
		    ARRAY_SIZE(process_columns) - first);
	table.lines = whole ? COMMAND_LINES : 1;
	for (i = 0; i < rows->count; i++)
		process_row(&table, rows->row[i].process, whole);
	table_end(&table, indent);
}
