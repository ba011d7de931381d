/*
 * pycstat summary: what the bytecode cache did for a run, what it cost, what to do.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "advice.h"
#include "json.h"
#include "names.h"
#include "options.h"
#include "recordings.h"
#include "savings.h"
#include "stats.h"
#include "summary_text.h"
#include "util.h"

/* "saves_seconds", which is certain, and where it is a range its limits. */
static void print_json_saves(struct json *json, const char *name, struct span saves)
{
	char key[32];

	snprintf(key, sizeof(key), "%s_seconds", name);
	json_seconds(json, key, saves.low);
	if (!span_is_range(saves))
		return;
	snprintf(key, sizeof(key), "%s_low", name);
	json_seconds(json, key, saves.low);
	snprintf(key, sizeof(key), "%s_high", name);
	json_seconds(json, key, saves.high);
}

static void print_json_remedy(struct json *json, const struct remedy *remedy)
{
	print_json_saves(json, "saves", remedy->saves);
	if (remedy->is_later)
		print_json_saves(json, "saves_later", remedy->later);
	json_integer(json, "starts", remedy->starts);
	json_integer(json, "costs_bytes", remedy->costs_bytes);
	json_string(json, "command", remedy->command);
}

static void print_json_advice(struct json *json, const struct advices *advices)
{
	const struct advice *advice;
	char *text;
	size_t i;

	json_open(json, "advice", '[');
	for (i = 0; i < advices->count; i++) {
		advice = &advices->advice[i];
		json_open(json, NULL, '{');
		json_string(json, "code", advice->code);
		text = xasprintf("%s %s", advice->finding, advice->remedy.text);
		json_string(json, "text", text);
		free(text);
		print_json_remedy(json, &advice->remedy);
		json_close(json, '{');
	}
	json_close(json, '[');
	json_open(json, "all_advice", '{');
	print_json_saves(json, "saves", advices->saves);
	json_integer(json, "costs_bytes", advices->costs_bytes);
	json_close(json, '{');
}

static void print_json_redirect(struct json *json, const struct stats *stats)
{
	struct savings savings = savings_measure(stats);

	json_open(json, "redirect", '{');
	json_integer(json, "shadow_pycs", savings.pycs);
	json_integer(json, "shadow_bytes", savings.bytes);
	json_integer(json, "shadow_hits", savings.hits);
	json_integer(json, "costed_hits", savings.costed_hits);
	json_seconds(json, "saved_seconds", savings.saved_ns);
	json_close(json, '{');
}

static void print_json(const struct recordings *recordings, const struct stats *stats,
		       const struct advices *advices)
{
	struct json json = {.out = stdout, .lines = 1};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.summary/1");
	json_open(&json, "recordings", '[');
	for (i = 0; i < recordings->count; i++)
		json_string(&json, NULL, recordings->paths[i]);
	json_close(&json, '[');
	json_seconds(&json, "duration_seconds",
		     (int64_t)(stats->last_ns - stats->first_ns));
	json_integer(&json, "processes", stats->processes);
	json_integer(&json, "starts", stats->starts);
	json_integer(&json, "events", (int64_t)stats->events);
	json_integer(&json, "lost_events", (int64_t)stats->lost_events);
	json_integer(&json, "damaged_bytes", (int64_t)stats->damaged_bytes);
	json_open(&json, "totals", '{');
	names_json_totals(&json, &stats->totals);
	json_close(&json, '{');
	names_json_reasons(&json, &stats->totals);
	names_json_errors(&json, &stats->errors);
	print_json_advice(&json, advices);
	json_integer(&json, "python_processes", stats->pythons);
	json_boolean(&json, "compile_at_most", stats->at_most > 0);
	json_integer(&json, "compile_not_measured", stats->unmeasured);
	print_json_redirect(&json, stats);
	json_close(&json, '{');
}

int cmd_summary(const struct options *options)
{
	struct recordings recordings;
	struct advices advices;
	struct stats stats;
	int status;

	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	advice_find(&stats, &advices);
	if (recordings.opened && options->json)
		print_json(&recordings, &stats, &advices);
	else if (recordings.opened)
		summary_print(&recordings, &stats, &advices);
	advice_free(&advices);
	status = recordings_status(&recordings);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
