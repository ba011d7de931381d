/* SPDX-License-Identifier: MIT */
/*
 * The totals of a recording that was made in memory.
 */
#ifndef PYCSHIM_TEST_RECORDS_STATS_H
#define PYCSHIM_TEST_RECORDS_STATS_H

#include "check.h"
#include "read/reader.h"
#include "read/stats.h"
#include "records.h"

/*
 * Add up the recording, and pass each event to `observe`, if it is not NULL.  Frees the
 * recording; the caller frees the stats.
 */
static inline struct stats records_observed(struct records *records,
					    stats_observer *observe, void *context)
{
	const struct record *record;
	struct reader reader;
	struct stats stats;

	stats_init(&stats);
	stats.observe = observe;
	stats.context = context;
	reader_open_memory(&reader, records->bytes, records->size);
	while ((record = reader_next(&reader)))
		stats_feed(&stats, record);
	assert_int_equal(reader.damaged_bytes, 0);
	stats.recording_bytes = stats.largest_bytes = reader.offset;
	reader_close(&reader);
	records_free(records);
	stats_finish(&stats);
	return stats;
}

static inline struct stats records_stats(struct records *records)
{
	return records_observed(records, NULL, NULL);
}

#endif
