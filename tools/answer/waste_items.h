/* SPDX-License-Identifier: MIT */
/*
 * Lists the compiles that a kept pyc would have avoided: of which module, in which process,
 * and why there was no pyc.
 * Computed from finished stats.  waste.c sums them up; compileall.c and advice.c ask which
 * of them a remedy avoids.  Pure, except that it allocates.
 */
#ifndef PYCSHIM_WASTE_ITEMS_H
#define PYCSHIM_WASTE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "read/span.h"
#include "read/stats.h"
#include "read/stats_process.h"

enum waste_cause {
	WASTE_READ_ONLY, /* EROFS, EACCES, EPERM: no permission to write */
	WASTE_FULL,	 /* ENOSPC, EDQUOT */
	WASTE_TOO_LARGE, /* EFBIG: a limit on the size of files */
	WASTE_OTHER_ERROR,
	WASTE_NOT_ATTEMPTED, /* -B, PYTHONDONTWRITEBYTECODE */
	WASTE_UNREADABLE,    /* there was a pyc without permission to read it */
	WASTE_REPEATED,	     /* kept, but several processes compiled it at once */
	WASTE_AGAIN,	     /* kept by an earlier start, and compiled again */
	WASTE_STALE,	     /* not replaced; also counted under another cause */
	WASTE_HIDDEN,	     /* PYTHONPYCACHEPREFIX hid it; also counted elsewhere */
	WASTE_CAUSES
};

/* The compiles of one module by one process, for one cause. */
struct waste_item {
	const struct module *module;
	const struct tally *tally;
	enum waste_cause cause; /* WASTE_CAUSES: only stale or hidden */
	bool stale, hidden;	/* it counts for WASTE_STALE, WASTE_HIDDEN, too */
	bool first;		/* the first of its module in its start, for this cause */
	int64_t compiles;
	struct span cost;  /* of these compiles */
	struct span saves; /* what a pyc would have saved of it */
	struct span ready; /* how much later its start was ready because of them, wall */
	/* of these, what compiling a module once in each start would save */
	struct span repeat, ready_repeat;
	int64_t keeping_ns; /* what keeping pycs in a shadow may take of `repeat` */
	int64_t bytes;	    /* size of the module's pyc, estimated */
};

struct waste_items {
	struct waste_item *item; /* those of one module follow each other */
	size_t count, room;
	bool single, unsure; /* see struct waste */
	/*
	 * For each process, the compiles that are WASTE_UNREADABLE, by the cause under
	 * which its totals count them.  NULL: there are none.
	 */
	int64_t (*unreadable)[WASTE_CAUSES];
};

void waste_items_find(const struct stats *stats, struct waste_items *items) NONNULL;
void waste_items_free(struct waste_items *items) NONNULL;

/* The cause for writes that failed with this errno. */
enum waste_cause waste_cause_of_error(uint32_t error);

/* Do compiles that a process did not try to keep, for this reason, count as waste? */
bool waste_counts_unattempted(const struct waste_items *items,
			      enum unattempted why) NONNULL;

/* The length of the PYTHONPYCACHEPREFIX at the beginning of a pyc's path; 0: none. */
size_t waste_prefix_bytes(const struct module *module) NONNULL;

#endif
