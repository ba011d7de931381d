/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/store_gain.c and remedy_store.c: a store is advised where sources were
 * compiled before at another path, with another time or in another container.
 */
#include "check.h"

#include "advising.h"

#define COST 1000000 /* of one compile, in nanoseconds */

/* A start of its own that compiles and keeps MODULES in `directory`. */
static void start_at(struct records *records, uint32_t number, const char *directory,
		     uint32_t source_bytes, load *way)
{
	struct records_module module;
	char stem[16];
	unsigned i;

	records->parent_pid = 7;
	records_process(records, number, 1000 + number, command, sizeof(command));
	for (i = 0; i < MODULES; i++) {
		snprintf(stem, sizeof(stem), "m%u", i);
		module = records_module(directory, stem);
		module.compile_ns = COST;
		module.valid.source_bytes = source_bytes + i;
		way(records, &module);
	}
}

static void store_for_sources_at_another_path_is_advised(void **state)
{
	const struct advice *advice;
	struct advices advices;
	struct records records;

	(void)state;
	records_begin(&records);
	start_at(&records, 1, "/release-1/app", 2000, records_miss_written);
	start_at(&records, 2, "/release-2/app", 2000, records_miss_written);
	start_at(&records, 3, "/release-3/app", 2000, records_miss_written);
	advise(&records, &advices);
	assert_int_equal(advices.count, 1);
	advice = find(&advices, "store");
	assert_non_null(advice);
	/* the content is not known: nothing is certain */
	assert_int_equal(advice->remedy.saves.low, 0);
	assert_int_equal(advice->remedy.saves.high, MODULES * COST);
	assert_int_equal(advice->remedy.starts, 2);
	assert_int_equal(advice->remedy.costs_bytes, MODULES * 4096);
	assert_non_null(strstr(advice->finding, "20 compiles were of a source with a "
						"name and size that had been compiled "
						"before (20 at another path): at most "
						"10.0 ms of CPU at each start"));
	assert_ptr_equal(strstr(advice->remedy.text, "PYCSHIM_STORE, a directory that "
						     "outlives a start (a volume), "
						     "would save at most 10.0 ms"),
			 advice->remedy.text);
	assert_int_equal(advices.saves.high, MODULES * COST);
	assert_int_equal(advices.costs_bytes, MODULES * 4096);
	advice_free(&advices);
}

static void store_for_read_only_sources_needs_redirect(void **state)
{
	const struct advice *advice;
	struct advices advices;
	struct records records;

	(void)state;
	records_begin(&records);
	start_at(&records, 1, "/release-1/app", 2000, way_read_only);
	start_at(&records, 2, "/release-2/app", 2000, way_read_only);
	advise(&records, &advices);
	advice = find(&advices, "store");
	assert_non_null(advice);
	assert_non_null(strstr(advice->remedy.text, "with PYCSHIM_MODE=redirect"));
	advice_free(&advices);
}

/* Each compile counts once in what following all advice saves. */
static void store_for_what_others_save_is_counted_once(void **state)
{
	struct advices advices;
	struct records records;

	(void)state;
	records_begin(&records);
	start_at(&records, 1, "/release-1/app", 2000, way_read_only);
	start_at(&records, 2, "/release-2/app", 2000, way_read_only);
	advise(&records, &advices);
	assert_non_null(find(&advices, "compileall"));
	assert_int_equal(advices.saves.high, MODULES * COST);
	advice_free(&advices);
}

static void store_for_other_sources_is_not_advised(void **state)
{
	static const struct {
		const char *first, *second; /* where each start has its sources */
		uint32_t source_bytes;	    /* in the second */
		load *way;
	} cases[] = {
		{"/release-1/app", "/release-2/app", 3000, records_miss_written},
		/* a pyc that is kept is enough */
		{"/app", "/app", 2000, way_read_only},
		/* pycs that no store keeps */
		{"/release-1/app", "/release-2/app", 2000, way_pytest},
	};
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records_begin(&records);
		start_at(&records, 1, cases[i].first, 2000, cases[i].way);
		start_at(&records, 2, cases[i].second, cases[i].source_bytes,
			 cases[i].way);
		advise(&records, &advices);
		assert_null(find(&advices, "store"));
		advice_free(&advices);
	}
}

/* A start that took its pycs from a store needs no advice about one. */
static void store_in_use_is_not_advised(void **state)
{
	struct records_module module = records_module("/c", "m");
	struct advices advices;
	struct records records;

	(void)state;
	records_begin(&records);
	start_at(&records, 1, "/release-1/app", 2000, records_miss_written);
	start_at(&records, 2, "/release-2/app", 2000, records_miss_written);
	records_hit(&records, &module);
	records_shared(&records, RECORD_reuse, module.pyc, NULL, COST);
	advise(&records, &advices);
	assert_null(find(&advices, "store"));
	advice_free(&advices);
}

/* __init__.py is the name of many different sources: its package is part of the name. */
static void store_knows_a_package_by_its_name(void **state)
{
	static const struct {
		const char *other;
		bool advised;
	} cases[] = {{"/b/shop", true}, {"/a/cart", false}};
	struct records_module module;
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records_begin(&records);
		records.parent_pid = 7;
		records_process(&records, 1, 1, command, sizeof(command));
		module = records_module("/a/shop", "__init__");
		records_miss_written(&records, &module);
		records_process(&records, 2, 2, command, sizeof(command));
		module = records_module(cases[i].other, "__init__");
		records_miss_written(&records, &module);
		advise(&records, &advices);
		assert_int_equal(find(&advices, "store") != NULL, cases[i].advised);
		advice_free(&advices);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(store_for_sources_at_another_path_is_advised),
		cmocka_unit_test(store_for_read_only_sources_needs_redirect),
		cmocka_unit_test(store_for_what_others_save_is_counted_once),
		cmocka_unit_test(store_for_other_sources_is_not_advised),
		cmocka_unit_test(store_in_use_is_not_advised),
		cmocka_unit_test(store_knows_a_package_by_its_name),
	};

	return RUN(tests);
}
