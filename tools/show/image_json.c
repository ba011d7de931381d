/* SPDX-License-Identifier: MIT */
/*
 * See image_text.h: what is printed for programs.
 */
#include "show/image_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"

static void counts_json(struct json *json, const struct image_row *row)
{
	static const char *const reasons[] = {
#define STALE(name, what) #name,
#include "stale.def"
#undef STALE
	};
	size_t i;

	json_integer(json, "sources", row->sources);
	json_integer(json, "valid", row->pycs.valid);
	json_integer(json, "missing", row->missing);
	json_integer(json, "stale", row->pycs.stale);
	json_open(json, "stale_reasons", '{');
	for (i = 0; i < STALE_COUNT; i++)
		json_integer(json, reasons[i], row->pycs.stale_reasons[i]);
	json_close(json, '{');
	json_integer(json, "unreadable", row->pycs.unreadable);
	json_integer(json, "damaged", row->pycs.damaged);
	json_integer(json, "unproven", row->unproven);
	json_integer(json, "hash_based", row->pycs.hash_based);
	json_integer(json, "optimised", image_optimised_pycs(row));
	json_open(json, "optimised_levels", '[');
	for (i = 0; i < IMAGE_LEVELS; i++) {
		json_open(json, NULL, '{');
		json_string(json, "level", image_level_name((enum image_level)i));
		json_integer(json, "valid", row->pycs.optimised[i].valid);
		json_integer(json, "stale", row->pycs.optimised[i].stale);
		json_integer(json, "unreadable", row->pycs.optimised[i].unreadable);
		json_close(json, '{');
	}
	json_close(json, '[');
	json_integer(json, "pyc_bytes", row->pycs.bytes);
	json_integer(json, "disk_bytes", row->pycs.disk_bytes);
	json_integer(json, "missing_bytes", row->missing_bytes);
	json_seconds(json, "compile_seconds", row->compile_ns);
}

/* Where the cost comes from. */
static void price_json(struct json *json, const struct image_view *view,
		       const struct image_row *row)
{
	const struct image_price *price = image_price_find(view->cost->prices, row->tag);

	const struct image_price *measured = price && !price->recorded ? price : NULL;

	json_seconds(json, "workers_seconds", row->compile_ns * (int64_t)view->workers);
	json_string(json, "cost_from",
		    measured		     ? "measured"
		    : price || row->recorded ? "recording"
					     : "size");
	json_integer(json, "measured_sources", measured ? measured->sources : 0);
	json_integer(json, "measured_bytes", measured ? measured->bytes : 0);
	json_seconds(json, "measured_seconds", measured ? measured->ns : 0);
	json_integer(json, "recorded_sources", row->recorded);
	json_seconds(json, "recorded_seconds", row->recorded_ns);
}

static void owners_json(struct json *json, const struct image_owners *owners)
{
	const struct image_owner *owner;

	json_open(json, "owners", '[');
	for (owner = owners->owner; owner < owners->owner + owners->count; owner++) {
		json_open(json, NULL, '{');
		json_integer(json, "uid", owner->uid);
		json_string(json, "by", image_maker_name(owner->by));
		json_integer(json, "pycs", owner->pycs);
		json_integer(json, "unwritable", owner->unwritable);
		json_integer(json, "root_beside_others", owner->roots);
		json_integer(json, "world_writable", owner->everybodys);
		json_close(json, '{');
	}
	json_close(json, '[');
}

static void advice_json(struct json *json, const struct image_view *view)
{
	char *text;
	size_t i;

	json_open(json, "advice", '[');
	for (i = 0; i < view->advice_count; i++) {
		text = image_advice_text(view, &view->advice[i]);
		json_open(json, NULL, '{');
		json_string(json, "code", view->advice[i].code);
		json_string(json, "tag", view->advice[i].row->tag);
		json_string(json, "text", text);
		json_string(json, "command", view->advice[i].command);
		json_seconds(json, "saves_seconds", view->advice[i].saves_ns);
		json_integer(json, "costs_bytes", view->advice[i].costs_bytes);
		json_close(json, '{');
		free(text);
	}
	json_close(json, '[');
}

void image_print_json(const struct image_view *view)
{
	const struct image_cost *cost = view->cost;
	struct json json = {.out = stdout, .lines = 2};
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", "pycshim.image/1");
	json_string(&json, "root", view->root ? view->root : "/");
	json_open(&json, "interpreters", '[');
	for (i = 0; i < cost->interpreters; i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "tag", cost->interpreter[i].tag);
		json_string(&json, "executable", cost->interpreter[i].executable);
		counts_json(&json, &cost->interpreter[i]);
		price_json(&json, view, &cost->interpreter[i]);
		json_close(&json, '{');
	}
	json_close(&json, '[');
	json_integer(&json, "workers", (int64_t)view->workers);
	json_integer(&json, "orphaned", view->image->orphaned);
	json_integer(&json, "sourceless", view->image->sourceless);
	json_integer(&json, "sources", cost->total.sources);
	json_integer(&json, "other_sources", cost->other_sources);
	json_integer(&json, "assumed_sources", cost->assumed_sources);
	json_string(&json, "assumed_tag",
		    cost->assumed_sources ? cost->assumed_tag : NULL);
	json_boolean(&json, "times_reset", image_times_reset(cost));
	json_open(&json, "packages", '[');
	for (i = 0; i < cost->packages && (!view->top || i < view->top); i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "package", cost->package[i].package->name);
		json_string(&json, "directory", cost->package[i].package->directory);
		json_string(&json, "tag", cost->package[i].tag);
		counts_json(&json, &cost->package[i]);
		json_close(&json, '{');
	}
	json_close(&json, '[');
	owners_json(&json, &view->image->owners);
	advice_json(&json, view);
	json_close(&json, '{');
}
