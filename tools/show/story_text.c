/* SPDX-License-Identifier: MIT */
/*
 * See story_text.h.
 */
#include "show/story_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/story_fold.h"
#include "common/human.h"
#include "common/text.h"
#include "common/util.h"
#include "show/describe.h"
#include "show/story_verdict.h"

#define NAME_COLUMNS 15 /* the longest name of a program; also the kernel's limit */

/*
 * Each of the following describes one kind of event as a sentence without a subject, which
 * the caller frees.  NULL: the event needs no line.
 */

static char *compile_text(const struct story_event *event)
{
	return xasprintf("compiled the source: %s%s of CPU",
			 event->exact ? "" : "at most ",
			 human_seconds((int64_t)event->amount).s);
}

static char *read_source_text(const struct story_event *event,
			      const struct story_event *next)
{
	if (event->error)
		return xasprintf("could not read the source: %s",
				 story_error(event->error));
	if (event->late_error)
		return xasprintf("read the source; its __pycache__ could not be made: %s",
				 story_error(event->late_error));
	if (next && next->type == RECORD_compile && next->counted)
		return NULL;
	if (event->hashes)
		return xstrdup("read the source, for its hash");
	if (event->counted)
		return xstrdup("compiled the source; how long that took is not known, as "
			       "nothing followed");
	return xstrdup("read the source without compiling it, as tracebacks and inspect "
		       "do");
}

static bool event_has_no_shadow(const struct story_event *event)
{
	return event->process->known && event->process->mode == MODE_redirect &&
	       !*event->process->root;
}

/* The length of the path of the directory in which a pyc or __pycache__ was created. */
static size_t parent_bytes(const struct module *module, uint8_t type)
{
	size_t length = text_parent_length(module->pyc, module->pyc_length);

	if (type == RECORD_mkdir && length > PYCACHE_LENGTH + 1 &&
	    text_ends_with(module->pyc, length, "/" PYCACHE))
		length = text_parent_length(module->pyc, length);
	return length;
}

/* The steps of writing a pyc.  If all succeed, only the last one has a line. */
static char *write_text(const struct module *module, const struct story_event *event)
{
	const char *what = event->type == RECORD_create ? "could not create the pyc"
			   : event->type == RECORD_write
				   ? "could not write all of the pyc"
			   : event->type == RECORD_rename
				   ? "could not put the pyc in place"
				   : "could not make __pycache__";
	const char *where = event->action == ACTION_redirect ? " in the shadow" : "";
	uint64_t bytes = event->complete ? event->amount : event->bytes_before;

	if (event->error && event_has_no_shadow(event))
		return xasprintf("%s in %.*s, as redirect had no shadow to use: %s", what,
				 (int)parent_bytes(module, event->type), module->pyc,
				 story_error(event->error));
	if (event->error)
		return xasprintf("%s%s: %s%s", what, where, story_error(event->error),
				 event->action == ACTION_deny ? ", as deny mode wants"
							      : "");
	if (event->late_error)
		return xasprintf("put the pyc in place%s cut short, with %s bytes: it is "
				 "damaged; remove it",
				 where, human_count((int64_t)bytes).s);
	if (event->type != RECORD_rename && !event->complete)
		return NULL;
	if (!event->process->known)
		return xasprintf("kept the pyc%s: %s", where,
				 human_bytes((int64_t)bytes).s);
	return xasprintf("kept the pyc%s, as user %u: %s", where, event->process->uid,
			 human_bytes((int64_t)bytes).s);
}

static char *step_text(const struct module *module, const struct story *story,
		       size_t index)
{
	const struct story_event *event = &story->event[index];

	switch (event->type) {
	case RECORD_lookup:
		return story_verdict(module, event);
	case RECORD_read_source:
		return read_source_text(event, story_next(story, index));
	case RECORD_compile:
		return event->counted ? compile_text(event) : NULL;
	case RECORD_create:
	case RECORD_write:
	case RECORD_mkdir:
	case RECORD_rename:
		return write_text(module, event);
	case RECORD_unlink:
		if (event->temporary) /* an earlier line says why it became no pyc */
			return NULL;
		if (!event->error)
			return xstrdup("deleted the pyc");
		if (event->error == ENOENT) /* Python 2.7 unlinks before it writes */
			return NULL;
		return xasprintf("could not delete the pyc: %s",
				 story_error(event->error));
	default:
		return NULL;
	}
}

/* "gunicorn (812)": the name and pid of a process. */
static char *name_process(const struct terminal *terminal, const struct story *story,
			  const struct process *process)
{
	char *clean, *cut, *pid, *text;

	if (!process->known)
		return xstrdup("unknown process");
	clean = terminal_clean(terminal, text_base_name(process->executable));
	cut = terminal_cut_right(terminal, clean, NAME_COLUMNS);
	free(clean);
	pid = describe_pid(process, story->several);
	clean = terminal_clean(terminal, pid);
	text = xasprintf("%s (%s)", cut, clean);
	free(pid);
	free(cut);
	free(clean);
	return text;
}

static void print_step(const struct terminal *terminal, uint64_t time_ns,
		       const char *subject, const char *text)
{
	char *line = xasprintf("%s %s.", subject, text);

	fprintf(terminal->out, "  %s%s%s  ", terminal_colour(terminal, COLOUR_DIM),
		human_clock(time_ns).s, terminal_colour(terminal, COLOUR_PLAIN));
	terminal_wrap(terminal, line, 16, 16);
	free(line);
}

static int by_address(const void *a, const void *b)
{
	uintptr_t left = (uintptr_t) * (const struct process *const *)a;
	uintptr_t right = (uintptr_t) * (const struct process *const *)b;

	return (left > right) - (left < right);
}

