/* SPDX-License-Identifier: MIT */
/*
 * See image_cost.h.
 */
#include "answer/image_cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"

#define USUAL_WEIGHT 4096 /* bytes of pycs */

static const struct image_count *count_of(const struct image_package *package,
					  const char *tag)
{
	size_t i;

	for (i = 0; i < package->counts; i++)
		if (strcmp(package->count[i].tag, tag) == 0)
			return &package->count[i];
	return NULL;
}

/* Orders tags by implementation, CPython last, and then by version. */
static unsigned rank_of(const char *tag)
{
	unsigned major = 0, minor = 0;

	if (sscanf(tag, "cpython-%1u%u", &major, &minor) == 2)
		return 100000 + 1000 * major + minor;
	(void)sscanf(tag, "pypy%1u%u", &major, &minor);
	return 1000 * major + minor;
}

/* The newest interpreter: by executables, or else by libraries.  NULL: there is none. */
static const char *newest_tag(const struct image *image)
{
	const char *newest = NULL, *tag;
	size_t i;

	for (i = 0; i < image->pythons; i++) {
		tag = image->python[i].tag;
		if (!newest || rank_of(tag) > rank_of(newest))
			newest = tag;
	}
	if (newest)
		return newest;
	for (i = 0; i < image->packages; i++) {
		tag = image->package[i]->own_tag;
		if (*tag && (!newest || rank_of(tag) > rank_of(newest)))
			newest = tag;
	}
	return newest;
}

/* Has the interpreter left pycs in the tree? */
static bool has_pycs_in(const struct image_package *tree, const char *tag)
{
	size_t i;

	for (i = 0; i < tree->tree_tags; i++)
		if (strcmp(tree->tree_tag[i], tag) == 0)
			return true;
	return false;
}

/* Is it only a guess that the newest interpreter imports from this package? */
static bool is_assumed(const struct image_package *package)
{
	const struct image_package *tree = package->tree;

	return !*package->own_tag && !tree->tree_tags && !package->vendored &&
	       (!*tree->library_tag || tree->libraries_differ);
}

/*
 * Does the interpreter import from this package?  A lib/pythonX.Y belongs to one.  Any other
 * tree belongs to the interpreters that have left pycs there; without pycs, to that of the
 * virtual environment in the tree, or else to the newest one.
 */
static bool is_used_by(const struct image_cost *cost, const struct image_package *package,
		       const char *tag)
{
	if (*package->own_tag)
		return strcmp(package->own_tag, tag) == 0;
	if (package->tree->tree_tags)
		return has_pycs_in(package->tree, tag);
	if (package->vendored)
		return false;
	if (is_assumed(package))
		return cost->assumed_tag && strcmp(cost->assumed_tag, tag) == 0;
	return strcmp(package->tree->library_tag, tag) == 0;
}

/*
 * The pycs whose magic number no table knows were counted as valid.  Those with another
 * number than most pycs in the interpreter's library are stale.
 */
static void judge_magics(struct image_row *row, const struct image_tally *magics)
{
	const struct image_tally_slot *slot;
	const struct image_tally_slot *end = magics->slot + IMAGE_TALLY_SLOTS;
	int64_t left = magics->total;

	for (slot = magics->slot; row->magic && slot < end; slot++) {
		left -= slot->count;
		if (slot->value == row->magic)
			continue;
		row->pycs.valid -= slot->count;
		row->pycs.stale += slot->count;
		row->pycs.stale_reasons[STALE_magic] += slot->count;
		row->compile_ns += image_price_ns(row->prices, row->tag, slot->bytes);
	}
	row->pycs.valid -= left;
	row->unproven += left;
}

static void add_pycs(struct image_pycs *sum, const struct image_pycs *more)
{
	size_t i;

	sum->valid += more->valid;
	sum->stale += more->stale;
	sum->unreadable += more->unreadable;
	sum->damaged += more->damaged;
	sum->hash_based += more->hash_based;
	sum->bytes += more->bytes;
	sum->disk_bytes += more->disk_bytes;
	for (i = 0; i < STALE_COUNT; i++)
		sum->stale_reasons[i] += more->stale_reasons[i];
	for (i = 0; i < IMAGE_LEVELS; i++) {
		sum->optimised[i].valid += more->optimised[i].valid;
		sum->optimised[i].stale += more->optimised[i].stale;
		sum->optimised[i].unreadable += more->optimised[i].unreadable;
	}
}

struct image_optimised image_optimised_sum(const struct image_row *row)
{
	struct image_optimised sum = {0};
	size_t i;

