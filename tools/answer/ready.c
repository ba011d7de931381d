/* SPDX-License-Identifier: MIT */
/*
 * See ready.h.
 */
#include "answer/ready.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "answer/compile_cost.h"
#include "common/human.h"
#include "common/text.h"
#include "common/util.h"

/* When a start began and was ready, and how much of that was compiling. */
struct start {
	uint64_t begin_ns, end_ns; /* end 0: it compiled nothing */
	struct span compiling;
};

static void find_times(const struct stats *stats, struct start *starts)
{
	const struct process *process;
	struct start *start;
	uint64_t begin_ns;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		start = &starts[process->start];
		begin_ns = process->start_ns ? process->start_ns : process->first_ns;
		if (begin_ns && (!start->begin_ns || begin_ns < start->begin_ns))
			start->begin_ns = begin_ns;
		if (process->compiled_ns > start->end_ns)
			start->end_ns = process->compiled_ns;
	}
}

/* Sum up the compiles that delayed the last one of each start. */
static void find_compiling(const struct stats *stats, struct start *starts)
{
	struct compile_rates *rates = compile_rates_measure(stats);
	const struct process *process;
	const struct tally *tally;
	struct span cost, wall;

	for (tally = stats->tables.tallies; tally; tally = tally->hh.next) {
		process = tally->key.process;
		if (!tally->measured || tally->compiled_ns > process->critical_until_ns)
			continue;
		cost = compile_cost(rates, tally);
		wall = (struct span){tally->wall_ns, tally->wall_ns};
		if (cost.low < cost.high)
			wall.low = (int64_t)((double)wall.high * (double)cost.low /
					     (double)cost.high);
		starts[process->start].compiling = span_add(
			starts[process->start].compiling, wall);
	}
	compile_rates_free(rates);
}

static int by_amount(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* The value below which this part of the sorted values lies, between two of them. */
static int64_t quantile(const int64_t *sorted, size_t count, double part)
{
	double at = part * (double)(count - 1);
	size_t below = (size_t)at;
	double beyond = at - (double)below;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] +
	       (int64_t)(beyond * (double)(sorted[below + 1] - sorted[below]));
}

/* The seconds behind "--timeout" or "-t" at `at`; 0: it is another argument. */
static int64_t timeout_at(const char *at, const char *end)
{
	static const char option[] = "--timeout";
	size_t length = sizeof(option) - 1;
	const char *value = at + strlen(at) + 1;

	if (strncmp(at, option, length) == 0 && at[length] == '=')
		value = at + length + 1;
	else if (strncmp(at, "-t", 2) == 0 && at[2])
		value = at + 2;
	else if (strcmp(at, option) != 0 && strcmp(at, "-t") != 0)
		return 0;
	return value < end ? strtol(value, NULL, 10) : 0;
}

static int64_t timeout_of(const struct process *process)
{
	const char *at = process->command, *end = at ? at + process->command_bytes : at;
	bool gunicorn = false;
	int64_t seconds = 0;

	for (; at && at < end; at += strlen(at) + 1) {
		if (strcmp(text_base_name(at), "gunicorn") == 0)
			gunicorn = true;
		else if (gunicorn && timeout_at(at, end) > 0)
			seconds = timeout_at(at, end);
	}
	return seconds;
}

/* What the quantiles are computed of. */
enum amount_kind { AMOUNT_READY, AMOUNT_LOW, AMOUNT_HIGH };

/* The sorted amounts of the starts that compiled something.  Returns how many. */
static size_t sort_amounts(const struct start *starts, unsigned count,
			   enum amount_kind kind, int64_t *sorted)
{
	const struct start *start;
	size_t used = 0;

	for (start = starts; start < starts + count; start++) {
		if (start->end_ns <= start->begin_ns)
			continue;
		sorted[used++] = kind == AMOUNT_READY
					 ? (int64_t)(start->end_ns - start->begin_ns)
				 : kind == AMOUNT_LOW ? start->compiling.low
						      : start->compiling.high;
	}
	qsort(sorted, used, sizeof(*sorted), by_amount);
	return used;
}

static void ready_summarise(const struct start *starts, unsigned count,
			    struct ready *ready)
{
	int64_t *sorted = xcalloc(count + 1, sizeof(*sorted));
	size_t used = sort_amounts(starts, count, AMOUNT_READY, sorted);

	ready->starts = (unsigned)used;
	if (used) {
		ready->median_ns = quantile(sorted, used, 0.5);
		ready->quartile_low_ns = quantile(sorted, used, 0.25);
		ready->quartile_high_ns = quantile(sorted, used, 0.75);
		sort_amounts(starts, count, AMOUNT_LOW, sorted);
		ready->compiling.low = quantile(sorted, used, 0.5);
		sort_amounts(starts, count, AMOUNT_HIGH, sorted);
		ready->compiling.high = quantile(sorted, used, 0.5);
	}
	free(sorted);
}

struct ready ready_measure(const struct stats *stats)
{
	struct start *starts = xcalloc(stats->starts + 1, sizeof(*starts));
	struct ready ready = {0};
	const struct process *process;

	find_times(stats, starts);
	find_compiling(stats, starts);
	ready_summarise(starts, stats->starts, &ready);
	free(starts);
	for (process = stats->tables.processes; process && !ready.timeout_s;
	     process = process->hh.next)
		ready.timeout_s = timeout_of(process);
	return ready;
}

char *ready_text(const struct ready *ready)
{
	const struct span *wall = &ready->compiling;
	char *text, *more;

	if (span_is_range(*wall))
		text = xasprintf("%s to %s later because of compiling",
				 human_seconds(wall->low).s, human_seconds(wall->high).s);
	else
		text = xasprintf("%s later because of compiling",
				 human_seconds(wall->low).s);
	if (ready->starts > 1) {
		more = xasprintf("%s; the median of %s starts, half of them %s to %s",
				 text, human_count(ready->starts).s,
				 human_seconds(ready->quartile_low_ns).s,
				 human_seconds(ready->quartile_high_ns).s);
		free(text);
		text = more;
	}
	if (ready->timeout_s) {
		more = xasprintf(
			"%s; gunicorn's --timeout is %s", text,
			human_seconds(amount_times(ready->timeout_s, 1000000000)).s);
		free(text);
		text = more;
	}
	return text;
}
