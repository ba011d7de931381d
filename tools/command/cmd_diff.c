/* SPDX-License-Identifier: MIT */
/*
 * pycstat diff: what changed between two sets of recordings, per start, and whether what
 * the first one's advice promised came true.
 * Called from pycstat.c's table.
 */
#include <stdlib.h>

#include "answer/diff.h"
#include "answer/gate.h"
#include "command/commands.h"
#include "common/usage.h"
#include "common/util.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "show/diff_text.h"

#define SHOWN 10 /* so many modules of each kind, unless --top says another number */

/* Returns the exit status. */
static int diff_show(const struct options *options, const struct recordings *sets,
		     const struct stats *stats, int status)
{
	struct diff diff;

	diff_find(&diff, &stats[DIFF_BEFORE], &stats[DIFF_AFTER]);
	if (options->json)
		diff_print_json(&diff, sets, options->top);
	else
		diff_print_text(&diff, sets, options->top_given ? options->top : SHOWN);
	status = gate_status_of_change(options, &diff, status);
	diff_free(&diff);
	return status;
}

int cmd_diff(const struct options *options)
{
	static const char *const names[] = {"BEFORE", "AFTER"};
	struct recordings sets[DIFF_SIDES];
	struct stats stats[DIFF_SIDES];
	int status = EXIT_SUCCESS;
	size_t i;

	if (options->recordings_count != DIFF_SIDES)
		usage_error(
			"diff: %s: name two recordings, or sets of them: pycstat diff "
			"BEFORE AFTER",
			options->recordings_count < DIFF_SIDES ? "what with what?"
							       : "more than two");
	gate_check(options);
	for (i = 0; i < DIFF_SIDES; i++) {
		recordings_find_set(&sets[i], options->recordings[i]);
		stats_init(&stats[i]);
		recordings_read(&sets[i], &stats[i]);
		if (recordings_status(&sets[i]) != EXIT_SUCCESS)
			status = EXIT_FAILURE;
	}
	for (i = 0; i < DIFF_SIDES; i++)
		if (sets[i].opened && !stats[i].processes)
			warn("diff: nothing was recorded in %s", names[i]);
	if (sets[DIFF_BEFORE].opened && sets[DIFF_AFTER].opened)
		status = diff_show(options, sets, stats, status);
	for (i = 0; i < DIFF_SIDES; i++) {
		stats_free(&stats[i]);
		recordings_free(&sets[i]);
	}
	return status;
}