	for (i = 0; i < IMAGE_LEVELS; i++) {
		sum.valid += row->pycs.optimised[i].valid;
		sum.stale += row->pycs.optimised[i].stale;
		sum.unreadable += row->pycs.optimised[i].unreadable;
	}
	return sum;
}

int64_t image_optimised_pycs(const struct image_row *row)
{
	struct image_optimised sum = image_optimised_sum(row);

	return sum.valid + sum.stale + sum.unreadable;
}

static void row_add_count(struct image_row *row, const struct image_count *count)
{
	size_t i;

	add_pycs(&row->pycs, &count->pycs);
	for (i = 0; i < IMAGE_TALLY_SLOTS; i++)
		if (count->mtimes.slot[i].count)
			image_tally_add(&row->mtimes, count->mtimes.slot[i].value,
					count->mtimes.slot[i].count, 0);
	judge_magics(row, &count->magics);
}

/* How many sources have had their times reset, judged by their most frequent time. */
static void find_reset(struct image_row *row)
{
	struct image_tally_slot most = image_tally_most(&row->mtimes);

	if (most.count < 2)
		return;
	row->reset_mtime = most.value;
	if (2 * most.count > row->pycs.stale_reasons[STALE_mtime] &&
	    most.count > row->reset)
		row->reset = most.count;
}

/* The size, as estimated, of the pycs of `count` sources with so many bytes in all. */
static int64_t pycs_estimate(const char *tag, int64_t count, int64_t source_bytes,
			     const struct pyc_size *size)
{
	char *ending = strcmp(tag, IMAGE_TAG_2) == 0 ? xstrdup(".pyc")
						     : xasprintf(".%s.pyc", tag);
	int64_t bytes = 0;

	if (count > 0)
		bytes = pyc_size_estimate((uint64_t)source_bytes, ending, size) +
			(count - 1) * pyc_size_estimate(0, ending, size);
	free(ending);
	return bytes;
}

/*
 * Measure the interpreter's valid pycs, so that estimates fit the style of this code.  A few
 * small pycs may be unusual, so the usual size weighs something, too.
 */
static struct pyc_size measure_pycs(const struct image *image, const char *tag)
{
	static const struct pyc_size usual = {1, 1};
	struct pyc_size size = {USUAL_WEIGHT, USUAL_WEIGHT};
	const struct image_count *count;
	size_t i;

	for (i = 0; i < image->packages; i++) {
		count = count_of(image->package[i], tag);
		if (!count)
			continue;
		size.bytes += (double)count->valid_bytes;
		size.usual_bytes += (double)pycs_estimate(
			tag, count->pycs.valid, count->valid_source_bytes, &usual);
	}
	return size;
}

/* Add what it costs to compile the sources without a valid pyc, so many bytes in all. */
static void row_add_compiling(struct image_row *row, const struct image_package *package,
			      int64_t bytes)
{
	const struct image_price *known = image_price_known(row->prices, row->tag,
							    package->directory);

	if (known) {
		row->recorded += known->sources;
		row->recorded_ns += known->ns;
		row->compile_ns += known->ns;
		bytes -= known->bytes < bytes ? known->bytes : bytes;
	}
	row->compile_ns += image_price_ns(row->prices, row->tag, bytes);
}

static void row_add(struct image_row *row, const struct image_package *package)
{
	static const struct image_count none = {.tag = ""};
	const struct image_count *count = count_of(package, row->tag);
	int64_t missing, bytes, missing_bytes, grown;

	if (!count)
		count = &none;
	row_add_count(row, count);
	missing = package->sources - count->sources;
	bytes = missing > 0 ? package->source_bytes - count->source_bytes : 0;
	missing_bytes = pycs_estimate(row->tag, missing, bytes, &row->size);
	grown = pycs_estimate(row->tag, count->pycs.stale, count->stale_source_bytes,
			      &row->size) -
		count->stale_bytes;
	row->sources += package->sources;
	row->missing += missing > 0 ? missing : 0;
	row->missing_bytes += missing_bytes;
	row->added_bytes += missing_bytes + (grown > 0 ? grown : 0);
	row_add_compiling(row, package, bytes + count->invalid_source_bytes);
	row->all_ns += image_price_ns(row->prices, row->tag, package->source_bytes);
}

/* The row of an interpreter, made when its tag is new. */
static struct image_row *row_of(struct image_cost *cost, const char *tag)
{
	size_t i;

