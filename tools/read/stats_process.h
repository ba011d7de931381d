/* SPDX-License-Identifier: MIT */
/*
 * What a recording says about each process: who it is, its totals and its start-up.
 * Called by stats.c; the questions at the end by answer/ and the commands.  Pure, except
 * that it allocates.
 */
#ifndef PYCSHIM_STATS_PROCESS_H
#define PYCSHIM_STATS_PROCESS_H

#include <stdint.h>

#include "attributes.h"
#include "read/stats_event.h"
#include "read/tables.h"
#include "recording.h"
#include "verdict.h"

/*
 * Take who the process is from its record.  A process may do so again, after its recording
 * was emptied.
 */
void stats_process_announce(struct process *process,
			    const struct record_process *record) NONNULL;

/* It compiled something, so its start-up lasted at least until then. */
void stats_process_compiled(struct process *process,
			    const struct record_compile *compile) NONNULL;

/* The module is really compiled: keep when the last of these compiles ended. */
void stats_process_compiled_at(struct process *process,
			       const struct record_compile *compile) NONNULL;

/* Add one change of the verdict machine to the totals of its process. */
void stats_process_apply(const struct stats_event *event,
			 const struct verdict_change *change) NONNULL;

/* Events of it were lost: replace its totals by those that it counted itself. */
void stats_process_take_final(struct process *process) NONNULL;

/*
 * CPU time of its start-up, which includes its compiling.  0: not known, because it
 * compiled nothing or was still loading modules after its last compile.
 */
int64_t stats_process_start_up_ns(const struct process *process) MUST_CHECK NONNULL;

/*
 * The number of its compiles whose cost is not known: of a thread that ended, or a process
 * that was killed, no event follows the last compile.  0 if events were lost, because the
 * lost ones may have had the cost.
 */
int64_t stats_process_unmeasured(const struct process *process) MUST_CHECK NONNULL;

/* Why a process compiled something and did not try to write the pyc. */
enum unattempted {
	UNATTEMPTED_NONE,    /* it did try */
	UNATTEMPTED_SETTING, /* -B, PYTHONDONTWRITEBYTECODE */
	UNATTEMPTED_BROKEN,  /* it writes other pycs, so this source does not compile */
	UNATTEMPTED_UNSURE,  /* one of these two: it compiled nothing else */
	UNATTEMPTED_DENY,    /* one of these two, in deny mode */
};
enum unattempted
stats_process_unattempted(const struct process *process) MUST_CHECK NONNULL;

/* Are they of different recordings or nodes, so that equal pids mean nothing? */
bool stats_process_is_elsewhere(const struct process *a, const struct process *b) NONNULL;

#endif
