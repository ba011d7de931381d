/* SPDX-License-Identifier: MIT */
/*
 * How long after its beginning a start was ready, and how much of that was compiling.
 */
#include "answer/advice.h"
#include "answer/ready.h"
#include "records_modules.h"
#include "records_stats.h"

static const char gunicorn[] = "python3\0/usr/bin/gunicorn\0--timeout\0"
			       "30\0shop";
static const char plain[] = "python3\0m.py\0--timeout\0"
			    "7";

/* A process compiles one module, which cannot be kept. */
static void compile(struct records *records, const char *stem, uint64_t milliseconds)
{
	struct records_module module = records_module("/app", stem);

	module.compile_ns = milliseconds * 1000000;
	records_miss_mkdir(records, &module, EROFS);
}

static void begin(struct records *records, uint32_t pid, uint32_t parent_pid)
{
	records->parent_pid = parent_pid;
	records_process(records, pid, pid, plain, sizeof(plain));
}

/* A master compiles for 30 ms, and then its two workers for 50 and 40. */
static void compile_in_two_workers(struct records *records)
{
	begin(records, 100, 7);
	compile(records, "a", 30);
	begin(records, 101, 100);
	compile(records, "b", 50);
	begin(records, 102, 100);
	compile(records, "c", 40);
}

/* Amounts are compared without the 10 us that each call of a recording takes. */
static void assert_near(int64_t ns, int64_t milliseconds)
{
	assert_true(ns > (milliseconds - 1) * 1000000);
	assert_true(ns < (milliseconds + 2) * 1000000);
}

static void ready_counts_the_process_that_ends_last_and_its_parent(void **state)
{
	struct records records;
	struct ready ready;
	struct stats stats;

	(void)state;
	records_begin(&records);
	begin(&records, 100, 7);
	compile(&records, "a", 300);
	begin(&records, 101, 100);
	compile(&records, "b", 50); /* a worker that is ready earlier */
	begin(&records, 102, 100);
	compile(&records, "c", 200);
	stats = records_stats(&records);
	ready = ready_measure(&stats);
	assert_int_equal(ready.starts, 1);
	assert_near(ready.median_ns, 550);
	assert_near(ready.compiling.low, 500);
	assert_int_equal(ready.compiling.low, ready.compiling.high);
	stats_free(&stats);
}

/* What the parent compiles after it has begun the worker does not delay the worker. */
static void ready_leaves_out_what_a_parent_compiles_later(void **state)
{
	struct records records;
	struct ready ready;
	struct stats stats;

	(void)state;
	records_begin(&records);
	begin(&records, 100, 7);
	compile(&records, "a", 100);
	begin(&records, 101, 100);
	records.process = records.tid = 100;
	compile(&records, "b", 400);
	records.process = records.tid = 101;
	compile(&records, "c", 20);
	stats = records_stats(&records);
	ready = ready_measure(&stats);
	assert_near(ready.median_ns, 520);
	assert_near(ready.compiling.high, 120);
	stats_free(&stats);
}

static void ready_is_the_median_of_starts_that_compiled(void **state)
{
	static const unsigned milliseconds[] = {500, 100, 300, 200, 400};
	struct records records;
	struct ready ready;
	struct stats stats;
	size_t i;

	(void)state;
	records_begin(&records);
	for (i = 0; i < 5; i++) {
		begin(&records, 100 + (uint32_t)i, 7);
		compile(&records, "a", milliseconds[i]);
		records.now_ns += 1000000000;
	}
	begin(&records, 200, 7);
	stats = records_stats(&records);
	ready = ready_measure(&stats);
	assert_int_equal(stats.starts, 6);
	assert_int_equal(ready.starts, 5);
	assert_near(ready.median_ns, 301);
	assert_near(ready.quartile_low_ns, 201);
	assert_near(ready.quartile_high_ns, 401);
	stats_free(&stats);
}

static void ready_knows_the_timeout_of_gunicorn_alone(void **state)
{
	struct records records;
	struct stats stats;
	char *text;
	struct ready ready;

	(void)state;
	records_begin(&records);
	begin(&records, 100, 7);
	stats = records_stats(&records);
	assert_int_equal(ready_measure(&stats).timeout_s, 0);
	assert_int_equal(ready_measure(&stats).median_ns, 0);
	stats_free(&stats);
	records_begin(&records);
	records_process(&records, 1, 1, gunicorn, sizeof(gunicorn));
	compile(&records, "a", 10);
	stats = records_stats(&records);
	ready = ready_measure(&stats);
	assert_int_equal(ready.timeout_s, 30);
	text = ready_text(&ready);
	assert_string_equal(text, "10.0 ms later because of compiling; gunicorn's "
				  "--timeout is 30.0 s");
	free(text);
	stats_free(&stats);
}

static void advice_promises_to_be_ready_sooner(void **state)
{
	struct advices advices;
	struct records records;
	struct stats stats;
	size_t i;

	(void)state;
	records_begin(&records);
	compile_in_two_workers(&records);
	stats = records_stats(&records);
	advice_find(&stats, &advices);
	assert_near(advices.ready.low, 70);
	for (i = 0; i < advices.count; i++)
		if (strcmp(advices.advice[i].code, "compileall") == 0) {
			assert_near(advices.advice[i].remedy.saves.low, 120);
			assert_near(advices.advice[i].remedy.ready.low, 70);
		}
	assert_true(advices.count > 0);
	advice_free(&advices);
	stats_free(&stats);
}

/* If processes share a processor, it is not known for whom a compile waited, or worked longer. */
static void advice_is_a_range_where_compiles_waited(void **state)
{
	struct advices advices;
	struct records records;
	struct stats stats;

	(void)state;
	records_begin(&records);
	records.wait_ns = 30000000;
	compile_in_two_workers(&records);
	stats = records_stats(&records);
	advice_find(&stats, &advices);
	assert_near(advices.saves.low, 96);
	assert_near(advices.saves.high, 120);
	assert_near(advices.ready.low, 56);
	assert_near(advices.ready.high, 130);
	advice_free(&advices);
	stats_free(&stats);
	/* one process alone has waited for others, which the remedy does not concern */
	records_begin(&records);
	records.wait_ns = 30000000;
	begin(&records, 100, 7);
	compile(&records, "a", 30);
	stats = records_stats(&records);
	advice_find(&stats, &advices);
	assert_near(advices.saves.low, 30);
	assert_near(advices.saves.high, 30);
	advice_free(&advices);
	stats_free(&stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ready_counts_the_process_that_ends_last_and_its_parent),
		cmocka_unit_test(ready_leaves_out_what_a_parent_compiles_later),
		cmocka_unit_test(ready_is_the_median_of_starts_that_compiled),
		cmocka_unit_test(ready_knows_the_timeout_of_gunicorn_alone),
		cmocka_unit_test(advice_promises_to_be_ready_sooner),
		cmocka_unit_test(advice_is_a_range_where_compiles_waited),
	};

	return RUN(tests);
}
