/*
 * Each compile that a kept pyc would have saved: of which module, in which process and
 * start, and why the pyc was not there.
 * Found in finished stats; waste.c sums them up, compileall.c and advice.c ask which of
 * them a remedy spares.  Pure but for memory.
 */
#ifndef PYCSHIM_WASTE_ITEMS_H
#define PYCSHIM_WASTE_ITEMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "span.h"
#include "stats.h"
#include "stats_process.h"

enum waste_cause {
	WASTE_READ_ONLY, /* EROFS, EACCES, EPERM: not for us to write */
	WASTE_FULL,	 /* ENOSPC, EDQUOT */
	WASTE_TOO_LARGE, /* EFBIG: a limit on the size of files */
	WASTE_OTHER_ERROR,
	WASTE_NOT_ATTEMPTED, /* -B, PYTHONDONTWRITEBYTECODE */
	WASTE_REPEATED,	     /* kept, but compiled by several processes at once */
	WASTE_AGAIN,	     /* kept by an earlier start, and compiled again by a later */
	WASTE_STALE,	     /* had a pyc that was rejected; counted in the others, too */
	WASTE_HIDDEN,	     /* missed below a PYTHONPYCACHEPREFIX; in the others, too */
	WASTE_CAUSES
};

/* The compiles of one module by one process, for one cause. */
struct waste_item {
	const struct module *module;
	const struct tally *tally;
	enum waste_cause cause; /* WASTE_CAUSES: none, but stale or hidden */
	bool stale, hidden;
	bool first; /* item of its module in its start, for this cause */
	int64_t compiles;
	struct span cost;   /* of these compiles */
	struct span repeat; /* of it, what compiling the module once in the start saves */
	int64_t certain_ns; /* of it, by processes that began when that was compiled */
	int64_t bytes;	    /* of the module's pyc, about */
};

struct waste_items {
	struct waste_item *item; /* those of one module stand together */
	size_t count, room;
	bool single, unsure; /* see struct waste */
};

void waste_items_find(const struct stats *stats, struct waste_items *items) NONNULL;
void waste_items_free(struct waste_items *items) NONNULL;

/* The cause that an errno stands for. */
enum waste_cause waste_cause_of_error(uint32_t error);

/* Did this process not try to keep what it compiled, and does that count as waste? */
bool waste_counts_unattempted(const struct waste_items *items,
			      enum unattempted why) NONNULL;

/* The length of the PYTHONPYCACHEPREFIX that a pyc is below; 0: it is beside its source. */
size_t waste_prefix_bytes(const struct module *module) NONNULL;

#endif
