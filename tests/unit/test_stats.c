/* SPDX-License-Identifier: MIT */
/*
 * tools/read/stats.c and tools/read/tables.c: records add up to modules, processes and a run.
 */
#include "check.h"

#include "records_modules.h"
#include "records_stats.h"

static const char command[] = "python3\0-c\0import shop";

/* Each test makes a recording of one process, and reads it. */
static struct records_module shop;
static struct records records;
static struct stats stats;

static int begin(void **state)
{
	(void)state;
	shop = records_module("/app", "shop");
	records_begin(&records);
	records_process(&records, 1, 100, command, sizeof(command));
	return 0;
}

static int end(void **state)
{
	(void)state;
	stats_free(&stats);
	return 0;
}

static struct module *module_of(const char *pyc)
{
	return tables_module(&stats.tables, pyc, strlen(pyc));
}

static void stats_miss_written_knows_its_module(void **state)
{
	struct module *module;

	(void)state;
	records_miss_written(&records, &shop);
	stats = records_stats(&records);
	module = module_of(shop.pyc);
	assert_int_equal(stats.modules, 1);
	assert_int_equal(stats.events, 6);
	assert_int_equal(stats.processes, 1);
	assert_int_equal(stats.pythons, 1);
	assert_int_equal(stats.totals.count[VERDICT_written], 1);
	assert_int_equal(stats.totals.count[VERDICT_compile_ns], shop.compile_ns);
	assert_int_equal(module->totals.count[VERDICT_misses], 1);
	assert_int_equal(module->totals.count[VERDICT_written], 1);
	assert_string_equal(module->source, shop.source);
	assert_int_equal(module->pyc_bytes, 3000);
	assert_int_equal(module->source_bytes, 2000);
	assert_int_equal(module->writer->pid, 100);
	assert_true(module->source_read);
}

static void stats_stale_remembers_both_times(void **state)
{
	struct records_pyc old = shop.valid;
	struct module *module;

	(void)state;
	old.true_mtime = old.mtime + 60;
	records_stale(&records, &shop, &old);
	stats = records_stats(&records);
	module = module_of(shop.pyc);
	assert_int_equal(stats.totals.stale_reason[STALE_mtime], 1);
	assert_int_equal(module->last_stale_reason, STALE_mtime);
	assert_int_equal(module->stale_pyc_mtime, old.mtime);
	assert_int_equal(module->stale_source_mtime, old.mtime + 60);
	assert_int_equal(module->totals.count[VERDICT_hits], 0);
}

static void stats_failed_writes_are_counted_by_errno(void **state)
{
	struct records_module cart = records_module("/app", "cart");

	(void)state;
	records_miss_mkdir(&records, &shop, EROFS);
	records_miss_create(&records, &cart, EACCES);
	records_miss_create(&records, &cart, EACCES);
	stats = records_stats(&records);
	assert_int_equal(stats.totals.count[VERDICT_write_failed], 3);
	assert_int_equal(stats.errors.slot[0].error, EROFS);
	assert_int_equal(stats.errors.slot[0].count, 1);
	assert_int_equal(stats.errors.slot[1].error, EACCES);
	assert_int_equal(stats.errors.slot[1].count, 2);
	assert_int_equal(module_of(shop.pyc)->last_write_error, EROFS);
	assert_int_equal(module_of(cart.pyc)->last_write_error, EACCES);
}

static void stats_compile_without_end_mark_is_at_most(void **state)
{
	(void)state;
	records_miss_unwritten(&records, &shop);
	stats = records_stats(&records);
	assert_int_equal(stats.at_most, 1);
	assert_int_equal(module_of(shop.pyc)->at_most, 1);
	assert_int_equal(stats.totals.count[VERDICT_not_attempted], 1);
}

static void stats_lost_events_take_the_process_at_its_word(void **state)
{
	struct record_totals own = {
		.lost_events = 40,
		.lookups = 9,
		.hits = 2,
		.misses = 3,
		.stale = 4,
		.stale_size = 4,
		.compile_ns = 77,
		.write_errors = {{EROFS, 5}, {0, 2}},
	};

	(void)state;
	records_totals(&records, own);
	records_hit(&records, &shop);
	records_process(&records, 2, 101, command, sizeof(command));
	records_hit(&records, &shop);
	stats = records_stats(&records);
	assert_int_equal(stats.lost_events, 40);
	assert_int_equal(stats.totals.count[VERDICT_lookups], 10);
	assert_int_equal(stats.totals.count[VERDICT_hits], 3);
	assert_int_equal(stats.totals.stale_reason[STALE_size], 4);
	assert_int_equal(stats.totals.count[VERDICT_compile_ns], 77);
	assert_int_equal(stats.errors.slot[0].count, 5);
	assert_int_equal(stats.errors.slot[1].error, 0);
	assert_int_equal(stats.errors.slot[1].count, 2);
}

static void stats_equal_pids_are_kept_apart(void **state)
{
	(void)state;
	records_lookup(&records, shop.pyc, ENOENT, &shop.valid);
	records_process(&records, 2, 100, command,
			sizeof(command)); /* another container */
	records_recompile(&records,
			  &shop); /* its own: no look-up of its own went before */
	stats = records_stats(&records);
	assert_int_equal(stats.processes, 2);
	assert_int_equal(stats.totals.count[VERDICT_misses], 1);
	assert_int_equal(stats.totals.count[VERDICT_compiled], 0);
}

