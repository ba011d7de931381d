/* SPDX-License-Identifier: MIT */
/*
 * See store_text.h: what is printed for programs.
 */
#include "show/store_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"

static void begin(struct json *json, const struct store_view *view, const char *schema)
{
	*json = (struct json){.out = stdout, .lines = 2};
	json_open(json, NULL, '{');
	json_string(json, "schema", schema);
	json_string(json, "directory", view->path);
}

static void shares_json(struct json *json, const struct store_list *list)
{
	struct store_share *shares;
	size_t count = store_shares(list, &shares), i;

	json_open(json, "interpreters", '[');
	for (i = 0; i < count; i++) {
		json_open(json, NULL, '{');
		json_string(json, "tag", shares[i].tag);
		json_integer(json, "magic", shares[i].magic);
		json_integer(json, "entries", shares[i].entries);
		json_integer(json, "bytes", shares[i].bytes);
		json_seconds(json, "oldest_use", shares[i].oldest_ns);
		json_seconds(json, "last_use", shares[i].newest_ns);
		json_close(json, '{');
	}
	json_close(json, '[');
	free(shares);
}

void store_print_json(const struct store_view *view)
{
	const struct store_list *list = view->list;
	int64_t oldest_ns = INT64_MAX;
	struct json json;
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->item[i].used_ns < oldest_ns)
			oldest_ns = list->item[i].used_ns;
	begin(&json, view, "pycshim.store/1");
	json_integer(&json, "entries", (int64_t)list->count);
	json_integer(&json, "bytes", list->bytes);
	json_integer(&json, "disk_bytes", list->disk_bytes);
	json_integer(&json, "max_bytes", view->max_bytes);
	shares_json(&json, list);
	if (list->count)
		json_seconds(&json, "oldest_use", oldest_ns);
	else
		json_null(&json, "oldest_use");
	json_integer(&json, "reused", view->reused);
	json_seconds(&json, "saved_seconds", view->saved_ns);
	json_integer(&json, "unfinished", (int64_t)list->leftover_count);
	json_integer(&json, "unfinished_bytes", list->leftover_bytes);
	json_integer(&json, "others", (int64_t)list->others);
	json_boolean(&json, "trusted", !list->untrusted);
	json_close(&json, '{');
}

void prune_print_json(const struct store_view *view, const struct store_prune *prune)
{
	struct json json;

	begin(&json, view, "pycshim.store.prune/1");
	json_boolean(&json, "dry_run", prune->dry_run);
	json_integer(&json, "removed", prune->removed);
	json_integer(&json, "removed_bytes", prune->removed_bytes);
	json_integer(&json, "unfinished", prune->leftovers);
	json_integer(&json, "unfinished_bytes", prune->leftover_bytes);
	json_integer(&json, "entries", prune->entries);
	json_integer(&json, "bytes", prune->bytes);
	json_integer(&json, "max_bytes", prune->max_bytes);
	json_close(&json, '{');
}

static void problem_json(struct json *json, const struct store_problem *problem)
{
	static const char *const faults[] = {
		[STORE_FAULT_DAMAGED] = "damaged",
		[STORE_FAULT_UNTRUSTED] = "untrusted",
		[STORE_FAULT_DIFFERS] = "differs",
	};

	json_open(json, NULL, '{');
	json_string(json, "entry", problem->name);
	json_string(json, "fault", faults[problem->fault]);
	json_string(json, "why", problem->why);
	json_string(json, "source", problem->path);
	json_boolean(json, "removed", problem->removed);
	json_close(json, '{');
}

void verify_print_json(const struct store_view *view, const struct store_verify *verify)
{
	struct json json;
	size_t i;

	begin(&json, view, "pycshim.store.verify/1");
	json_integer(&json, "entries", (int64_t)view->list->count);
	json_integer(&json, "checked", verify->checked);
	json_integer(&json, "damaged", verify->damaged);
	json_integer(&json, "untrusted", verify->untrusted);
	json_integer(&json, "compiled", verify->compared);
	json_integer(&json, "differing", verify->differing);
	json_integer(&json, "no_source", verify->no_source);
	json_integer(&json, "no_interpreter", verify->no_python);
	json_integer(&json, "unknown", verify->unknown);
	json_integer(&json, "removed", verify->removed);
	json_open(&json, "problems", '[');
	for (i = 0; i < verify->problem_count; i++)
		problem_json(&json, &verify->problem[i]);
	json_close(&json, '[');
	json_close(&json, '{');
}
