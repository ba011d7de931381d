/* SPDX-License-Identifier: MIT */
/*
 * See store_text.h: what is printed for people.
 */
#include "show/store_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/util.h"
#include "read/tables.h"
#include "show/table.h"
#include "show/terminal.h"

#define MINUTE_NS (INT64_C(60) * 1000000000)

static int compare_shares(const void *a, const void *b)
{
	const struct store_share *left = a, *right = b;

	if (left->bytes != right->bytes)
		return left->bytes < right->bytes ? 1 : -1;
	if (left->magic != right->magic)
		return left->magic < right->magic ? 1 : -1;
	return strcmp(left->tag, right->tag);
}

static bool is_share_of(const struct store_share *share, const struct store_item *item)
{
	return share->magic == item->key.magic && strcmp(share->tag, item->key.tag) == 0;
}

static void share_add(struct store_share *share, const struct store_item *item)
{
	if (!share->entries)
		*share = (struct store_share){.tag = item->key.tag,
					      .magic = item->key.magic,
					      .oldest_ns = item->used_ns};
	share->entries++;
	share->bytes = amount_add(share->bytes, item->bytes);
	if (item->used_ns < share->oldest_ns)
		share->oldest_ns = item->used_ns;
	if (item->used_ns > share->newest_ns)
		share->newest_ns = item->used_ns;
}

size_t store_shares(const struct store_list *list, struct store_share **shares)
{
	size_t count = 0, i, at;

	*shares = NULL;
	for (i = 0; i < list->count; i++) {
		for (at = 0; at < count; at++)
			if (is_share_of(&(*shares)[at], &list->item[i]))
				break;
		if (at == count) {
			*shares = xrealloc(*shares, ++count * sizeof(**shares));
			(*shares)[at].entries = 0;
		}
		share_add(&(*shares)[at], &list->item[i]);
	}
	if (count)
		qsort(*shares, count, sizeof(**shares), compare_shares);
	return count;
}

static void print_heading(const struct terminal *terminal, const struct store_view *view,
			  const char *what)
{
	char *clean = terminal_clean(terminal, view->path),
	     *heading = xasprintf("Store %s: %s", clean, what);

	fputs(terminal_colour(terminal, COLOUR_BOLD), terminal->out);
	terminal_wrap(terminal, heading, 2, 0);
	fputs(terminal_colour(terminal, COLOUR_PLAIN), terminal->out);
	free(heading);
	free(clean);
}

static void print_line(const struct terminal *terminal, const char *line)
{
	fputs("  ", terminal->out);
	terminal_wrap(terminal, line, 4, 2);
}

/* "12 entries", "1 entry". */
static struct human entries_of(int64_t count)
{
	struct human number = human_count(count), text;

	snprintf(text.s, sizeof(text.s), "%.20s %s", number.s,
		 count == 1 ? "entry" : "entries");
	return text;
}

/* "3 d 4 h ago". */
static struct human ago(const struct store_view *view, int64_t time_ns)
{
	struct human age, text;

	if (time_ns > view->now_ns)
		return (struct human){"in the future"};
	if (view->now_ns - time_ns < MINUTE_NS)
		return (struct human){"within a minute"};
	age = human_seconds(view->now_ns - time_ns);
	snprintf(text.s, sizeof(text.s), "%.24s ago", age.s);
	return text;
}

static void print_shares(const struct terminal *terminal, const struct store_view *view)
{
	static const struct table_column columns[] = {
		{"INTERPRETER", TABLE_WORD, 0}, {"MAGIC", TABLE_NUMBER, 3},
		{"ENTRIES", TABLE_NUMBER, 0},	{"SIZE", TABLE_NUMBER, 0},
		{"OLDEST USE", TABLE_WORD, 2},	{"LAST USE", TABLE_WORD, 1},
	};
	struct store_share *shares;
	size_t count = store_shares(view->list, &shares), i;
	struct table table;
	char magic[16];

	if (!count)
		return;
	putc('\n', terminal->out);
	table_begin(&table, terminal, columns, ARRAY_SIZE(columns));
	for (i = 0; i < count; i++) {
		snprintf(magic, sizeof(magic), "%u", shares[i].magic);
		table_cell(&table, shares[i].tag);
		table_cell(&table, magic);
		table_count(&table, shares[i].entries);
		table_cell(&table, human_bytes(shares[i].bytes).s);
		table_cell(&table, ago(view, shares[i].oldest_ns).s);
		table_cell(&table, ago(view, shares[i].newest_ns).s);
	}
	table_end(&table, 2);
	free(shares);
}

static void print_saved(const struct terminal *terminal, const struct store_view *view)
{
	char *line;

	if (!view->has_recording)
		line = xstrdup("No recording tells what it has saved (--record FILE).");
	else if (!view->reused)
		line = xstrdup("In the recording, no module was taken from a store.");
	else
		line = xasprintf("In the recording, %s module%s taken from a store, "
				 "which saved %s of CPU.",
				 human_count(view->reused).s,
				 view->reused == 1 ? " was" : "s were",
				 human_seconds(view->saved_ns).s);
	print_line(terminal, line);
	free(line);
}

