/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/advice.c and compile_cost.c: python -B, with which no event marks the end
 * of a compile.
 */
#include "check.h"

#include "advising.h"

/* The end of a compile is unknown: it costs at least 150 ns for each byte of source. */
static void advice_on_dontwritebytecode_is_a_range(void **state)
{
	struct records records = run(2, records_miss_unwritten, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "dontwritebytecode");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.low, 2 * MODULES * 2000 * 150);
	assert_int_equal(advice->remedy.saves.high, 2 * MODULES * 1000000);
	assert_int_equal(advice->remedy.costs_bytes, MODULES * 4096);
	assert_non_null(strstr(advice->finding, "6.00 ms to 20.0 ms of CPU"));
	assert_int_equal(find(&advices, "compileall")->remedy.saves.low,
			 2 * MODULES * 2000 * 150);
	advice_free(&advices);
}

/* Enough compiles with a known end give the rate of this interpreter. */
static void advice_on_dontwritebytecode_knows_the_interpreters_rate(void **state)
{
	struct records_module module;
	struct records records = run(1, records_miss_unwritten, 1000000);
	struct advices advices;
	char stem[16];
	unsigned i;

	(void)state;
	records_process(&records, 50, 50, command, sizeof(command));
	for (i = 0; i < 140; i++) {
		snprintf(stem, sizeof(stem), "kept%u", i);
		module = records_module("/srv/app/shop", stem);
		module.compile_ns = 2000 * 400;
		records_miss_written(&records, &module);
	}
	advise(&records, &advices);
	/* three quarters of it, less what loading takes */
	assert_int_equal(find(&advices, "dontwritebytecode")->remedy.saves.low,
			 MODULES * 2000 * 400 * (75 - 13) / 100);
	advice_free(&advices);
}

/*
 * Without compiles with a known end, the cheaper half of the sources' bytes give the rate:
 * here 140 of 280 modules at 200 ns for a byte, where MODULES are at 500 and the rest at 900.
 */
static void advice_on_dontwritebytecode_has_the_rate_of_the_cheaper_half(void **state)
{
	struct records_module module;
	struct records records = run(1, records_miss_unwritten, 1000000);
	struct advices advices;
	char stem[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 280; i++) {
		snprintf(stem, sizeof(stem), "more%u", i);
		module = records_module("/srv/app/shop", stem);
		module.compile_ns = 2000 * (i % 2 ? 900 : 200);
		records_miss_unwritten(&records, &module);
	}
	advise(&records, &advices);
	assert_in_range(find(&advices, "dontwritebytecode")->remedy.saves.low,
			(280 + MODULES) * 2000LL * 200 * 87 / 100,
			(280 + MODULES) * 2000LL * 225 * 87 / 100);
	advice_free(&advices);
}

static void way_unwritable(struct records *records, const struct records_module *module)
{
	records_lookup(records, module->pyc, ENOENT, &module->valid);
	records_bytes(records, RECORD_read_source, module->source,
		      module->valid.source_bytes, RECORD_DIRECT);
	records_compile(records, module->source, module->compile_ns, RECORD_UNWRITABLE);
}

static void advice_on_dash_b_where_nothing_can_be_kept_promises_none(void **state)
{
	struct records records = run(1, way_unwritable, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "dontwritebytecode");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.high, 0);
	assert_int_equal(advice->remedy.later.high, MODULES * 1000000);
	assert_non_null(strstr(advice->finding, "where none can be written"));
	assert_ptr_equal(strstr(advice->remedy.text,
				"Without that setting nothing would be "
				"kept either."),
			 advice->remedy.text);
	/* an image can be built with pycs nevertheless */
	assert_int_equal(find(&advices, "compileall")->remedy.saves.high,
			 MODULES * 1000000);
	assert_int_equal(advices.saves.high, MODULES * 1000000);
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_on_dontwritebytecode_is_a_range),
		cmocka_unit_test(advice_on_dontwritebytecode_knows_the_interpreters_rate),
		cmocka_unit_test(
			advice_on_dontwritebytecode_has_the_rate_of_the_cheaper_half),
		cmocka_unit_test(
			advice_on_dash_b_where_nothing_can_be_kept_promises_none),
	};

	return RUN(tests);
}
