/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/advice.c when events were lost: advice claims no more than the rest shows.
 */
#include "check.h"

#include "advising.h"

/* `count` hits of 112 bytes each in a recording with this size limit, and lost events. */
static struct records lossy(unsigned count, uint64_t bound, uint64_t lost)
{
	struct records_module module = records_module("/app", "m");
	struct records records;
	unsigned i;

	records = one_process();
	records_bound(&records, 0, bound);
	records_totals(&records, (struct record_totals){.lost_events = lost});
	for (i = 0; i < count; i++)
		records_hit(&records, &module);
	return records;
}

/* The only advice, which is about the lost events. */
static void advise_lossy(unsigned count, uint64_t bound, uint64_t lost,
			 struct advices *advices)
{
	struct records records = lossy(count, bound, lost);

	advise(&records, advices);
	assert_int_equal(advices->count, 1);
	assert_string_equal(advices->advice[0].code, "lost_events");
}

static void advice_on_lost_events_names_a_bound_that_would_do(void **state)
{
	static const struct {
		unsigned count;
		uint64_t bound, lost;
		int64_t costs_bytes;
		const char *remedy;
	} cases[] = {
		/* 107 MiB for all events, and a reserve */
		{100, 16 << 10, 1000000, 256 << 20, "PYCSHIM_RECORD_MAX=256M would do."},
		{100, 16 << 10, 1, 1 << 20, "PYCSHIM_RECORD_MAX=1M would do."},
		/* 768 KiB of 1 MiB are for events */
		{7000, 1 << 20, 1, 2 << 20, "PYCSHIM_RECORD_MAX=2M would do."},
	};
	struct advices advices;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		advise_lossy(cases[i].count, cases[i].bound, cases[i].lost, &advices);
		assert_string_equal(advices.advice[0].remedy.text, cases[i].remedy);
		assert_int_equal(advices.advice[0].remedy.costs_bytes,
				 cases[i].costs_bytes);
		advice_free(&advices);
	}
	advise_lossy(100, 16 << 10, 1000000, &advices);
	assert_non_null(strstr(advices.advice[0].finding, "1,000,000 events"));
	advice_free(&advices);
}

/* A larger limit would not help: the disk was full before this one was reached. */
static void advice_on_events_lost_below_the_bound_asks_for_room(void **state)
{
	static const struct {
		unsigned count;
		uint64_t bound, lost;
		const char *remedy;
	} cases[] = {
		{100, 64 << 20, 900, "The recording needs room for about 1"},
		{7000, 4 << 20, 1000000, "The recording needs room for about 107 MiB"},
		{0, 64 << 20, 1024, "The recording needs room for about 120 KiB"},
	};
	struct advices advices;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		advise_lossy(cases[i].count, cases[i].bound, cases[i].lost, &advices);
		assert_ptr_equal(strstr(advices.advice[0].remedy.text, cases[i].remedy),
				 advices.advice[0].remedy.text);
		assert_null(strstr(advices.advice[0].remedy.text, "would do"));
		advice_free(&advices);
	}
}

/* None of several recordings reached its limit, although their sum exceeds it. */
static void advice_on_events_lost_of_several_recordings_asks_for_room(void **state)
{
	struct records records = lossy(7000, 4 << 20, 900);
	struct stats stats = records_stats(&records);
	struct advices advices;

	(void)state;
	stats.recording_bytes *= 10;
	advice_find(&stats, &advices);
	assert_int_equal(advices.count, 1);
	assert_non_null(
		strstr(advices.advice[0].remedy.text, "The recording needs room"));
	advice_free(&advices);
	stats_free(&stats);
}

/* The totals count every module; the events have the costs of only a few. */
static void advice_on_lost_events_is_at_least(void **state)
{
	static const struct {
		load *way;
		struct record_totals totals;
		const char *code, *finding, *remedy;
		int64_t saves_ns;
	} cases[] = {
		{way_full,
		 {.lost_events = 90, .write_errors = {{ENOSPC, 40}}},
		 "write_errors",
		 "1 process compiled 40 modules because their pycs could not be written "
		 "(ENOSPC, no space left on device): at least 10.0 ms of CPU.",
		 "at least 40.0 KiB more, each later start would save at least 10.0 ms.",
		 10000000},
		{way_read_only,
		 {.lost_events = 90, .write_errors = {{EROFS, 40}}},
		 "redirect",
		 "1 process compiled 40 modules because the file system is read-only "
		 "(EROFS): at least 10.0 ms of CPU.",
		 "PYCSHIM_MODE=redirect would save at least 10.0 ms at each start after "
		 "the first with the same tmpfs; a new container begins cold. It takes at "
		 "least 40.0 KiB of the tmpfs.",
		 0},
		{records_miss_unwritten,
		 {.lost_events = 90, .not_attempted = 40},
		 "dontwritebytecode",
		 "1 process compiled 40 modules and tried to keep none "
		 "(PYTHONDONTWRITEBYTECODE, -B): at least 3.00 ms of CPU.",
		 "each start after the first would save at least 3.00 ms, for at least "
		 "40.0 KiB of pycs.",
		 3000000},
		{way_stale,
		 {.lost_events = 90, .stale = 40, .stale_mtime = 40},
		 "stale",
		 "At least 10 pycs were stale and not replaced, because the source's "
		 "modification time differs, and not its size: compiling took at least "
		 "10.0 ms of CPU.",
		 "keep their times (cp -p)",
		 10000000},
	};
	const struct advice *advice;
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records = run(1, cases[i].way, 1000000);
		records.last = 0;
		records_totals(&records, cases[i].totals);
		advise(&records, &advices);
		advice = find(&advices, cases[i].code);
		assert_non_null(advice);
		assert_string_equal(advice->finding, cases[i].finding);
		assert_non_null(strstr(advice->remedy.text, cases[i].remedy));
		assert_int_equal(advice->remedy.saves.low, cases[i].saves_ns);
		advice_free(&advices);
	}
	records = run(2, way_read_only, 1000000);
	records.last = 0;
	records_totals(&records, (struct record_totals){.lost_events = 1});
	advise(&records, &advices);
	advice = find(&advices, "redirect");
	assert_non_null(advice);
	assert_non_null(strstr(advice->remedy.text,
			       "would save at least 5.00 ms at the first start and at "
			       "least 20.0 ms at each later one"));
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_on_lost_events_names_a_bound_that_would_do),
		cmocka_unit_test(advice_on_events_lost_below_the_bound_asks_for_room),
		cmocka_unit_test(
			advice_on_events_lost_of_several_recordings_asks_for_room),
		cmocka_unit_test(advice_on_lost_events_is_at_least),
	};

	return RUN(tests);
}