static void stats_emptied_recording_announces_a_process_again(void **state)
{
	(void)state;
	records_hit(&records, &shop);
	records_process(&records, 1, 100, command, sizeof(command));
	records_hit(&records, &shop);
	stats = records_stats(&records);
	assert_int_equal(stats.processes, 1);
	assert_int_equal(stats.totals.count[VERDICT_hits], 2);
}

static void stats_process_without_record_is_unknown(void **state)
{
	(void)state;
	records_free(&records);
	records_begin(&records);
	records_hit(&records, &shop);
	stats = records_stats(&records);
	assert_int_equal(stats.processes, 1);
	assert_int_equal(stats.pythons, 0);
	assert_false(stats.tables.processes->known);
	assert_string_equal(stats.tables.processes->executable, "");
}

static void stats_retracted_lookup_is_no_event_to_print(void **state)
{
	(void)state;
	records_hit(&records, &shop);
	records_event(&records, RECORD_retract, shop.pyc, NULL, 0);
	stats = records_stats(&records);
	assert_int_equal(stats.events, 1);
	assert_int_equal(stats.totals.count[VERDICT_lookups], 0);
}

static void stats_denied_writes_are_told_apart(void **state)
{
	(void)state;
	records.action = ACTION_deny;
	records_miss_mkdir(&records, &shop, EROFS);
	stats = records_stats(&records);
	assert_int_equal(stats.denied_writes, 1);
	assert_int_equal(module_of(shop.pyc)->denied, 1);
}

static void stats_prefix_takes_the_source_that_was_read(void **state)
{
	static const char pyc[] = "/cache/app/shop.cpython-311.pyc";
	struct module *module;

	(void)state;
	records_lookup(&records, pyc, ENOENT, &shop.valid);
	records_recompile(&records, &shop);
	stats = records_stats(&records);
	module = module_of(pyc);
	assert_string_equal(module->source, "/app/shop.py");
	assert_int_equal(module->totals.count[VERDICT_compiled], 1);
}

static void stats_long_paths_are_modules_too(void **state)
{
	char directory[400] = "/";

	(void)state;
	memset(directory + 1, 'd', sizeof(directory) - 2);
	directory[sizeof(directory) - 1] = '\0';
	shop = records_module(directory, "shop");
	records_miss_written(&records, &shop);
	records_hit(&records, &shop);
	stats = records_stats(&records);
	assert_int_equal(stats.modules, 1);
	assert_int_equal(module_of(shop.pyc)->totals.count[VERDICT_hits], 1);
}

static void error_counts_beyond_the_slots_are_others(void **state)
{
	struct error_counts counts = {{{0, 0}}};
	int64_t sum = 0;
	uint32_t error;
	size_t i;

	(void)state;
	for (error = 1; error <= 3 * ERROR_COUNTS; error++)
		error_counts_add(&counts, error, 2);
	for (i = 0; i < ERROR_COUNTS; i++)
		sum += counts.slot[i].count;
	assert_int_equal(sum, 6 * ERROR_COUNTS);
	assert_int_equal(counts.slot[ERROR_COUNTS - 1].error, 0);
	assert_int_equal(counts.slot[0].error, 1);
}

/* Each attempt's beginning is counted once. */
static void stats_pyc_cut_short_is_measured(void **state)
{
	struct module *module;
	unsigned i;

	(void)state;
	for (i = 1; i <= 2; i++) {
		records_miss_create(&records, &shop, 0);
		records_bytes(&records, RECORD_write, shop.temporary, 1000 * i,
			      RECORD_SHORT);
		records_event(&records, RECORD_rename, shop.temporary, shop.pyc, ENOSPC);
	}
	stats = records_stats(&records);
	module = module_of(shop.pyc);
	assert_int_equal(module->cut_bytes, 2000);
	/* every total counts only complete pycs */
	assert_int_equal(stats.totals.count[VERDICT_bytes_written], 0);
	assert_int_equal(module->totals.count[VERDICT_bytes_written], 0);
	assert_int_equal(stats.tables.processes->totals.count[VERDICT_bytes_written], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stats_miss_written_knows_its_module),
		TEST(stats_pyc_cut_short_is_measured),
		TEST(stats_stale_remembers_both_times),
		TEST(stats_failed_writes_are_counted_by_errno),
		TEST(stats_compile_without_end_mark_is_at_most),
		TEST(stats_lost_events_take_the_process_at_its_word),
		TEST(stats_equal_pids_are_kept_apart),
		TEST(stats_emptied_recording_announces_a_process_again),
		TEST(stats_process_without_record_is_unknown),
		TEST(stats_retracted_lookup_is_no_event_to_print),
		TEST(stats_denied_writes_are_told_apart),
		TEST(stats_prefix_takes_the_source_that_was_read),
		TEST(stats_long_paths_are_modules_too),
		cmocka_unit_test(error_counts_beyond_the_slots_are_others),
	};

	return RUN(tests);
}
