/* SPDX-License-Identifier: MIT */
/*
 * tools/read/starts.c: which processes belong to one start.
 */
#include "check.h"

#include "records_stats.h"

static const char command[] = "python3\0app.py";

static void add(struct records *records, uint64_t token, uint32_t pid,
		uint32_t parent_pid)
{
	records->parent_pid = parent_pid;
	records_process(records, token, pid, command, sizeof(command));
}

/* The start of the process with this token. */
static unsigned start_of(const struct stats *stats, uint64_t token)
{
	const struct process *process = stats->tables.processes;

	while (process && process->key.token != token)
		process = process->hh.next;
	assert_non_null(process);
	return process->start;
}

static void starts_of_one_tree_are_one(void **state)
{
	struct records records;
	struct stats stats;

	(void)state;
	records_begin(&records);
	add(&records, 1, 100, 7);
	add(&records, 2, 101, 100); /* its worker ... */
	add(&records, 3, 102, 100);
	add(&records, 4, 103, 102); /* ... and that one's */
	stats = records_stats(&records);
	assert_int_equal(stats.starts, 1);
	stats_free(&stats);
}

/* As containers have them: each time 1 and 7 of 1. */
static void starts_with_the_same_pids_are_told_apart_by_their_order(void **state)
{
	struct records records;
	struct stats stats;
	unsigned i;

	(void)state;
	records_begin(&records);
	for (i = 0; i < 5; i++) {
		records.now_ns += 1000000000;
		add(&records, 10 + i, 1, 999);
		records.now_ns += 1000000000;
		add(&records, 20 + i, 7, 1);
	}
	stats = records_stats(&records);
	assert_int_equal(stats.starts, 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(start_of(&stats, 20 + i), start_of(&stats, 10 + i));
		assert_int_equal(start_of(&stats, 10 + i) ==
					 start_of(&stats, 10 + (i + 1) % 5),
				 false);
	}
	stats_free(&stats);
}

/* A process that began later than the child had another's pid. */
static void starts_have_no_parent_that_began_later(void **state)
{
	struct records records;
	struct stats stats;

	(void)state;
	records_begin(&records);
	add(&records, 1, 100, 50);
	records.now_ns += 1000000000;
	add(&records, 2, 50, 7);
	stats = records_stats(&records);
	assert_int_equal(stats.starts, 2);
	stats_free(&stats);
}

static void starts_of_two_recordings_are_two(void **state)
{
	const struct record *record;
	struct records records;
	struct reader reader;
	struct stats stats;
	unsigned i;

	(void)state;
	stats_init(&stats);
	for (i = 0; i < 2; i++) {
		records_begin(&records);
		add(&records, 10 + i, 100 + i,
		    100); /* the child of 100 there, or of none */
		stats.tables.recording = i ? "a" : "b";
		reader_open_memory(&reader, records.bytes, records.size);
		while ((record = reader_next(&reader)))
			stats_feed(&stats, record);
		reader_close(&reader);
		records_free(&records);
	}
	stats_finish(&stats);
	assert_int_equal(stats.starts, 2);
	stats_free(&stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_of_one_tree_are_one),
		cmocka_unit_test(starts_with_the_same_pids_are_told_apart_by_their_order),
		cmocka_unit_test(starts_have_no_parent_that_began_later),
		cmocka_unit_test(starts_of_two_recordings_are_two),
	};

	return RUN(tests);
}
