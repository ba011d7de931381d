/* SPDX-License-Identifier: MIT */
/*
 * The finding and the remedy about a store (store_gain.h); see finding.h and remedy.h.
 */
#include <stdlib.h>

#include "answer/finding.h"
#include "answer/remedy.h"
#include "common/human.h"
#include "common/util.h"

static char *add_reason(char *list, int64_t compiles, const char *where)
{
	char *reason;

	if (!compiles)
		return list;
	reason = xasprintf("%s %s", human_count(compiles).s, where);
	list = enlist(list, reason);
	free(reason);
	return list;
}

/* Only where kept pycs would not have been enough is a store worth its advice. */
char *finding_store(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct store_gain *gain = &diagnosis->store;
	char *why, *cost, *text;

	(void)cause;
	if (!gain->moved && !gain->changed && !gain->foreign)
		return NULL;
	why = add_reason(NULL, gain->moved, "at another path");
	why = add_reason(why, gain->changed, "with another time");
	why = add_reason(why, gain->foreign, "in another container");
	cost = finding_cost(diagnosis->stats, span_mean(gain->saves, gain->starts));
	text = xasprintf("%s compile%s of a source with a name and size that had been "
			 "compiled before (%s): %s%s.",
			 human_count(gain->compiles).s,
			 gain->compiles == 1 ? " was" : "s were", why, cost,
			 gain->starts > 1 ? " at each start" : "");
	free(why);
	free(cost);
	return text;
}

struct remedy remedy_store(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct store_gain *gain = &diagnosis->store;
	struct remedy remedy = {.saves = span_mean(gain->saves, gain->starts),
				.starts = gain->starts,
				.costs_bytes = gain->bytes};
	char *saves = remedy_saving(diagnosis->stats, remedy.saves,
				    "at each start after the first", gain->starts);

	(void)cause;
	remedy.text = xasprintf(
		"PYCSHIM_STORE, a directory that outlives a start (a volume)%s%s, would "
		"save %s, if these sources are the same; a recording does not have what is "
		"in them. It takes about %s.",
		gain->unwritable ? ", with PYCSHIM_MODE=redirect" : "",
		gain->unattempted ? ", with PYCSHIM_WRITE=1" : "", saves,
		human_bytes(gain->bytes).s);
	free(saves);
	return remedy;
}
