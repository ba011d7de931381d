/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/advice.c and waste.c: promised savings are those of one start, and
 * consider what earlier starts had kept.
 */
#include "check.h"

#include "advising.h"

/* Five starts, one after the other, which compile the same modules again. */
static struct records five_starts(load *way, unsigned workers)
{
	struct records records;
	unsigned start, worker;

	records_begin(&records);
	for (start = 0; start < 5; start++) {
		records.parent_pid = 7;
		records_process(&records, 100 * start + 1, 1000 + start, command,
				sizeof(command));
		records.parent_pid = 1000 + start;
		for (worker = 0; worker < workers; worker++) {
			records_process(&records, 100 * start + 10 + worker,
					2000 + 10 * start + worker, command,
					sizeof(command));
			load_modules(&records, way, 1000000);
		}
	}
	return records;
}

static void advice_on_several_starts_promises_for_one(void **state)
{
	struct records records = five_starts(way_read_only, 2);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "compileall");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.starts, 5);
	assert_int_equal(advice->remedy.saves.low, 2 * MODULES * 1000000);
	assert_int_equal(advice->remedy.saves.high, 2 * MODULES * 1000000);
	assert_non_null(strstr(advice->remedy.text, "would save about 20.0 ms at each "
						    "start (the mean of 5)"));
	assert_non_null(strstr(advice->finding, "10 workers in 5 starts compiled 10 "
						"modules each because"));
	assert_non_null(strstr(advice->finding, "20.0 ms of CPU at each start"));
	advice = find(&advices, "redirect");
	assert_int_equal(advice->remedy.starts, 5);
	/* the second worker of each start, not the later starts */
	assert_int_equal(advice->remedy.saves.high, MODULES * 1000000);
	assert_int_equal(advice->remedy.later.high, 2 * MODULES * 1000000);
	assert_int_equal(advices.saves.low, 2 * MODULES * 1000000);
	assert_int_equal(advices.costs_bytes, MODULES * 4096);
	advice_free(&advices);
}

/* Two pieces of advice overlap: each compile is counted as saved once. */
static void advice_all_together_saves_each_compile_once(void **state)
{
	struct records records = five_starts(way_stale, 1);
	struct advices advices;
	int64_t sum = 0;
	size_t i;

	(void)state;
	advise(&records, &advices);
	for (i = 0; i < advices.count; i++)
		sum += advices.advice[i].remedy.saves.low;
	assert_int_equal(sum, 2 * MODULES * 1000000); /* stale, compileall */
	assert_int_equal(advices.saves.low, MODULES * 1000000);
	assert_int_equal(advices.saves.high, MODULES * 1000000);
	advice_free(&advices);
}

/* A pyc that one start kept is compiled again by the next, for each stale reason. */
static void way_touched(struct records *records, const struct records_module *module)
{
	struct records_pyc old = module->valid;

	old.true_mtime = old.mtime + 1;
	records_stale(records, module, &old);
	records_write(records, module);
}

static void way_edited(struct records *records, const struct records_module *module)
{
	struct records_pyc old = module->valid;

	old.true_mtime = old.mtime + 1;
	old.true_source_bytes = old.source_bytes + 7;
	records_stale(records, module, &old);
	records_write(records, module);
}

static void way_of_two_interpreters(struct records *records,
				    const struct records_module *module)
{
	struct records_pyc other = module->valid;

	other.magic++;
	records_stale(records, module, &other);
	records_write(records, module);
}

static void advice_on_what_is_compiled_again_says_why(void **state)
{
	static const struct {
		load *way;
		unsigned starts;
		const char *finding, *remedy;
	} cases[] = {
		{way_touched, 4,
		 "10 modules were compiled again in 4 starts although an earlier one had "
		 "kept the pycs, because the source's modification time differs, and not "
		 "its size: compiling took 10.0 ms of CPU at each start.",
		 "pycs that do not depend on them: python3.11 -m compileall -q -f "
		 "--invalidation-mode unchecked-hash -l /srv/app/shop. That would save "
		 "about 10.0 ms at each start (the mean of 4)."},
		{records_miss_written, 4, "because they were not there any more",
		 "python3.11 -m compileall -q -l /srv/app/shop. That would save about "
		 "10.0 ms"},
		{way_of_two_interpreters, 4, "because another interpreter had written",
		 "Two interpreters, /usr/bin/python3.11 and /usr/bin/python3.11, write"},
		{way_edited, 0, NULL, NULL},
		{records_hit, 0, NULL, NULL},
	};
	const struct advice *advice;
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records = five_starts(cases[i].way, 1);
		advise(&records, &advices);
		advice = find(&advices, "recompiled");
		assert_int_equal(advice != NULL, cases[i].starts > 0);
		if (!advice)
			continue;
		assert_int_equal(advice->remedy.starts, cases[i].starts);
		assert_int_equal(advice->remedy.saves.low, MODULES * 1000000);
		assert_int_equal(advices.saves.low, MODULES * 1000000);
		assert_non_null(strstr(advice->finding, cases[i].finding));
		assert_non_null(strstr(advice->remedy.text, cases[i].remedy));
		advice_free(&advices);
	}
}

