/*
 * What to do about a run's bytecode cache: computed from its recording, each with what
 * it saves and costs, and nothing where there is nothing to gain.
 * Used by cmd_summary.c and summary_text.c.  Pure but for memory.
 */
#ifndef PYCSHIM_ADVICE_H
#define PYCSHIM_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "remedy.h"
#include "span.h"
#include "stats.h"

struct advice {
	const char *code;     /* "redirect", "compileall", ... */
	char *finding;	      /* what is wrong, a sentence; maybe that of others too */
	struct remedy remedy; /* what to do; its text is a sentence, too */
};

#define ADVICE_MAX 12
struct advices {
	struct advice advice[ADVICE_MAX];
	size_t count;
	/* what following all of it saves at each start, and takes; each compile once */
	struct span saves;
	int64_t costs_bytes;
};

/* The best first.  `stats` is finished. */
void advice_find(const struct stats *stats, struct advices *advices) NONNULL;

/* Where there is none: a sentence that says why all is well.  The caller frees it. */
char *advice_none(const struct stats *stats) MUST_CHECK NONNULL;
void advice_free(struct advices *advices) NONNULL;

#endif
