/*
 * pycstat events: every event as it was recorded, and on as they happen with --follow.
 * Called from pycstat.c's table.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event_text.h"
#include "json.h"
#include "merge.h"
#include "names.h"
#include "options.h"
#include "recordings.h"
#include "stats.h"
#include "stats_process.h"
#include "util.h"

#define POLL_NS 50000000 /* how late an event may be shown */
#define BATCH 4096	 /* events between two looks at recordings that had no more */

/* Everything that printing an event needs. */
struct printer {
	bool json;
	struct event_text text;
	struct tables tables; /* of the processes alone */
	char *node;	      /* of the first process; NULL: none yet */
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

static void print_json(const struct record *record, const struct process *process)
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
	json_string(&json, "error", record->error ? name_of_error(record->error) : NULL);
	json_integer(&json, "nanoseconds", (int64_t)event_ns(record));
	json_integer(&json, "bytes", (int64_t)event_bytes(record));
	json_string(&json, "action", name_of_action(record->action));
	json_string(&json, "node", process->node);
	json_string(&json, "recording", process->recording);
	json_close(&json, '{');
}

/* Once there is another node, one pid may be of two processes. */
static void note_node(struct printer *printer, const struct process *process)
{
	if (!process->node || printer->text.several)
		return;
	if (!printer->node)
		printer->node = xstrdup(process->node);
	if (strcmp(printer->node, process->node) != 0)
		printer->text = event_text_begin(true);
}

/* Only what names processes is kept; an event is printed and forgotten. */
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
	if (!stats_event_is_shown(record)) {
		return;
	} else if (printer->json) {
		print_json(record, process);
	} else {
		event_text_print(&printer->text, record, process);
	}
}

/* Print some of what is there.  Returns whether there may be more. */
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

/* Print all that is there.  Returns false when nobody reads what we print. */
static bool drain(struct merge_source *sources, size_t count, struct printer *printer)
{
	struct merge merge;
	bool more;

	do { /* those that had no more may have by now */
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
	/* a pipe that has ended will not go on */
	source->reader.follow = follows && source->open && source->reader.regular;
}

/* Look for more in each.  Returns whether any can grow; `fresh`: one has. */
static bool refresh(struct recordings *recordings, struct merge_source *sources,
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

static void follow(struct recordings *recordings, struct merge_source *sources,
		   struct printer *printer)
{
	struct timespec wait = {.tv_nsec = POLL_NS};
	bool fresh = false, can_grow = true;

	while (can_grow && !interrupted && drain(sources, recordings->count, printer)) {
		if (fflush(stdout) != 0)
			return;
		can_grow = refresh(recordings, sources, &fresh) || fresh;
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

	recordings_find(&recordings, options);
	printer.text = event_text_begin(recordings.count > 1);
	if (options->follow)
		catch_interrupts();
	tables_init(&printer.tables);
	sources = xcalloc(recordings.count, sizeof(*sources));
	for (i = 0; i < recordings.count; i++)
		open_source(&recordings, i, &sources[i], options->follow);
	if (options->follow)
		follow(&recordings, sources, &printer);
	else
		drain(sources, recordings.count, &printer);
	for (i = 0; i < recordings.count; i++)
		if (sources[i].open)
			recordings_close(&recordings, &sources[i].reader);
	status = recordings_status(&recordings);
	free(sources);
	tables_free(&printer.tables);
	free(printer.node);
	recordings_free(&recordings);
	return status;
}