static void print_rest(const struct terminal *terminal, const struct store_view *view)
{
	const struct store_list *list = view->list;
	char *line;

	if (list->leftover_count) {
		line = xasprintf("%s unfinished entr%s, %s: being written, or left "
				 "behind by a write that was interrupted. pycstat store "
				 "prune removes those older than an hour.",
				 human_count((int64_t)list->leftover_count).s,
				 list->leftover_count == 1 ? "y" : "ies",
				 human_bytes(list->leftover_bytes).s);
		print_line(terminal, line);
		free(line);
	}
	if (list->others) {
		line = xasprintf("%s other name%s in it, which the store does not use.",
				 human_count((int64_t)list->others).s,
				 list->others == 1 ? " is" : "s are");
		print_line(terminal, line);
		free(line);
	}
}

void store_print_text(const struct store_view *view)
{
	struct terminal terminal = terminal_find(stdout);
	const struct store_list *list = view->list;
	int64_t oldest_ns = INT64_MAX;
	char *what, *line;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->item[i].used_ns < oldest_ns)
			oldest_ns = list->item[i].used_ns;
	what = xasprintf("%s, %s (%s on the disk) of at most %s",
			 entries_of((int64_t)list->count).s, human_bytes(list->bytes).s,
			 human_bytes(list->disk_bytes).s, human_bytes(view->max_bytes).s);
	print_heading(&terminal, view, what);
	free(what);
	if (list->count) {
		line = xasprintf("The entry that was used longest ago: %s (%s).",
				 ago(view, oldest_ns).s,
				 human_date((uint64_t)oldest_ns).s);
		print_line(&terminal, line);
		free(line);
	}
	print_saved(&terminal, view);
	print_rest(&terminal, view);
	print_shares(&terminal, view);
}

void prune_print_text(const struct store_view *view, const struct store_prune *prune)
{
	struct terminal terminal = terminal_find(stdout);
	const char *verb = prune->dry_run ? "would be removed" : "removed";
	char *line = xasprintf("%s, %s, %s", entries_of(prune->removed).s,
			       human_bytes(prune->removed_bytes).s, verb);

	print_heading(&terminal, view, line);
	free(line);
	if (prune->leftovers) {
		line = xasprintf("%s unfinished entr%s, %s, %s.",
				 human_count(prune->leftovers).s,
				 prune->leftovers == 1 ? "y" : "ies",
				 human_bytes(prune->leftover_bytes).s, verb);
		print_line(&terminal, line);
		free(line);
	}
	line = xasprintf("%s %s: %s of at most %s.", entries_of(prune->entries).s,
			 prune->entries == 1 ? "is left" : "are left",
			 human_bytes(prune->bytes).s, human_bytes(prune->max_bytes).s);
	print_line(&terminal, line);
	free(line);
}

static void print_problem(const struct terminal *terminal,
			  const struct store_problem *problem)
{
	static const char *const faults[] = {
		[STORE_FAULT_DAMAGED] = "damaged",
		[STORE_FAULT_UNTRUSTED] = "not trusted",
		[STORE_FAULT_DIFFERS] = "differs",
	};
	char *why = terminal_clean(terminal, problem->why), *path = NULL, *line;

	if (problem->path)
		path = terminal_clean(terminal, problem->path);
	line = xasprintf("%s: %s: %s%s%s%s", problem->name, faults[problem->fault], why,
			 path ? ": compiled from " : "", path ? path : "",
			 problem->removed ? ": removed" : "");
	fputs(terminal_colour(terminal, COLOUR_BAD), terminal->out);
	print_line(terminal, line);
	fputs(terminal_colour(terminal, COLOUR_PLAIN), terminal->out);
	free(line);
	free(path);
	free(why);
}

static void print_count(const struct terminal *terminal, int64_t count, const char *what)
{
	char *line;

	if (!count)
		return;
	line = xasprintf("%s %s", entries_of(count).s, what);
	print_line(terminal, line);
	free(line);
}

void verify_print_text(const struct store_view *view, const struct store_verify *verify)
{
	struct terminal terminal = terminal_find(stdout);
	char *line;
	size_t i;

	line = xasprintf("%s of %s checked, %s damaged", human_count(verify->checked).s,
			 entries_of((int64_t)view->list->count).s,
			 verify->damaged ? human_count(verify->damaged).s : "none");
	print_heading(&terminal, view, line);
	free(line);
	line = xasprintf("%s compiled anew, %s.", entries_of(verify->compared).s,
			 !verify->compared    ? "as no source could be"
			 : !verify->differing ? "which gave the same code"
			 : verify->differing == verify->compared
				 ? "which gave other code"
				 : "some of which gave other code");
	print_line(&terminal, line);
	free(line);
	print_count(&terminal, verify->untrusted,
		    "made by somebody else, or writable by others.");
	print_count(&terminal, verify->no_source,
		    "not compiled: the source is gone or has changed.");
	print_count(&terminal, verify->no_python,
		    "not compiled: no interpreter with that tag and magic number was "
		    "found (--python).");
	print_count(&terminal, verify->unknown,
		    "not compared: the interpreter ended, or took too long.");
	for (i = 0; i < verify->problem_count; i++)
		print_problem(&terminal, &verify->problem[i]);
}
