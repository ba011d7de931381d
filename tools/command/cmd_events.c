/* SPDX-License-Identifier: MIT */
/*
 * pycstat events: prints all recorded events, and with --follow new ones as they happen.
 * Called from pycstat.c's table.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer/event_filter.h"
#include "command/commands.h"
#include "common/json.h"
#include "common/names.h"
#include "common/util.h"
#include "read/merge.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "read/stats_process.h"
#include "show/event_text.h"

#define POLL_NS 50000000 /* how often --follow looks for new events */
#define BATCH 4096 /* after so many events, recordings without more are asked again */

/* What is needed to print an event. */
struct printer {
	bool json;
	struct event_text text;
	struct event_filter filter;
	struct tables tables; /* holds processes and, for the filter, modules */
	char *node;	      /* of the first process; NULL: not known yet */
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static void catch_interrupts(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void events_print_json(const struct record *record, const struct process *process)
{
	struct json json = {.out = stdout};

	json_open(&json, NULL, '{');
	json_seconds(&json, "time", (int64_t)record->time_ns);
	if (process->known)
		json_integer(&json, "pid", process->pid);
	else
		json_null(&json, "pid");
	json_integer(&json, "tid", record->tid);
	json_string(&json, "op", name_of_operation(record->type));
	json_string(&json, "path", reader_path(record));
	json_string(&json, "to", reader_path_to(record));
	if (record->type == RECORD_reuse)
		json_string(&json, "from", reader_path_from(record));
	json_string(&json, "error", record->error ? name_of_error(record->error) : NULL);
	json_integer(&json, "nanoseconds", (int64_t)event_ns(record));
	json_integer(&json, "bytes", (int64_t)event_bytes(record));
	json_string(&json, "action", name_of_action(record->action));
	json_string(&json, "node", process->node);
	json_string(&json, "recording", process->recording);
	json_close(&json, '{');
}

/* With a second node, pids are printed with the name of their node. */
static void note_node(struct printer *printer, const struct process *process)
{
	if (!process->node || printer->text.several)
		return;
	if (!printer->node)
		printer->node = xstrdup(process->node);
	if (strcmp(printer->node, process->node) != 0)
		printer->text = event_text_begin(true);
}

/* Print an event.  Process records are kept, because events refer to them. */
static void print_record(struct printer *printer, const struct record *record)
{
	const struct record_process *announced = (const struct record_process *)record;
	struct process *process;

	if (record->type == RECORD_PROCESS) {
		process = tables_announced(&printer->tables, announced);
		stats_process_announce(process, announced);
		note_node(printer, process);
		return;
	}
	process = tables_process(&printer->tables, record->process);
	if (!stats_event_is_shown(record) ||
	    (printer->filter.active &&
	     !event_filter_takes(&printer->filter, &printer->tables, record, process))) {
		return;
	} else if (printer->json) {
		events_print_json(record, process);
	} else {
		event_text_print(&printer->text, record, process);
	}
}

/* Print at most BATCH events.  Returns whether there may be more. */
static bool print_batch(struct merge *merge, struct printer *printer)
{
	struct merge_source *source;
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		source = merge_oldest(merge);
		if (!source || interrupted || ferror(stdout))
			return false;
		tables_begin(&printer->tables, source->reader.path);
		print_record(printer, source->next);
		merge_advance(merge);
	}
	return true;
}

/* Print all events that are there now.  Returns false if standard output failed. */
static bool drain(struct merge_source *sources, size_t count, struct printer *printer)
{
	struct merge merge;
	bool more;

	do { /* recordings that had no more may have new events by now */
		merge_begin(&merge, sources, count);
		more = print_batch(&merge, printer);
		merge_end(&merge);
	} while (more);
	return !ferror(stdout);
}

static void open_source(struct recordings *recordings, size_t index,
			struct merge_source *source, bool follows)
{
	const char *path = recordings->paths[index];

	if (follows && strcmp(path, "-") != 0 && access(path, F_OK) != 0 &&
	    errno == ENOENT) {
		if (!source->awaited)
			warn("%s: no such recording yet: waiting for it", path);
		source->awaited = true;
		return;
	}
	source->awaited = false;
	source->open = recordings_open(recordings, index, &source->reader);
	/* only a regular file can grow after its end */
	source->reader.follow = follows && source->open && source->reader.regular;
}

/* Look for new events.  Returns whether a recording can grow; *fresh: one has grown. */
static bool events_refresh(struct recordings *recordings, struct merge_source *sources,
			   bool *fresh)
{
	bool can_grow = false;
	size_t i;

	for (*fresh = false, i = 0; i < recordings->count; i++) {
		if (sources[i].awaited) {
			open_source(recordings, i, &sources[i], true);
			*fresh |= sources[i].open;
		} else if (sources[i].open) {
			*fresh |= reader_refresh(&sources[i].reader);
		}
		can_grow |= sources[i].awaited || sources[i].reader.follow;
	}
	return can_grow;
}

/* Print events as they happen, until interrupted or no recording can grow. */
static void events_follow(struct recordings *recordings, struct merge_source *sources,
			  struct printer *printer)
{
	struct timespec wait = {.tv_nsec = POLL_NS};
	bool fresh = false, can_grow = true;

	while (can_grow && !interrupted && drain(sources, recordings->count, printer)) {
		if (fflush(stdout) != 0)
			return;
		can_grow = events_refresh(recordings, sources, &fresh) || fresh;
		if (can_grow && !fresh)
			nanosleep(&wait, NULL);
	}
}

int cmd_events(const struct options *options)
{
	struct printer printer = {.json = options->json};
	struct recordings recordings;
	struct merge_source *sources;
	int status;
	size_t i;

	event_filter_begin(&printer.filter, options);
	recordings_find(&recordings, options);
	printer.text = event_text_begin(recordings.count > 1);
	if (options->follow)
		catch_interrupts();
	tables_init(&printer.tables);
	sources = xcalloc(recordings.count, sizeof(*sources));
	for (i = 0; i < recordings.count; i++)
		open_source(&recordings, i, &sources[i], options->follow);
	if (options->follow)
		events_follow(&recordings, sources, &printer);
	else
		drain(sources, recordings.count, &printer);
	for (i = 0; i < recordings.count; i++)
		if (sources[i].open)
			recordings_close(&recordings, &sources[i].reader);
	status = recordings_status(&recordings);
	free(sources);
	tables_free(&printer.tables);
	event_filter_end(&printer.filter);
	free(printer.node);
	recordings_free(&recordings);
	return status;
}
