/* SPDX-License-Identifier: MIT */
/*
 * See progress.h.
 */
#include "read/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "common/human.h"
#include "common/util.h"

#define FIRST_NS 1000000000u /* when the line is first printed */
#define AGAIN_NS 100000000u  /* how often it is printed again */

void progress_begin(struct progress *progress, const char *doing, const char *unit,
		    uint64_t total)
{
	*progress = (struct progress){
		.doing = doing,
		.unit = unit,
		.total = total,
		.terminal = isatty(STDERR_FILENO),
	};
	if (progress->terminal)
		progress->next_ns = monotonic_ns() + FIRST_NS;
}

static struct human progress_amount(const struct progress *progress, uint64_t amount)
{
	return progress->unit ? human_count((int64_t)amount)
			      : human_bytes((int64_t)amount);
}

void progress_update(struct progress *progress, uint64_t done)
{
	const char *unit = progress->unit ? progress->unit : "";

	if (!progress->terminal || monotonic_ns() < progress->next_ns)
		return;
	progress->next_ns = monotonic_ns() + AGAIN_NS;
	progress->printed = true;
	fprintf(stderr, "\r\033[K%s: ", progress->doing);
	if (progress->total && done <= progress->total)
		fprintf(stderr, "%u %% of %s", (unsigned)(done * 100 / progress->total),
			progress_amount(progress, progress->total).s);
	else
		fputs(progress_amount(progress, done).s, stderr);
	fprintf(stderr, "%s%s", *unit ? " " : "", unit);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->printed)
		fputs("\r\033[K", stderr);
}
