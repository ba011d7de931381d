/* SPDX-License-Identifier: MIT */
/*
 * See store_gain.h.
 */
#include "answer/store_gain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/compile_cost.h"
#include "common/text.h"
#include "common/util.h"
#include "read/pyc_size.h"
#include "read/stats_module.h"
#include "read/stats_process.h"
#include "store.h"

#define NAME_MAX_BYTES 200 /* a longer name of a source is left out */

/* What sources have in common that are taken for one. */
struct source_key {
	char name[NAME_MAX_BYTES]; /* padded with NULs */
	char tag[STORE_TAG_MAX + 8];
	uint64_t bytes;
};

struct source {
	struct source_key key;
	const struct tally *first; /* the compile that ended first */
	int64_t pyc_bytes;
	bool met; /* its entry would have been used */
	UT_hash_handle hh;
};

/* The tallies that waste items are about. */
struct wasted {
	const struct tally *tally;
	UT_hash_handle hh;
};

struct gainer {
	const struct stats *stats;
	struct source *sources;
	struct wasted *wasted;
	struct compile_rates *rates;
	struct pyc_size size;
	bool *seen; /* for each start: something would have been saved in it */
};

/*
 * The name of a source is its last component.  Every package has an __init__.py, and many of
 * these have the same size, so that their directory is part of the name.
 */
static const char *name_of(const char *source)
{
	const char *name = text_base_name(source), *at;

	if (strcmp(name, "__init__.py") != 0 || name - source < 2)
		return name;
	for (at = name - 2; at > source && *at != '/'; at--)
		;
	return *at == '/' ? at + 1 : at;
}

/* Returns false if no store would keep the module's code. */
static bool key_of(const struct module *module, struct source_key *key)
{
	const char *name = name_of(module->source), *tag = module->pyc + module->tag;
	size_t length = module->pyc_length - module->tag - strlen(".pyc");

	memset(key, 0, sizeof(*key));
	if (!module->source_bytes || !module->tag_length ||
	    module->pyc_length < module->tag + strlen(".pyc") ||
	    strlen(name) >= sizeof(key->name) || !store_tag_is_own(tag, length) ||
	    stats_module_unattempted(module) == UNATTEMPTED_BROKEN)
		return false;
	memcpy(key->name, name, strlen(name));
	memcpy(key->tag, tag, length);
	key->bytes = module->source_bytes;
	return true;
}

static struct source *find_source(struct gainer *gainer, const struct module *module)
{
	struct source_key key;
	struct source *source = NULL;

	if (key_of(module, &key))
		HASH_FIND(hh, gainer->sources, &key, sizeof(key), source);
	return source;
}

/* Note the first compile of each source. */
static void add_source(struct gainer *gainer, const struct tally *tally)
{
	const struct module *module = tally->key.module;
	struct source *source = find_source(gainer, module);
	struct source_key key;

	if (!source) {
		if (!key_of(module, &key))
			return;
		source = xcalloc(1, sizeof(*source));
		source->key = key;
		source->first = tally;
		source->pyc_bytes = pyc_size_of(module, &gainer->size);
		HASH_ADD(hh, gainer->sources, key, sizeof(source->key), source);
	} else if (tally->compiled_ns < source->first->compiled_ns) {
		source->first = tally;
	}
}

static bool is_wasted(const struct gainer *gainer, const struct tally *tally)
{
	struct wasted *wasted;

	HASH_FIND(hh, gainer->wasted, &tally, sizeof(tally), wasted);
	return wasted != NULL;
}

static void add_wasted(struct gainer *gainer, const struct wastes *wastes)
{
	struct wasted *wasted;
	size_t i;

	for (i = 0; i < wastes->items.count; i++) {
		if (is_wasted(gainer, wastes->items.item[i].tally))
			continue;
		wasted = xcalloc(1, sizeof(*wasted));
		wasted->tally = wastes->items.item[i].tally;
		HASH_ADD(hh, gainer->wasted, tally, sizeof(wasted->tally), wasted);
	}
}

