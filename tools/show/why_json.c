/* SPDX-License-Identifier: MIT */
/*
 * See why_json.h.
 */
#include "show/why_json.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer/story.h"
#include "answer/story_conclusion.h"
#include "common/json.h"
#include "common/names.h"
#include "read/stats_module.h"
#include "show/describe.h"
#include "show/story_verdict.h"
#include "show/totals_json.h"

static void print_json_event(struct json *json, const struct module *module,
			     const struct story_event *event)
{
	static const char *const results[] = {
		[STORY_NONE] = NULL,	 [STORY_HIT] = "hit",
		[STORY_MISS] = "miss",	 [STORY_UNREADABLE] = "unreadable",
		[STORY_STALE] = "stale", [STORY_GLANCE] = "retracted",
	};
	bool lookup = event->type == RECORD_lookup;
	char *text = lookup ? story_verdict(module, event) : NULL;

	json_open(json, NULL, '{');
	json_seconds(json, "time", (int64_t)event->time_ns);
	if (event->process->known)
		json_integer(json, "pid", event->process->pid);
	else
		json_null(json, "pid");
	json_integer(json, "tid", event->tid);
	json_string(json, "op", name_of_operation(event->type));
	json_string(json, "error", event->error ? name_of_error(event->error) : NULL);
	json_string(json, "verdict", results[event->result]);
	json_string(json, "stale_reason",
		    event->result == STORY_STALE ? name_of_stale(event->reason) : NULL);
	json_string(json, "text", text);
	if (event->type == RECORD_compile)
		json_seconds(json, "compile_seconds", (int64_t)event->amount);
	else if (event->type == RECORD_reuse)
		json_seconds(json, "saved_seconds", (int64_t)amount_of(event->amount));
	else if (event->type == RECORD_wait)
		json_seconds(json, "wait_seconds", (int64_t)amount_of(event->amount));
	else
		json_integer(json, "bytes", (int64_t)event->amount);
	if (lookup && !event->error) {
		json_integer(json, "pyc_mtime", event->pyc_mtime);
		json_integer(json, "pyc_source_bytes", event->pyc_source_bytes);
	}
	if (lookup && event->source_seen) {
		json_integer(json, "source_mtime", event->source_mtime);
		json_integer(json, "source_bytes", event->source_bytes);
	}
	if (event->reused)
		json_string(json, "stored_from", event->stored_from);
	json_string(json, "action", name_of_action(event->action));
	json_string(json, "node", event->process->node);
	json_string(json, "recording", event->process->recording);
	json_close(json, '{');
	free(text);
}

static void print_json_module(struct json *json, const struct module *module)
{
	const struct story *story = story_of(module);
	char *conclusion = story_conclusion(module);
	char *tag = describe_tag(module);
	size_t i;

	json_open(json, NULL, '{');
	json_string(json, "source", module->source);
	json_string(json, "pyc", module->pyc);
	json_string(json, "tag", tag);
	json_boolean(json, "source_seen", !stats_module_lacks_source(module));
	totals_json(json, &module->totals);
	json_string(json, "conclusion", conclusion);
	json_open(json, "events", '[');
	for (i = 0; i < story->count; i++)
		print_json_event(json, module, &story->event[i]);
	json_close(json, '[');
	json_close(json, '{');
	free(conclusion);
	free(tag);
}

void why_json_print(const char *query, const struct matches *matches)
{
	struct json json = {.out = stdout, .lines = 4};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.why/1");
	json_string(&json, "query", query);
	json_open(&json, "matches", '[');
	for (i = 0; i < matches->count; i++)
		json_string(&json, NULL, matches->module[i]->pyc);
	json_close(&json, '[');
	json_open(&json, "modules", '[');
	for (i = 0; i < matches->count && !matches->ambiguous; i++)
		print_json_module(&json, matches->module[i]);
	json_close(&json, '[');
	json_close(&json, '{');
}
