/*
 * See progress.h.  Runs in pycstat.
 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "human.h"

#define FIRST_NS 1000000000u
#define AGAIN_NS 100000000u

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, uint64_t total_bytes)
{
	*progress = (struct progress){
		.total_bytes = total_bytes,
		.terminal = isatty(STDERR_FILENO),
	};
	if (progress->terminal)
		progress->next_ns = now_ns() + FIRST_NS;
}

void progress_update(struct progress *progress, uint64_t bytes)
{
	if (!progress->terminal || now_ns() < progress->next_ns)
		return;
	progress->next_ns = now_ns() + AGAIN_NS;
	progress->printed = true;
	if (progress->total_bytes && bytes <= progress->total_bytes)
		fprintf(stderr, "\r\033[Kreading the recording: %u %% of %s",
			(unsigned)(bytes * 100 / progress->total_bytes),
			human_bytes((int64_t)progress->total_bytes).s);
	else
		fprintf(stderr, "\r\033[Kreading the recording: %s",
			human_bytes((int64_t)bytes).s);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->printed)
		fputs("\r\033[K", stderr);
}
