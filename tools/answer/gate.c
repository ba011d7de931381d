/* SPDX-License-Identifier: MIT */
/*
 * See gate.h.
 */
#include "answer/gate.h"

#include "answer/ready.h"
#include "common/names.h"

/* Beside the totals. */
enum gate_value {
	GATE_READY,
	GATE_PROCESSES,
	GATE_STARTS,
	GATE_LOST,
	GATE_DAMAGED,
	GATE_VALUES
};

static const char *const gate_names[] = {"ready_seconds", "processes", "starts",
					 "lost_events", "damaged_bytes"};

#define GATE_COUNT (VERDICT_TOTALS + GATE_VALUES)

static void gate_name(struct fail_if_value values[GATE_COUNT])
{
	unsigned i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		values[i] = (struct fail_if_value){.key = name_of_total(i)};
	for (i = 0; i < GATE_VALUES; i++)
		values[VERDICT_TOTALS + i] = (struct fail_if_value){.key = gate_names[i]};
}

static double gate_amount(unsigned total, double amount)
{
	return total_is_time(total) ? amount / 1e9 : amount;
}

void gate_check(const struct options *options)
{
	struct fail_if_value values[GATE_COUNT];

	gate_name(values);
	fail_if_check(options->fail_if, options->fail_if_count, values, GATE_COUNT);
}

static int gate_evaluate(const struct options *options,
			 const struct fail_if_value values[GATE_COUNT], int status)
{
	return fail_if_status(options->fail_if, options->fail_if_count, values,
			      GATE_COUNT, status);
}

int gate_status(const struct options *options, const struct stats *stats, int status)
{
	struct fail_if_value values[GATE_COUNT], *more = values + VERDICT_TOTALS;
	unsigned i;

	if (!options->fail_if_count)
		return status;
	gate_name(values);
	for (i = 0; i < VERDICT_TOTALS; i++)
		values[i].value = gate_amount(i, (double)stats->totals.count[i]);
	more[GATE_READY].value = (double)ready_measure(stats).median_ns / 1e9;
	more[GATE_PROCESSES].value = stats->processes;
	more[GATE_STARTS].value = stats->starts;
	more[GATE_LOST].value = (double)stats->lost_events;
	more[GATE_DAMAGED].value = (double)stats->damaged_bytes;
	return gate_evaluate(options, values, status);
}

int gate_status_of_change(const struct options *options, const struct diff *diff,
			  int status)
{
	const struct diff_side *before = &diff->side[DIFF_BEFORE],
			       *after = &diff->side[DIFF_AFTER];
	struct fail_if_value values[GATE_COUNT], *more = values + VERDICT_TOTALS;
	unsigned i;

	gate_name(values);
	for (i = 0; i < VERDICT_TOTALS; i++)
		values[i].value = gate_amount(i, diff_change(diff, i));
	more[GATE_READY].value = (double)(after->ready.median_ns -
					  before->ready.median_ns) /
				 1e9;
	more[GATE_PROCESSES].value = after->processes - before->processes;
	more[GATE_STARTS].value = (double)after->stats->starts -
				  (double)before->stats->starts;
	more[GATE_LOST].value = (double)after->stats->lost_events -
				(double)before->stats->lost_events;
	more[GATE_DAMAGED].value = (double)after->stats->damaged_bytes -
				   (double)before->stats->damaged_bytes;
	return gate_evaluate(options, values, status);
}
