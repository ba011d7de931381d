/* SPDX-License-Identifier: MIT */
/*
 * See event_text.h.
 */
#include "show/event_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/reader.h"
#include "show/describe.h"

#define ROOM_WANTED 32	     /* with less room for a path, other columns are left out */
#define INDENT 2	     /* of paths that have their own line */
#define ALWAYS 23	     /* the width of operation and error, with the gaps */
#define PID_COLUMNS 7	     /* the width of a pid ... */
#define NODE_COLUMNS 16	     /* ... and of the name of its node */
#define RECORDING_COLUMNS 20 /* the largest width of the recording's name after a path */

enum { SHOWS_CLOCK = 1, SHOWS_PID = 2, SHOWS_TIME = 4, SHOWS_BYTES = 8 };

/* The columns that may be left out, in that order. */
static const struct {
	unsigned bit;
	size_t width;
} spare[] = {{SHOWS_BYTES, 10}, {SHOWS_TIME, 10}, {SHOWS_PID, 9}, {SHOWS_CLOCK, 13}};

static size_t column_width(const struct event_text *text, size_t column)
{
	return spare[column].width +
	       (spare[column].bit == SHOWS_PID && text->several ? NODE_COLUMNS : 0);
}

/* Does the event tell a time in place of a number of bytes? */
static bool event_is_shared(const struct record *record)
{
	return record->type == RECORD_reuse || record->type == RECORD_wait;
}

uint64_t event_bytes(const struct record *record)
{
	if (record->type == RECORD_lookup)
		return ((const struct record_lookup *)record)->pyc_bytes;
	if (record->type == RECORD_compile || event_is_shared(record))
		return 0;
	return ((const struct record_event *)record)->bytes;
}

uint64_t event_ns(const struct record *record)
{
	if (record->type == RECORD_compile)
		return ((const struct record_compile *)record)->cpu_ns;
	if (event_is_shared(record))
		return amount_of(((const struct record_event *)record)->bytes);
	return record->duration_ns;
}

struct event_text event_text_begin(bool several)
{
	struct event_text text = {.terminal = terminal_find(stdout), .several = several};
	size_t columns = text.terminal.columns, used = ALWAYS, i;

	for (i = 0; i < ARRAY_SIZE(spare); i++) {
		text.shown |= spare[i].bit;
		used += column_width(&text, i);
	}
	if (!columns)
		return text;
	text.apart = columns < ALWAYS + ROOM_WANTED;
	for (i = 0;
	     i < ARRAY_SIZE(spare) && used + (text.apart ? 0 : ROOM_WANTED) > columns;
	     i++) {
		text.shown &= ~spare[i].bit;
		used -= column_width(&text, i);
	}
	text.indent = text.apart ? INDENT : used;
	return text;
}

/* Print a path between two texts.  If it is too long its beginning is cut off. */
static void print_path(const struct event_text *text, size_t room, const char *before,
		       const char *path, const char *after)
{
	const struct terminal *terminal = &text->terminal;
	size_t around = strlen(before) + strlen(after);
	char *clean = terminal_clean(terminal, path);
	char *cut = terminal_cut_left(
		terminal, clean, room ? room - around : terminal_width(terminal, clean));

	fprintf(terminal->out, "%s%s%s", before, cut, after);
	free(cut);
	free(clean);
}

/* What follows a path: " (redirect)", " [web-1.recording]".  The caller frees it. */
static char *remarks(const struct event_text *text, const struct record *record,
		     const struct process *process)
{
	char *action = record->action == ACTION_pass
			       ? xstrdup("")
			       : xasprintf(" (%s)", name_of_action(record->action));
	char *clean, *cut, *both;

	if (!text->several || !process->recording)
		return action;
	clean = terminal_clean(&text->terminal, process->recording);
	cut = text->terminal.columns
		      ? terminal_cut_left(&text->terminal, clean, RECORDING_COLUMNS - 3)
		      : xstrdup(clean);
	both = xasprintf("%s [%s]", action, cut);
	free(action);
	free(clean);
	free(cut);
	return both;
}

static void print_paths(const struct event_text *text, const struct record *record,
			const struct process *process)
{
	size_t columns = text->terminal.columns;
	size_t room = columns ? columns - text->indent : 0;
	bool beside = !room || room / 2 >= ROOM_WANTED; /* two paths fit on one line */
	const char *from = reader_path_from(record);
	const char *to = from ? from : reader_path_to(record);
	const char *arrow = from ? "<- " : "-> ";
	char *after = remarks(text, record, process);

	if (text->apart)
		fprintf(text->terminal.out, "\n%*s", (int)text->indent, "");
	if (to && beside)
		room /= 2;
	print_path(text, room, "", reader_path(record), to ? "" : after);
	if (to && !beside)
		fprintf(text->terminal.out, "\n%*s", (int)text->indent, "");
	if (to && beside)
		putc(' ', text->terminal.out);
	if (to)
		print_path(text, room, arrow, to, after);
	putc('\n', text->terminal.out);
	free(after);
}

static void print_pid(const struct event_text *text, const struct process *process)
{
	size_t width = PID_COLUMNS + (text->several ? NODE_COLUMNS : 0), used;
	char *pid = describe_pid(process, text->several && process->node);
	char *clean = terminal_clean(&text->terminal, pid);
	char *cut = text->terminal.columns
			    ? terminal_cut_right(&text->terminal, clean, width)
			    : xstrdup(clean);

	used = terminal_width(&text->terminal, cut);
	fprintf(text->terminal.out, "%*s%s  ", (int)(used < width ? width - used : 0), "",
		cut);
	free(pid);
	free(clean);
	free(cut);
}

void event_text_print(const struct event_text *text, const struct record *record,
		      const struct process *process)
{
	const struct terminal *terminal = &text->terminal;
	uint64_t bytes = event_bytes(record);
	FILE *out = terminal->out;

	if (text->shown & SHOWS_CLOCK)
		fprintf(out, "%s%s%s ", terminal_colour(terminal, COLOUR_DIM),
			human_clock(record->time_ns).s,
			terminal_colour(terminal, COLOUR_PLAIN));
	if (text->shown & SHOWS_PID)
		print_pid(text, process);
	fprintf(out, "%-11s %s%-9s%s", name_of_operation(record->type),
		terminal_colour(terminal, record->error ? COLOUR_BAD : COLOUR_GOOD),
		record->error ? name_of_error(record->error) : "ok",
		terminal_colour(terminal, COLOUR_PLAIN));
	if (text->shown & SHOWS_TIME)
		fprintf(out, " %9s", human_seconds((int64_t)event_ns(record)).s);
	if (text->shown & SHOWS_BYTES)
		fprintf(out, " %9s", bytes ? human_bytes((int64_t)bytes).s : "-");
	fputs(text->apart ? "" : "  ", out);
	print_paths(text, record, process);
}
