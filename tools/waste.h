/*
 * What compiling cost that a kept pyc would have saved, by what kept it from being kept.
 * Measured from finished stats; advice.c turns it into sentences, savings.c
 * asks what one compile costs.  Pure but for memory.
 */
#ifndef PYCSHIM_WASTE_H
#define PYCSHIM_WASTE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "stats.h"

enum waste_cause {
	WASTE_READ_ONLY, /* EROFS, EACCES, EPERM: not for us to write */
	WASTE_FULL,	 /* ENOSPC, EDQUOT, EFBIG */
	WASTE_OTHER_ERROR,
	WASTE_NOT_ATTEMPTED, /* -B, PYTHONDONTWRITEBYTECODE */
	WASTE_REPEATED,	     /* kept, but compiled more than once all the same */
	WASTE_STALE,	     /* had a pyc that was rejected; counted in the others too */
	WASTE_HIDDEN,	     /* missed below a PYTHONPYCACHEPREFIX; in the others too */
	WASTE_CAUSES
};

struct waste {
	int64_t modules, compiles; /* compiles: of these modules, in all processes */
	int64_t cost_ns;	   /* CPU time of these compiles */
	int64_t repeat_ns;     /* of it, what compiling each module once would save ... */
	int64_t late_ns;       /* ... where nobody compiles what another has just begun */
	int64_t bytes;	       /* of the pycs of these modules, about, in whole pages */
	int64_t ahead_ns;      /* what compileall before the start would save ... */
	int64_t ahead_bytes;   /* ... for this, in whole pages */
	uint32_t error;	       /* the errno that most of them failed with */
	unsigned stale_reason; /* WASTE_STALE: the reason of most */
	const char *prefix;    /* WASTE_HIDDEN: of one of them; not terminated ... */
	size_t prefix_bytes;   /* ... this long */

	/* the processes it happened in; without those where there was little of it */
	unsigned processes;
	int64_t fewest, most; /* compiles in one of them */
	bool siblings;	      /* they have one parent, which is recorded: workers */
	bool redirected;      /* some ran under redirect already ... */
	bool unshadowed;      /* ... or would have, but had no shadow */
	bool single; /* NOT_ATTEMPTED: with those that compiled one module, which are many */
	bool unsure; /* ... and it is the same one, which may not compile */
	int64_t process_compile_ns; /* their compiling ... */
	int64_t start_up_ns;	    /* ... and start-up CPU, where that is known */
};

/* Fill all WASTE_CAUSES. */
void waste_measure(const struct stats *stats, struct waste waste[WASTE_CAUSES]) NONNULL;

/* The cause that an errno stands for. */
enum waste_cause waste_cause_of_error(uint32_t error);

/* CPU time of one compile of a module, on average. */
int64_t waste_compile_ns(const struct module *module) NONNULL;

#endif
