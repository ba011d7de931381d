/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/compileall.c: modules that compileall could have compiled before, and
 * where their pycs are kept.
 */
#include "check.h"

#include <unistd.h>

#include "advising.h"

static void advice_on_a_joint_cold_start_is_to_compile_before(void **state)
{
	struct records records = cold_start(3, false);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	assert_int_equal(advices.count, 1);
	advice = find(&advices, "compileall");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.low, 2 * MODULES * 1000000);
	assert_non_null(strstr(advice->finding, "10 modules were compiled 30 times"));
	assert_string_equal(advice->remedy.text,
			    "python3.11 -m compileall -q -l /srv/app/shop before they "
			    "start would save about 20.0 ms at each start and make it "
			    "ready 10.0 ms sooner, as would gunicorn's --preload.");
	advice_free(&advices);
	/* each start had to compile, because the source had changed again */
	records = cold_start(3, true);
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
}

/* Return the remedy with compileall for a run that was redirected to `shadow`. */
static void expect_compileall(const char *shadow, uint32_t of, load *way,
			      const char *remedy)
{
	const struct advice *advice;
	struct records records;
	struct advices advices;

	root = shadow;
	uid = of;
	records = way ? run(3, way, 1000000) : cold_start(3, false);
	root = NULL;
	advise(&records, &advices);
	advice = find(&advices, "compileall");
	assert_non_null(advice);
	assert_ptr_equal(strstr(advice->remedy.text, remedy), advice->remedy.text);
	advice_free(&advices);
}

/* A shadow cannot be filled beforehand if it is full, not kept or another user's. */
static void advice_under_redirect_compiles_where_it_is_kept(void **state)
{
	static const char shadow[] =
		"pycshim -m redirect -r '/run/the pyc' -- python3.11 "
		"-m compileall -q -l /srv/app/shop before they start ";
	static const char image[] =
		"python3.11 -m compileall -q -l /srv/app/shop, when the "
		"image is built, would save ";
	uint32_t mine = geteuid();

	(void)state;
	expect_compileall("/run/the pyc", mine, NULL, shadow);
	expect_compileall("/run/the pyc", mine + 1, NULL, image);
	expect_compileall("/dev/shm/pycshim-1000/shadow", mine, NULL, image);
	expect_compileall("/run/user/1000/pycshim/shadow", mine, NULL, image);
	expect_compileall("/run/the pyc", mine, way_full, image);
	expect_compileall("/run/the pyc", mine, records_miss_unwritten, image);
}

static void advice_on_pytests_pycs_names_no_compileall(void **state)
{
	struct records records = run(1, way_pytest, 1000000);
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	assert_int_equal(advices.count, 1);
	assert_non_null(find(&advices, "redirect"));
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_on_a_joint_cold_start_is_to_compile_before),
		cmocka_unit_test(advice_under_redirect_compiles_where_it_is_kept),
		cmocka_unit_test(advice_on_pytests_pycs_names_no_compileall),
	};

	return RUN(tests);
}
