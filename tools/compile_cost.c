/*
 * See compile_cost.h.  Runs in pycstat.
 */
#include "compile_cost.h"

#include <stdlib.h>

#include "util.h"

/* What CPython takes for each byte of source at least, as measured on various machines. */
#define USUAL_LEAST_NS 150

/* So many bytes of source that were compiled to a seen end tell the rate. */
#define ENOUGH_BYTES (32 << 10)

/* Sources differ, and so does one from the average of others. */
#define LEAST_OF_RATE 0.75

#define TAG_MAX 32

struct compile_rates {
	char tag[TAG_MAX]; /* of an interpreter; longer ones are cut */
	double cost_ns, source_bytes;
	UT_hash_handle hh;
};

static void copy_tag(const struct module *module, char tag[TAG_MAX])
{
	size_t length = module->tag_length < TAG_MAX ? module->tag_length : TAG_MAX - 1;

	memset(tag, 0, TAG_MAX);
	memcpy(tag, module->pyc + module->tag, length);
}

int64_t compile_cost_of_module(const struct module *module)
{
	int64_t measured = module->measured;

	return measured > 0 ? module->totals.count[VERDICT_compile_ns] / measured : 0;
}

static struct compile_rates *find_rate(struct compile_rates *rates,
				       const struct module *module)
{
	char tag[TAG_MAX];
	struct compile_rates *rate;

	copy_tag(module, tag);
	HASH_FIND(hh, rates, tag, TAG_MAX, rate);
	return rate;
}

/* The first element is of no interpreter: it makes the table never an empty one. */
struct compile_rates *compile_rates_measure(const struct stats *stats)
{
	struct compile_rates *rates = NULL, *rate = xcalloc(1, sizeof(*rate));
	const struct tally *tally;
	const struct module *module;

	rate->tag[0] = '/';
	HASH_ADD(hh, rates, tag, TAG_MAX, rate);
	for (tally = stats->tables.tallies; tally; tally = tally->hh.next) {
		module = tally->key.module;
		if (tally->at_most || !tally->measured || !module->source_bytes)
			continue;
		rate = find_rate(rates, module);
		if (!rate) {
			rate = xcalloc(1, sizeof(*rate));
			copy_tag(module, rate->tag);
			HASH_ADD(hh, rates, tag, TAG_MAX, rate);
		}
		rate->cost_ns += (double)tally->cost_ns;
		rate->source_bytes += (double)module->source_bytes * tally->measured;
	}
	return rates;
}

void compile_rates_free(struct compile_rates *rates)
{
	struct compile_rates *rate, *next;

	HASH_ITER(hh, rates, rate, next)
	{
		HASH_DEL(rates, rate); /* NOLINT: see tables_free() */
		free(rate);
	}
}

/* What compiling a module takes at least, by the size of its source. */
static double least_ns(const struct compile_rates *rates, const struct module *module)
{
	const struct compile_rates *rate = find_rate(
		(struct compile_rates *)(uintptr_t)rates, module);
	double each = USUAL_LEAST_NS;

	if (rate && rate->source_bytes >= ENOUGH_BYTES)
		each = LEAST_OF_RATE * rate->cost_ns / rate->source_bytes;
	return each * (double)module->source_bytes;
}

struct span compile_cost(const struct compile_rates *rates, const struct tally *tally)
{
	int64_t each = tally->measured > 0 ? tally->cost_ns / tally->measured
					   : compile_cost_of_module(tally->key.module);
	struct span cost = {each, each};
	double least;

	if (tally->measured > 0 ? tally->at_most <= 0 : !tally->key.module->at_most)
		return cost;
	least = least_ns(rates, tally->key.module);
	if (least < (double)each)
		cost.low = (int64_t)least;
	return cost;
}