static void advice_on_a_prefix_under_redirect_is_to_unset_it(void **state)
{
	struct advices advices;
	struct records records;

	(void)state;
	root = "/s";
	records = run(1, way_prefixed, 1000000);
	root = NULL;
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "pycacheprefix")->remedy.text, "unset it"));
	assert_null(strstr(find(&advices, "pycacheprefix")->remedy.text, "PYCSHIM_MODE"));
	advice_free(&advices);
}

/* As CPython did before it checked the result of write() (gh-126606). */
static void way_damaged(struct records *records, const struct records_module *module)
{
	records_miss_create(records, module, 0);
	records_bytes(records, RECORD_write, module->temporary, 1000, RECORD_SHORT);
	records_event(records, RECORD_rename, module->temporary, module->pyc, 0);
}

static void advice_on_a_damaged_pyc_is_to_delete_it(void **state)
{
	struct records_module module = records_module("/srv/my app", "cut");
	struct records_pyc cut = module.valid;
	struct advices advices;
	struct records records;
	unsigned i;

	(void)state;
	cut.bytes = 1000;
	for (i = 0; i < 3; i++) {
		records = one_process();
		way_damaged(&records, &module);
		records_lookup(&records, module.pyc, 0, i == 1 ? &module.valid : &cut);
		if (i == 2)
			records_event(&records, RECORD_unlink, module.pyc, NULL, 0);
		advise(&records, &advices);
		if (i) { /* by now there is another pyc or none */
			assert_null(find(&advices, "damaged"));
		} else {
			assert_string_equal(advices.advice[0].code, "damaged");
			assert_string_equal(advices.advice[0].remedy.command,
					    "rm -f '/srv/my "
					    "app/__pycache__/cut.cpython-311.pyc'");
		}
		advice_free(&advices);
	}
}

/* The pyc was truncated before the recording began; the body that was read shows it. */
static void advice_on_a_pyc_that_was_read_damaged_is_to_delete_it(void **state)
{
	struct records_module module = records_module("/app", "cut");
	struct records records;
	struct advices advices;
	struct record *lookup;

	(void)state;
	records = one_process();
	records_lookup(&records, module.pyc, 0, &module.valid);
	lookup = (struct record *)(void *)(records.bytes + records.last);
	lookup->flags |= RECORD_DAMAGED;
	lookup->check = record_check(lookup);
	advise(&records, &advices);
	assert_non_null(find(&advices, "damaged"));
	assert_string_equal(find(&advices, "damaged")->remedy.command,
			    "rm -f /app/__pycache__/cut.cpython-311.pyc");
	advice_free(&advices);
}

static void way_limited(struct records *records, const struct records_module *module)
{
	records_miss_create(records, module, 0);
	records_event(records, RECORD_write, module->temporary, NULL, EFBIG);
}

static void advice_on_a_limit_of_file_size_names_it(void **state)
{
	struct records records = run(1, way_limited, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "write_errors");
	assert_non_null(advice);
	assert_non_null(strstr(advice->finding, "larger than files may be there (EFBIG"));
	assert_non_null(strstr(advice->remedy.text, "ulimit -f"));
	assert_null(strstr(advice->remedy.text, "room"));
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_on_several_starts_promises_for_one),
		cmocka_unit_test(advice_all_together_saves_each_compile_once),
		cmocka_unit_test(advice_on_what_is_compiled_again_says_why),
		cmocka_unit_test(advice_on_a_prefix_under_redirect_is_to_unset_it),
		cmocka_unit_test(advice_on_a_damaged_pyc_is_to_delete_it),
		cmocka_unit_test(advice_on_a_pyc_that_was_read_damaged_is_to_delete_it),
		cmocka_unit_test(advice_on_a_limit_of_file_size_names_it),
	};

	return RUN(tests);
}