/* Count the compiles of this tally by what was different before, if anything was. */
static bool count_difference(struct store_gain *gain, const struct tally *first,
			     const struct tally *tally)
{
	if (first->key.module != tally->key.module) {
		gain->moved += tally->compiled;
		return true;
	}
	/* within a start, as with a development server, the source was probably edited */
	if ((tally->again == AGAIN_TIME || tally->reset > 0) &&
	    first->key.process->start != tally->key.process->start) {
		gain->changed += tally->compiled;
		return true;
	}
	if (stats_process_is_elsewhere(first->key.process, tally->key.process)) {
		gain->foreign += tally->compiled;
		return true;
	}
	return tally->stale > 0; /* by its size, or for a reason that is not known */
}

static void gain_add(struct gainer *gainer, struct store_gain *gain,
		     struct source *source, const struct tally *tally)
{
	struct span each = compile_cost(gainer->rates, tally);
	struct span saves = span_times(compile_saves(gainer->rates, tally, each),
				       tally->compiled);
	unsigned start = tally->key.process->start;

	if (count_difference(gain, source->first, tally))
		saves.low = 0;
	gain->item[gain->count++] = (struct store_gain_item){tally, saves,
							     !is_wasted(gainer, tally)};
	gain->saves = span_add(gain->saves, saves);
	gain->compiles += tally->compiled;
	gain->unwritable |= source->first->failed > 0;
	gain->unattempted |= source->first->unattempted > 0;
	if (!source->met)
		gain->bytes = amount_add(gain->bytes, amount_pages(source->pyc_bytes));
	source->met = true;
	gain->starts += !gainer->seen[start];
	gainer->seen[start] = true;
}

/* Had the first compile ended before this one began? */
static bool is_later(const struct tally *first, const struct tally *tally)
{
	uint64_t each_ns = tally->measured > 0
				   ? (uint64_t)(tally->cost_ns / tally->measured)
				   : 0;

	return first != tally && first->key.process != tally->key.process &&
	       first->compiled_ns + each_ns <= tally->compiled_ns;
}

/* Does the recorded run use a store already? */
static bool has_store(const struct stats *stats)
{
	return stats->totals.count[VERDICT_reused] > 0;
}

static void gainer_free(struct gainer *gainer)
{
	struct source *source, *next_source;
	struct wasted *wasted, *next_wasted;

	HASH_ITER(hh, gainer->sources, source, next_source)
	{
		HASH_DEL(gainer->sources, source); /* NOLINT: see tables_free() */
		free(source);
	}
	HASH_ITER(hh, gainer->wasted, wasted, next_wasted)
	{
		HASH_DEL(gainer->wasted, wasted); /* NOLINT: see tables_free() */
		free(wasted);
	}
	compile_rates_free(gainer->rates);
	free(gainer->seen);
}

void store_gain_measure(const struct stats *stats, const struct wastes *wastes,
			struct store_gain *gain)
{
	struct gainer gainer = {.stats = stats};
	const struct tally *tally;
	struct source *source;

	memset(gain, 0, sizeof(*gain));
	if (has_store(stats))
		return;
	gainer.rates = compile_rates_measure(stats);
	gainer.size = pyc_size_measure(stats);
	gainer.seen = xcalloc(stats->starts + 1, sizeof(*gainer.seen));
	gain->item = xcalloc(HASH_COUNT(stats->tables.tallies) + 1, sizeof(*gain->item));
	add_wasted(&gainer, wastes);
	for (tally = stats->tables.tallies; tally; tally = tally->hh.next)
		if (tally->compiled > 0 && tally->compiled_ns)
			add_source(&gainer, tally);
	for (tally = stats->tables.tallies; tally; tally = tally->hh.next) {
		if (tally->compiled <= 0 || !tally->compiled_ns)
			continue;
		source = find_source(&gainer, tally->key.module);
		if (source && is_later(source->first, tally))
			gain_add(&gainer, gain, source, tally);
	}
	gainer_free(&gainer);
}

void store_gain_free(struct store_gain *gain)
{
	free(gain->item);
}
