/* SPDX-License-Identifier: MIT */
/*
 * See compile_cost.h.
 */
#include "answer/compile_cost.h"

#include <stdlib.h>

#include "common/util.h"

/* The least that CPython takes for each byte of source, measured on several machines. */
#define USUAL_LEAST_NS 150

/* What is needed for a rate: that of few sources may be unusual. */
#define ENOUGH_BYTES (256 << 10)

/* The lower limit, as a part of the average rate of compiles with an end mark. */
#define LEAST_OF_RATE 0.75

/*
 * Without an end mark: the average rate of those sources that seem cheapest, up to this part
 * of all bytes.  Most modules do little more than define what they contain, so that what was
 * measured is not much more than the compile; and the costs of compiles are skewed, their
 * average is far above the average of the cheaper half.  With CPython 3.11 and Django, where
 * the upper limits are 1.8 times the costs, it is two thirds of the costs.
 */
#define CHEAPER_PART 0.5

/*
 * What Python takes to load a pyc, as a part of what compiling it takes: reading it, making
 * its objects (and the garbage collections and page faults of that), less reading the source
 * and trying to write.  Measured with CPython 3.11 on Django, by `make bench
 * BENCH_ROWS=advice`.
 */
#define LOADING_OF_RATE 0.13

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
	double cost_ns, source_bytes; /* of all compiles with an end mark */
	uint64_t known_bytes;	      /* of their sources, each once */
	double least_ns;	      /* for a byte; 0: not known */
	double wall_ns;		      /* how long these compiles took */
	const struct process *last;   /* whose compile was added last */
	bool several;		      /* processes of one start have compiled */
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

static struct compile_rates *make_rate(struct compile_rates **rates,
				       const struct module *module)
{
	struct compile_rates *rate = find_rate(*rates, module);

	if (!rate) {
		rate = xcalloc(1, sizeof(*rate));
		copy_tag(module, rate->tag);
		HASH_ADD(hh, *rates, tag, TAG_MAX, rate);
	}
	return rate;
}

/* Adds the compiles of a module that have an end mark. */
static void add_known(struct compile_rates **rates, const struct module *module)
{
	struct compile_rates *rate = NULL;
	const struct process *process;
	const struct tally *tally;

	for (tally = module->tallies; tally; tally = tally->next) {
		if (tally->at_most || !tally->measured)
			continue;
		if (!rate) {
			rate = make_rate(rates, module);
			rate->known_bytes += module->source_bytes;
		}
		process = tally->key.process;
		rate->several |= rate->last && rate->last != process &&
				 rate->last->start == process->start;
		rate->last = process;
		rate->cost_ns += (double)tally->cost_ns;
		rate->wall_ns += (double)tally->wall_ns;
		rate->source_bytes += (double)module->source_bytes * tally->measured;
	}
}

/* A module of whose compiles upper limits are known. */
struct bounded {
	struct compile_rates *rate;
	double each_ns; /* for a byte */
	double source_bytes;
};

static int compare_bounded(const void *one_, const void *other_)
{
	const struct bounded *one = one_, *other = other_;

	if (one->rate != other->rate)
		return one->rate < other->rate ? -1 : 1;
	return (one->each_ns > other->each_ns) - (one->each_ns < other->each_ns);
}

/* Finds the lower limit from those modules of one interpreter, the cheapest first. */
static void find_least(const struct bounded *first, const struct bounded *end)
{
	const struct bounded *bounded;
	double all = 0, bytes = 0, cost_ns = 0;

	for (bounded = first; bounded < end; bounded++)
		all += bounded->source_bytes;
	for (bounded = first; bounded < end && bytes < CHEAPER_PART * all; bounded++) {
		bytes += bounded->source_bytes;
		cost_ns += bounded->each_ns * bounded->source_bytes;
	}
	if (all >= ENOUGH_BYTES)
		first->rate->least_ns = cost_ns / bytes;
}

static void find_each_least(struct bounded *bounded, size_t count)
{
	size_t first = 0, end;

	if (count)
		qsort(bounded, count, sizeof(*bounded), compare_bounded);
	for (; first < count; first = end) {
		for (end = first;
		     end < count && bounded[end].rate == bounded[first].rate;)
			end++;
		find_least(bounded + first, bounded + end);
	}
}

/* The first entry belongs to no interpreter: with it the table is never empty (NULL). */
struct compile_rates *compile_rates_measure(const struct stats *stats)
{
	struct compile_rates *rates = NULL, *rate = xcalloc(1, sizeof(*rate));
	size_t count = 0;
	struct bounded *bounded = xcalloc(HASH_COUNT(stats->tables.modules) + 1,
					  sizeof(*bounded));
	const struct module *module;

	rate->tag[0] = '/';
	HASH_ADD(hh, rates, tag, TAG_MAX, rate);
	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!module->source_bytes)
			continue;
		add_known(&rates, module);
		if (!module->at_most)
			continue;
		bounded[count++] = (struct bounded){
			.rate = make_rate(&rates, module),
			.each_ns = (double)compile_cost_of_module(module) /
				   (double)module->source_bytes,
			.source_bytes = (double)module->source_bytes,
		};
	}
	find_each_least(bounded, count);
	free(bounded);
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

/* What compiling a byte of source took on average. */
static double average_ns(const struct compile_rates *rate)
{
	return rate->cost_ns / rate->source_bytes;
}

/* A lower limit for it; 0: too little is known of this interpreter. */
static double least_rate_ns(const struct compile_rates *rate)
{
	if (!rate)
		return 0;
	return rate->known_bytes >= ENOUGH_BYTES ? LEAST_OF_RATE * average_ns(rate)
						 : rate->least_ns;
}

/* What loading takes for each byte of source; 0: too little is known of this interpreter. */
static double loading_ns(const struct compile_rates *rate)
{
	return LOADING_OF_RATE * (rate && rate->source_bytes >= ENOUGH_BYTES
					  ? average_ns(rate)
					  : least_rate_ns(rate));
}

/* A lower limit for the cost of compiling a module, by the size of its source. */
static double least_ns(const struct compile_rates *rates, const struct module *module)
{
	double each = least_rate_ns(find_rate(rates, module));

	return (each > 0 ? each : USUAL_LEAST_NS) * (double)module->source_bytes;
}

/* Did the compiles of this interpreter's processes wait for each other's processors? */
static bool shared_processor(const struct compile_rates *rate)
{
	return rate && rate->several && rate->wall_ns > SHARED * rate->cost_ns;
}

struct span compile_saves(const struct compile_rates *rates, const struct tally *tally,
			  struct span cost)
{
	const struct module *module = tally->key.module;
	const struct compile_rates *rate = find_rate(rates, module);
	double loading = loading_ns(rate) * (double)module->source_bytes;
	int64_t less_ns = loading < (double)cost.low ? (int64_t)loading : cost.low;
	struct span saves = {cost.low - less_ns, cost.high - less_ns};

	if (cost.low == cost.high && shared_processor(rate))
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
