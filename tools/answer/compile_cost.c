/* SPDX-License-Identifier: MIT */
/*
 * See compile_cost.h.
 */
#include "answer/compile_cost.h"

#include <stdlib.h>

#include "common/util.h"

/* The least that CPython takes for each byte of source, measured on several machines. */
#define USUAL_LEAST_NS 150

/* The measured rate is used if so many bytes of source were compiled with an end mark. */
#define ENOUGH_BYTES (32 << 10)

/* The lower limit, as a part of the average rate: sources differ. */
#define LEAST_OF_RATE 0.75

/*
 * What Python takes to load a pyc, as a part of what compiling it takes: reading it, making
 * its objects (and the garbage collections and page faults of that), less reading the source
 * and trying to write.  Measured with CPython 3.11 on Django, by `make bench
 * BENCH_ROWS=advice`.
 */
#define LOADING_OF_RATE 0.13

/* That is known if so many bytes were compiled: the rate of few sources may be unusual. */
#define LOADING_ENOUGH_BYTES (256 << 10)

/*
 * The compiles of several processes of a start shared their processors if together they took
 * so many times their CPU time.  That is then longer than it would be alone (caches, and
 * processors that are two threads of one core), and what is saved of it depends on what else
 * runs: at least so much, measured with four workers on two such threads.
 */
#define SHARED 1.25
#define LEAST_OF_SHARED 0.8

#define TAG_MAX 32

struct compile_rates {
	char tag[TAG_MAX]; /* the tag of an interpreter; a longer one is cut off */
	double cost_ns, source_bytes;
	double wall_ns;		    /* how long these compiles took */
	const struct process *last; /* whose compile was added last */
	bool several;		    /* processes of one start have compiled */
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

static struct compile_rates *find_rate(const struct compile_rates *rates,
				       const struct module *module)
{
	struct compile_rates *table = (struct compile_rates *)(uintptr_t)rates;
	char tag[TAG_MAX];
	struct compile_rates *rate;

	copy_tag(module, tag);
	HASH_FIND(hh, table, tag, TAG_MAX, rate);
	return rate;
}

/* The first entry belongs to no interpreter: with it the table is never empty (NULL). */
struct compile_rates *compile_rates_measure(const struct stats *stats)
{
	struct compile_rates *rates = NULL, *rate = xcalloc(1, sizeof(*rate));
	const struct process *process;
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
		process = tally->key.process;
		rate->several |= rate->last && rate->last != process &&
				 rate->last->start == process->start;
		rate->last = process;
		rate->cost_ns += (double)tally->cost_ns;
		rate->wall_ns += (double)tally->wall_ns;
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

/* What compiling a byte of source took this interpreter; 0: less than `enough` is known. */
static double rate_ns(const struct compile_rates *rates, const struct module *module,
		      double enough)
{
	const struct compile_rates *rate = find_rate(rates, module);

	return rate && rate->source_bytes >= enough ? rate->cost_ns / rate->source_bytes
						    : 0;
}

/* A lower limit for the cost of compiling a module, by the size of its source. */
static double least_ns(const struct compile_rates *rates, const struct module *module)
{
	double measured = rate_ns(rates, module, ENOUGH_BYTES);
	double each = measured > 0 ? LEAST_OF_RATE * measured : USUAL_LEAST_NS;

	return each * (double)module->source_bytes;
}

/* Did the compiles of this interpreter's processes wait for each other's processors? */
static bool shared_processor(const struct compile_rates *rates,
			     const struct module *module)
{
	const struct compile_rates *rate = find_rate(rates, module);

	return rate && rate->several && rate->wall_ns > SHARED * rate->cost_ns;
}

struct span compile_saves(const struct compile_rates *rates, const struct tally *tally,
			  struct span cost)
{
	const struct module *module = tally->key.module;
	double loading = LOADING_OF_RATE * rate_ns(rates, module, LOADING_ENOUGH_BYTES) *
			 (double)module->source_bytes;
	int64_t loading_ns = loading < (double)cost.low ? (int64_t)loading : cost.low;
	struct span saves = {cost.low - loading_ns, cost.high - loading_ns};

	if (shared_processor(rates, module))
		saves.low = (int64_t)(LEAST_OF_SHARED * (double)saves.low);
	return saves;
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
