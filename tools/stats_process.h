/*
 * What a recording says of each of its processes: what it did, and what that tells.
 * Filled by stats.c, asked by the commands; pure but for memory.
 */
#ifndef PYCSHIM_STATS_PROCESS_H
#define PYCSHIM_STATS_PROCESS_H

#include <stdint.h>

#include "attributes.h"
#include "recording.h"
#include "stats.h"
#include "tables.h"
#include "verdict.h"

/* It tells who it is; again maybe, after its recording was emptied. */
void stats_process_announce(struct process *process,
			    const struct record_process *record) NONNULL;

/* It compiled something: its start-up lasted that long at least. */
void stats_process_compiled(struct process *process,
			    const struct record_compile *compile) NONNULL;

/* One thing that an event of its made certain. */
void stats_process_apply(const struct stats_event *event,
			 const struct verdict_change *change) NONNULL;

/* Its single events are not all there: take what it counted itself. */
void stats_process_take_final(struct process *process) NONNULL;

/*
 * CPU time of its start-up, of which its compiling is a part.  0: not known, as it
 * compiled nothing, or had not done with loading when it compiled last.
 */
int64_t stats_process_start_up_ns(const struct process *process) MUST_CHECK NONNULL;

/*
 * How many of its compiles have no cost: the last of a thread or of a process that was
 * killed, after which nothing came.  0 where events were lost: they may have told it.
 */
int64_t stats_process_unmeasured(const struct process *process) MUST_CHECK NONNULL;

/* Why it compiled and did not try to keep that. */
enum unattempted {
	UNATTEMPTED_NONE,    /* it tried */
	UNATTEMPTED_SETTING, /* -B, PYTHONDONTWRITEBYTECODE */
	UNATTEMPTED_BROKEN,  /* it keeps others: the source does not compile */
	UNATTEMPTED_UNSURE,  /* it compiled nothing else: any of these two */
	UNATTEMPTED_DENY,    /* any of these, where nothing is kept anyway */
};
enum unattempted
stats_process_unattempted(const struct process *process) MUST_CHECK NONNULL;

#endif
