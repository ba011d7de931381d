/* SPDX-License-Identifier: MIT */
/*
 * See totals_json.h.
 */
#include "show/totals_json.h"

#include "common/names.h"

void totals_json(struct json *json, const struct totals *totals)
{
	unsigned i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (total_is_time(i))
			json_seconds(json, name_of_total(i), totals->count[i]);
		else
			json_integer(json, name_of_total(i), totals->count[i]);
}

void totals_json_reasons(struct json *json, const struct totals *totals)
{
	/* the most frequent reason first, and not in the order of the interpreter's checks */
	static const unsigned order[] = {STALE_mtime, STALE_size, STALE_magic,
					 STALE_flags, STALE_hash, STALE_truncated};
	size_t i;

	_Static_assert(ARRAY_SIZE(order) == STALE_COUNT, "a stale reason is not printed");
	json_open(json, "stale_reasons", '{');
	for (i = 0; i < ARRAY_SIZE(order); i++)
		json_integer(json, name_of_stale(order[i]),
			     totals->stale_reason[order[i]]);
	json_close(json, '{');
}

void totals_json_errors(struct json *json, const struct error_counts *counts)
{
	size_t i;

	json_open(json, "write_errors", '{');
	for (i = 0; i < ERROR_COUNTS; i++)
		if (counts->slot[i].count)
			json_integer(json, name_of_error(counts->slot[i].error),
				     counts->slot[i].count);
	json_close(json, '{');
}
