/* SPDX-License-Identifier: MIT */
/*
 * pycstat summary: what the bytecode cache did for a run, what it cost, what to do.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>

#include "answer/advice.h"
#include "answer/gate.h"
#include "answer/ready.h"
#include "answer/savings.h"
#include "command/commands.h"
#include "common/json.h"
#include "common/names.h"
#include "common/usage.h"
#include "common/util.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "show/groups.h"
#include "show/summary_text.h"
#include "show/totals_json.h"

/* "saves_seconds", the lower limit; "saves_low" and "saves_high" only if they differ. */
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
	print_json_saves(json, "saves_ready", remedy->ready);
	if (remedy->is_later)
		print_json_saves(json, "saves_later_ready", remedy->ready_later);
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
	print_json_saves(json, "saves_ready", advices->ready);
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

/* The median over the starts that compiled something; 0 if none did. */
static void print_json_ready(struct json *json, const struct stats *stats)
{
	struct ready ready = ready_measure(stats);

	json_seconds(json, "ready_seconds", ready.median_ns);
	json_open(json, "ready", '{');
	json_integer(json, "starts", ready.starts);
	json_seconds(json, "quartile_low", ready.quartile_low_ns);
	json_seconds(json, "quartile_high", ready.quartile_high_ns);
	print_json_saves(json, "compiling", ready.compiling);
	json_close(json, '{');
}

static void summary_print_json(const struct recordings *recordings,
			       const struct stats *stats, const struct advices *advices)
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
	print_json_ready(&json, stats);
	json_integer(&json, "events", (int64_t)stats->events);
	json_integer(&json, "lost_events", (int64_t)stats->lost_events);
	json_integer(&json, "damaged_bytes", (int64_t)stats->damaged_bytes);
	json_open(&json, "totals", '{');
	totals_json(&json, &stats->totals);
	json_close(&json, '{');
	totals_json_reasons(&json, &stats->totals);
	totals_json_errors(&json, &stats->errors);
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

	if (!options->is_grouped && (options->sort || options->top_given))
		usage_error("--%s: not an option of 'summary' without --by",
			    options->sort ? "sort" : "top");
	gate_check(options);
	recordings_find(&recordings, options);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	advice_find(&stats, &advices);
	if (recordings.opened && options->is_grouped)
		groups_print("summary", &stats, options);
	else if (recordings.opened && options->json)
		summary_print_json(&recordings, &stats, &advices);
	else if (recordings.opened)
		summary_print(&recordings, &stats, &advices);
	advice_free(&advices);
	status = recordings_status(&recordings);
	if (recordings.opened)
		status = gate_status(options, &stats, status);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