/* Count the different processes.  Sorts them. */
static size_t count_different(const struct process **process, size_t count)
{
	size_t i, different = 0;

	qsort(process, count, sizeof(*process), by_address);
	for (i = 0; i < count; i++)
		different += !i || process[i] != process[i - 1];
	return different;
}

/* The name of the process, if they are all the same one, or "4 processes". */
static char *name_processes(const struct terminal *terminal, const struct story *story,
			    const struct process **process, size_t count)
{
	size_t different = count_different(process, count);

	return different == 1 ? name_process(terminal, story, process[0])
			      : xasprintf("%zu processes", different);
}

/*
 * Print consecutive hits as one line.  Returns their number, or 1 without printing if only
 * one begins at `index`.
 */
static size_t print_hits(const struct terminal *terminal, const struct story *story,
			 size_t index)
{
	const struct story_event *event = &story->event[index];
	const struct process **process;
	char *subject, *text;
	size_t count = 0, i;
	bool whole = true, by_name = true;

	for (; index + count < story->count && event[count].type == RECORD_lookup &&
	       event[count].result == STORY_HIT && !event[count].reused &&
	       !event[count].waited;
	     count++) {
		whole &= event[count].whole;
		by_name &= event[count].by_name;
	}
	if (count < 2)
		return 1;
	process = xcalloc(count, sizeof(*process));
	for (i = 0; i < count; i++)
		process[i] = event[i].process;
	subject = name_processes(terminal, story, process, count);
	text = xasprintf("found it and %s it%s (%s hits), until %s",
			 whole ? "used" : "read", by_name ? " by its own name" : "",
			 human_count((int64_t)count).s,
			 human_clock(event[count - 1].time_ns).s);
	print_step(terminal, event->time_ns, subject, text);
	free(subject);
	free(text);
	free(process);
	return count;
}

/* Print consecutive episodes that repeat the one before `first` as one line. */
static void print_repeated(const struct terminal *terminal, const struct story *story,
			   const struct story_fold *fold, size_t first)
{
	const struct process **process = xcalloc(fold->count, sizeof(*process));
	char *subject, *text, *times, *cost = NULL;
	uint64_t time_ns = story->event[fold->episode[first].first].time_ns, last_ns = 0;
	int64_t compile_ns = 0;
	size_t count, i;

	if (time_ns < fold->episode[first - 1].last_ns)
		time_ns = fold->episode[first - 1].last_ns;
	for (i = first; i < fold->count && story_fold_is_repeated(fold, i); i++) {
		process[i - first] = story->event[fold->episode[i].first].process;
		compile_ns = amount_add(compile_ns, fold->episode[i].compile_ns);
		if (fold->episode[i].last_ns > last_ns)
			last_ns = fold->episode[i].last_ns;
	}
	count = i - first;
	times = count == 1 ? xstrdup("once more")
			   : xasprintf("%s more times", human_count((int64_t)count).s);
	if (compile_ns)
		cost = xasprintf(": %s of CPU", human_seconds(compile_ns).s);
	subject = name_processes(terminal, story, process, count);
	text = xasprintf("did the same %s, until %s%s", times, human_clock(last_ns).s,
			 cost ? cost : "");
	print_step(terminal, time_ns, subject, text);
	free(process);
	free(subject);
	free(times);
	free(text);
	free(cost);
}

/* Print the date if another day begins. */
static void print_day(const struct terminal *terminal, uint64_t *last_ns,
		      uint64_t time_ns)
{
	struct human day = human_date(time_ns), last = human_date(*last_ns);

	if (*last_ns && strncmp(day.s, last.s, strlen("2024-01-31")) == 0)
		return;
	*last_ns = time_ns;
	fprintf(terminal->out, "  %s%.10s%s\n", terminal_colour(terminal, COLOUR_DIM),
		day.s, terminal_colour(terminal, COLOUR_PLAIN));
}

/* Print the line that begins at this event.  Returns how many events it covers. */
static size_t print_event(const struct terminal *terminal, const struct module *module,
			  const struct story *story, size_t index)
{
	const struct story_event *event = &story->event[index];
	size_t told = 1;
	char *subject, *text;

	if (event->type == RECORD_lookup && event->result == STORY_HIT)
		told = print_hits(terminal, story, index);
	text = told > 1 ? NULL : step_text(module, story, index);
	if (!text)
		return told;
	subject = name_process(terminal, story, event->process);
	print_step(terminal, event->time_ns, subject, text);
	free(subject);
	free(text);
	return told;
}

/*
 * Must repeated episodes be printed at this event?  Returns the first of them; 0: no.  They
 * are printed when the first of them has begun and the episode that they repeat has ended.
 */
static size_t repeated_at(const struct story_fold *fold, size_t index)
{
	size_t episode = fold->episode_of[index];
	const struct story_episode *it = &fold->episode[episode];

	if (!story_fold_is_repeated(fold, episode)) {
		episode++;
		return index == it->last && episode < fold->count &&
				       story_fold_is_repeated(fold, episode) &&
				       it[1].first < index
			       ? episode
			       : 0;
	}
	return index == it->first && it[-1].last < index &&
			       !story_fold_is_repeated(fold, episode - 1)
		       ? episode
		       : 0;
}

void story_print(const struct terminal *terminal, const struct module *module,
		 const struct story *story)
{
	struct story_fold fold = story_fold_begin(story);
	size_t i, told, repeated;
	uint64_t day = 0;

	for (i = 0; i < story->count; i += told) {
		told = 1;
		print_day(terminal, &day, story->event[i].time_ns);
		if (!story_fold_is_repeated(&fold, fold.episode_of[i]))
			told = print_event(terminal, module, story, i);
		repeated = repeated_at(&fold, i);
		if (repeated)
			print_repeated(terminal, story, &fold, repeated);
	}
	story_fold_end(&fold);
}
