/*
 * See event_text.h.  Runs in pycstat.
 */
#include "event_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "human.h"
#include "names.h"
#include "reader.h"
#include "util.h"

#define ROOM_WANTED 32 /* columns of a path; for less other columns are left out */
#define INDENT 2       /* of paths in lines of their own */
#define ALWAYS 23      /* columns of operation, error and what parts them */
#define PID_COLUMNS 7
#define NODE_COLUMNS 16	     /* more, where a pid has the name of its node */
#define RECORDING_COLUMNS 20 /* at most, of the recording's name behind a path */

enum { SHOWS_CLOCK = 1, SHOWS_PID = 2, SHOWS_TIME = 4, SHOWS_BYTES = 8 };

/* The first is left out first. */
static const struct {
	unsigned bit;
	size_t width;
} spare[] = {{SHOWS_BYTES, 10}, {SHOWS_TIME, 10}, {SHOWS_PID, 9}, {SHOWS_CLOCK, 13}};

static size_t width_of(const struct event_text *text, size_t column)
{
	return spare[column].width +
	       (spare[column].bit == SHOWS_PID && text->several ? NODE_COLUMNS : 0);
}

uint64_t event_bytes(const struct record *record)
{
	if (record->type == RECORD_lookup)
		return ((const struct record_lookup *)record)->pyc_bytes;
	if (record->type == RECORD_compile)
		return 0;
	return ((const struct record_event *)record)->bytes;
}

uint64_t event_ns(const struct record *record)
{
	if (record->type == RECORD_compile)
		return ((const struct record_compile *)record)->cpu_ns;
	return record->duration_ns;
}

struct event_text event_text_begin(bool several)
{
	struct event_text text = {.terminal = terminal_find(stdout), .several = several};
	size_t columns = text.terminal.columns, used = ALWAYS, i;

	for (i = 0; i < ARRAY_SIZE(spare); i++) {
		text.shown |= spare[i].bit;
		used += width_of(&text, i);
	}
	if (!columns)
		return text;
	text.apart = columns < ALWAYS + ROOM_WANTED;
	for (i = 0;
	     i < ARRAY_SIZE(spare) && used + (text.apart ? 0 : ROOM_WANTED) > columns;
	     i++) {
		text.shown &= ~spare[i].bit;
		used -= width_of(&text, i);
	}
	text.indent = text.apart ? INDENT : used;
	return text;
}

/* The end of a path, which names the module, with what stands before and after it. */
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

/* What stands behind a path: " (redirect)", " [web-1.recording]". */
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
	bool beside = !room || room / 2 >= ROOM_WANTED; /* two paths in one line */
	const char *to = reader_path_to(record);
	char *after = remarks(text, record, process);

	if (text->apart)
		fprintf(text->terminal.out, "\n%*s", (int)text->indent, "");
	if (to && beside)
		room /= 2;
	print_path(text, room, "", reader_path(record), to ? "" : after);
	if (to && !beside)
		fprintf(text->terminal.out, "\n%*s", (int)text->indent, "");
	if (to)
		print_path(text, room, beside ? " -> " : "-> ", to, after);
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
