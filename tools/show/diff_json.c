/* SPDX-License-Identifier: MIT */
/*
 * See diff_text.h: the JSON document.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "common/names.h"
#include "show/describe.h"
#include "show/diff_text.h"

static const char *const kinds[] = {
	[DIFF_NEW] = "newly_compiled",
	[DIFF_REASON] = "other_reason",
	[DIFF_GONE] = "no_longer_compiled",
	[DIFF_SAME] = "same",
};

static void total_json(struct json *json, unsigned total, double value)
{
	if (total_is_time(total))
		json_seconds(json, name_of_total(total), (int64_t)value);
	else
		json_number(json, name_of_total(total), value);
}

static void side_json(struct json *json, const struct diff_side *side,
		      const struct recordings *set)
{
	size_t i;

	json_open(json, "recordings", '[');
	for (i = 0; i < set->count; i++)
		json_string(json, NULL, set->paths[i]);
	json_close(json, '[');
	json_integer(json, "starts", side->stats->starts);
	json_number(json, "processes", side->processes);
	json_seconds(json, "ready_seconds", side->ready.median_ns);
	json_open(json, "totals", '{');
	for (i = 0; i < VERDICT_TOTALS; i++)
		total_json(json, (unsigned)i, side->total[i]);
	json_close(json, '{');
}

static void change_json(struct json *json, const struct diff *diff)
{
	const struct diff_side *before = &diff->side[DIFF_BEFORE],
			       *after = &diff->side[DIFF_AFTER];
	unsigned i;

	json_open(json, "change", '{');
	json_number(json, "processes", after->processes - before->processes);
	json_seconds(json, "ready_seconds",
		     after->ready.median_ns - before->ready.median_ns);
	json_open(json, "totals", '{');
	for (i = 0; i < VERDICT_TOTALS; i++)
		total_json(json, i, diff_change(diff, i));
	json_close(json, '{');
	json_close(json, '{');
}

static void module_side_json(struct json *json, const struct diff_module *module,
			     enum diff_which which)
{
	const char *name = which == DIFF_BEFORE ? "before" : "after";
	char *reason;

	if (!module->module[which]) {
		json_null(json, name);
		return;
	}
	json_open(json, name, '{');
	json_number(json, "compiled", module->compiled[which]);
	json_seconds(json, "compile_seconds", (int64_t)module->compile_ns[which]);
	json_number(json, "hits", module->hits[which]);
	reason = describe_reason(module->module[which]);
	json_string(json, "reason", *reason ? reason : NULL);
	free(reason);
	json_close(json, '{');
}

static void modules_json(struct json *json, const struct diff *diff, size_t top)
{
	size_t i;

	json_open(json, "modules", '[');
	for (i = 0; i < diff->modules && (!top || i < top); i++) {
		json_open(json, NULL, '{');
		json_string(json, "source", diff->module[i]->source);
		json_string(json, "change", kinds[diff_kind_of(diff->module[i])]);
		module_side_json(json, diff->module[i], DIFF_BEFORE);
		module_side_json(json, diff->module[i], DIFF_AFTER);
		json_close(json, '{');
	}
	json_close(json, '[');
}

static void promises_json(struct json *json, const struct diff *diff)
{
	const struct diff_promise *promise;
	size_t i;

	json_open(json, "promised", '[');
	for (i = 0; i < diff->promises; i++) {
		promise = &diff->promise[i];
		json_open(json, NULL, '{');
		json_string(json, "code", promise->advice->code);
		json_string(json, "starts", promise->later ? "later" : "each");
		json_boolean(json, "followed", promise->followed);
		json_seconds(json, "saves_seconds", promise->promised.low);
		if (span_is_range(promise->promised)) {
			json_seconds(json, "saves_low", promise->promised.low);
			json_seconds(json, "saves_high", promise->promised.high);
		}
		json_seconds(json, "measured_seconds", (int64_t)promise->measured_ns);
		json_close(json, '{');
	}
	json_close(json, '[');
}

void diff_print_json(const struct diff *diff, const struct recordings *sets, size_t top)
{
	struct json json = {.out = stdout, .lines = 2};

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.diff/1");
	json_open(&json, "before", '{');
	side_json(&json, &diff->side[DIFF_BEFORE], &sets[DIFF_BEFORE]);
	json_close(&json, '{');
	json_open(&json, "after", '{');
	side_json(&json, &diff->side[DIFF_AFTER], &sets[DIFF_AFTER]);
	json_close(&json, '{');
	change_json(&json, diff);
	modules_json(&json, diff, top);
	promises_json(&json, diff);
	json_close(&json, '{');
}