	for (i = 0; i < cost->interpreters; i++)
		if (strcmp(cost->interpreter[i].tag, tag) == 0)
			return &cost->interpreter[i];
	cost->interpreter = xrealloc(cost->interpreter,
				     (cost->interpreters + 1) * sizeof(struct image_row));
	cost->interpreter[i] = (struct image_row){.tag = tag, .prices = cost->prices};
	cost->interpreters++;
	return &cost->interpreter[i];
}

static void find_tags(struct image_cost *cost, const struct image *image)
{
	const struct image_package *package;
	struct image_row *row;
	size_t i, j;

	for (i = 0; i < image->pythons; i++) {
		row = row_of(cost, image->python[i].tag);
		if (!row->executable)
			row->executable = image->python[i].path;
	}
	for (i = 0; i < image->packages; i++) {
		package = image->package[i];
		if (*package->own_tag && (package->sources || package->counts))
			(void)row_of(cost, package->own_tag);
		for (j = 0; j < package->counts; j++)
			(void)row_of(cost, package->count[j].tag);
	}
}

static void add_package(struct image_cost *cost, struct image_row *interpreter,
			const struct image_package *package)
{
	struct image_row row = {.tag = interpreter->tag,
				.package = package,
				.magic = interpreter->magic,
				.prices = interpreter->prices,
				.size = interpreter->size};

	row_add(&row, package);
	if (!row.sources && !row.pycs.bytes && !row.pycs.unreadable)
		return;
	find_reset(&row);
	cost->package = xrealloc(cost->package,
				 (cost->packages + 1) * sizeof(*cost->package));
	cost->package[cost->packages++] = row;
	interpreter->reset += row.reset;
}

static int by_cost(const void *a, const void *b)
{
	const struct image_row *left = a, *right = b;
	int order;

	if (left->compile_ns != right->compile_ns)
		return left->compile_ns < right->compile_ns ? 1 : -1;
	if (left->sources != right->sources)
		return left->sources < right->sources ? 1 : -1;
	if (!left->package || !right->package)
		return strcmp(left->tag, right->tag);
	order = strcmp(left->package->directory, right->package->directory);
	return order ? order : strcmp(left->tag, right->tag);
}

static void add_to_total(struct image_row *total, const struct image_row *row)
{
	add_pycs(&total->pycs, &row->pycs);
	total->missing += row->missing;
	total->unproven += row->unproven;
	total->missing_bytes += row->missing_bytes;
	total->added_bytes += row->added_bytes;
	total->compile_ns += row->compile_ns;
	total->all_ns += row->all_ns;
}

/* Count the sources of a package once, however many interpreters use it. */
static void count_sources(struct image_cost *cost, const struct image_package *package)
{
	size_t i;

	for (i = 0; i < cost->interpreters; i++)
		if (is_used_by(cost, package, cost->interpreter[i].tag))
			break;
	if (i == cost->interpreters) {
		cost->other_sources += package->sources;
		return;
	}
	cost->total.sources += package->sources;
	if (is_assumed(package))
		cost->assumed_sources += package->sources;
}

void image_cost_find(struct image_cost *cost, const struct image *image,
		     const struct image_prices *prices)
{
	size_t i, j;

	*cost = (struct image_cost){.prices = prices};
	find_tags(cost, image);
	cost->assumed_tag = newest_tag(image);
	for (i = 0; i < image->packages; i++)
		count_sources(cost, image->package[i]);
	for (i = 0; i < cost->interpreters; i++) {
		struct image_row *row = &cost->interpreter[i];

		for (j = 0; j < image->magics; j++)
			if (strcmp(image->magic[j].tag, row->tag) == 0)
				row->magic = image->magic[j].magic;
		row->size = measure_pycs(image, row->tag);

		for (j = 0; j < image->packages; j++) {
			if (!is_used_by(cost, image->package[j], row->tag))
				continue;
			row_add(row, image->package[j]);
			add_package(cost, row, image->package[j]);
		}
		find_reset(row);
		add_to_total(&cost->total, row);
	}
	if (cost->interpreters)
		qsort(cost->interpreter, cost->interpreters, sizeof(*cost->interpreter),
		      by_cost);
	if (cost->packages)
		qsort(cost->package, cost->packages, sizeof(*cost->package), by_cost);
}

void image_cost_free(struct image_cost *cost)
{
	free(cost->interpreter);
	free(cost->package);
}

bool image_times_reset(const struct image_cost *cost)
{
	size_t i;

	for (i = 0; i < cost->interpreters; i++)
		if (cost->interpreter[i].reset)
			return true;
	return false;
}
