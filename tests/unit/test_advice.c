/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/advice.c and waste.c: advice has a reason and a number; else there is
 * none.
 */
#include "check.h"

#include "advising.h"

static void way_denied(struct records *records, const struct records_module *module)
{
	records->action = ACTION_deny;
	records_miss_mkdir(records, module, EROFS);
}

static void way_denied_pytest(struct records *records,
			      const struct records_module *module)
{
	records->action = ACTION_deny;
	way_pytest(records, module);
}

static void way_taken(struct records *records, const struct records_module *module)
{
	records_miss_create(records, module, EEXIST);
}

static void advice_of_a_warm_run_is_none(void **state)
{
	static const struct {
		unsigned processes;
		load *way;
		const char *comfort;
	} cases[] = {
		{4, records_hit,
		 "Nothing to gain: every look-up was a hit, nothing was compiled."},
		/* kept: the next start is warm */
		{1, records_miss_written,
		 "Nothing to do: what was compiled was kept, and later starts save these "
		 "10.0 ms of CPU."},
		/* deny mode is meant to do that */
		{1, way_denied,
		 "10 pycs were not kept, as deny mode wants: 10.0 ms of CPU."},
		{1, way_denied_pytest,
		 "10 pycs were not kept, as deny mode wants: 10.0 ms of CPU."},
	};
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records = run(cases[i].processes, cases[i].way, 1000000);
		advise(&records, &advices);
		assert_int_equal(advices.count, 0);
		assert_string_equal(comfort, cases[i].comfort);
	}
}

static void advice_on_read_only_saves_what_is_repeated(void **state)
{
	struct records records = run(4, way_read_only, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "redirect");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.high, 3 * MODULES * 1000000);
	assert_int_equal(advice->remedy.saves.low, 25 * MODULES * 100000);
	assert_int_equal(advice->remedy.costs_bytes,
			 MODULES * 4096); /* 2000 bytes each, rounded up to pages */
	assert_non_null(strstr(advice->finding,
			       "compiled 10 modules each because the file system "
			       "is read-only (EROFS): 40.0 ms of CPU"));
	assert_non_null(strstr(advice->remedy.text,
			       "25.0 ms to 30.0 ms at the first start and "
			       "about 40.0 ms at each later one"));
	advice = find(&advices, "compileall");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.low, 4 * MODULES * 1000000);
	assert_int_equal(advice->remedy.costs_bytes, MODULES * 4096);
	assert_ptr_equal(strstr(advice->remedy.text,
				"python3.11 -m compileall -q -l /srv/app/shop"),
			 advice->remedy.text);
	assert_non_null(
		strstr(advice->remedy.text, "for at least 40.0 KiB in the image"));
	assert_string_equal(advice->finding, find(&advices, "redirect")->finding);
	advice_free(&advices);
}

/* A pyc must be loaded; how long that takes is known if much was compiled. */
static void advice_promises_less_than_the_compiles_took(void **state)
{
	struct records records = run(14, way_read_only, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "compileall");
	assert_non_null(strstr(advice->finding, "140 ms of CPU"));
	assert_in_range(advice->remedy.saves.low, 14 * MODULES * 800000,
			14 * MODULES * 900000);
	assert_int_equal(advice->remedy.saves.high, advice->remedy.saves.low);
	assert_int_equal(advices.saves.low, advice->remedy.saves.low);
	advice_free(&advices);
}

/*
 * Two workers at the same time: each looks before the other has compiled.  Under redirect one
 * of them compiles, and the other waits for that.
 */
static void advice_on_workers_at_once_has_one_compile(void **state)
{
	struct records_module module;
	struct records records = run(2, way_read_only, 1000000);
	const struct advice *advice;
	struct advices advices;
	unsigned i;

	(void)state;
	module = records_module("/srv/app/shop", "heavy");
	module.compile_ns = 40000000;
	for (i = 0; i < 2; i++) {
		records.tid = (uint32_t)(records.process = i + 1);
		records_lookup(&records, module.pyc, ENOENT, &module.valid);
	}
	for (i = 0; i < 2; i++) {
		records.tid = (uint32_t)(records.process = i + 1);
		records_recompile(&records, &module);
		records_event(&records, RECORD_mkdir, module.cache, NULL, EROFS);
		records.now_ns -= 30000000; /* the second begins 10 ms after the first */
	}
	records.now_ns += 60000000;
	advise(&records, &advices);
	advice = find(&advices, "redirect");
	assert_non_null(advice);
	/* of the low one is taken what keeping eleven pycs may take */
	assert_int_equal(advice->remedy.saves.low, 25000000);
	assert_int_equal(advice->remedy.saves.high, 50000000);
	assert_int_equal(advice->remedy.later.low, 100000000);
	assert_non_null(strstr(advice->remedy.text,
			       "25.0 ms to 50.0 ms at the first start and "));
	assert_in_range(advice->remedy.ready.low, 20000000, 20100000);
	assert_int_equal(advice->remedy.ready.high, 50000000);
	advice_free(&advices);
}

/* The master of a server loads its settings, and the workers load the other modules. */
static void advice_leaves_out_processes_that_compiled_little(void **state)
{
	struct records records = run(4, way_read_only, 1000000);
	struct records_module module = records_module("/srv/app/shop", "settings");
	struct advices advices;

	(void)state;
	records_process(&records, 9, 9, command, sizeof(command));
	records_miss_mkdir(&records, &module, EROFS);
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "redirect")->finding,
			       "4 workers compiled 10 modules each"));
	advice_free(&advices);
}

/* If a process works long after its compiles, their share of its start-up is unknown. */
static void advice_tells_a_share_of_start_up_where_it_is_known(void **state)
{
	struct records records = run(1, way_read_only, 1000000);
	struct records_module module = records_module("/srv/app/shop", "hit");
	struct advices advices;
	unsigned i;

	(void)state;
	records_hit(&records, &module);
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "redirect")->finding, "% of its start-up"));
	advice_free(&advices);
	records = run(1, way_read_only, 1000000);
	for (i = 0; i < MODULES; i++)
		records_hit(&records, &module);
	advise(&records, &advices);
	assert_null(strstr(find(&advices, "redirect")->finding, "start-up"));
	advice_free(&advices);
}

static void advice_on_one_start_saves_the_next(void **state)
{
	struct records records = run(1, way_read_only, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	advice = find(&advices, "redirect");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.saves.high, 0); /* at the first start */
	assert_int_equal(advice->remedy.later.low, MODULES * 1000000);
	assert_non_null(strstr(advice->finding, "1 process compiled 10 modules because"));
	assert_non_null(strstr(advice->remedy.text,
			       "at each start after the first with the same tmpfs"));
	advice_free(&advices);
}

/* The disk is full in the middle of a pyc, which needs more bytes than were written. */
static void way_cut(struct records *records, const struct records_module *module)
{
	records_miss_create(records, module, 0);
	records_bytes(records, RECORD_write, module->temporary, 50 << 10, RECORD_SHORT);
	records_event(records, RECORD_rename, module->temporary, module->pyc, ENOSPC);
}

static void advice_says_what_was_wrong_and_what_to_do(void **state)
{
	static const struct {
		load *way;
		uint64_t cost_ns;
		const char *code, *finding, *remedy; /* parts of them */
		int64_t costs_bytes; /* in whole pages; 0: not looked at */
	} cases[] = {
		{way_full, 1000000, "write_errors", "ENOSPC", "more, each later start",
		 0},
		{way_cut, 1000000, "write_errors", "ENOSPC",
		 "at least 520 KiB more, each later start", MODULES * 52 << 10},
		{way_stale, 1000000, "stale", "modification time", "", 0},
		{way_stale_unmeasured, 0, "stale",
		 ": what compiling took was not measured.", "", 0},
	};
	const struct advice *advice;
	struct records records;
	struct advices advices;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records = run(1, cases[i].way, cases[i].cost_ns);
		advise(&records, &advices);
		if (strcmp(cases[i].code, "write_errors") == 0)
			assert_null(find(&advices, "redirect"));
		advice = find(&advices, cases[i].code);
		assert_non_null(advice);
		assert_non_null(strstr(advice->finding, cases[i].finding));
		assert_non_null(strstr(advice->remedy.text, cases[i].remedy));
		if (cases[i].costs_bytes)
			assert_int_equal(advice->remedy.costs_bytes,
					 cases[i].costs_bytes);
		advice_free(&advices);
	}
}

static void advice_on_what_was_kept_in_the_end_is_none(void **state)
{
	struct records_module module = records_module("/app", "m");
	struct records records;
	struct advices advices;

	(void)state;
	records = one_process();
	records_miss_unwritten(&records, &module);
	records_process(&records, 2, 2, command, sizeof(command));
	records_miss_written(&records, &module);
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
}

/* Two processes wrote the same temporary file, and one of them renamed it. */
static void advice_on_a_pyc_that_another_keeps_is_none(void **state)
{
	struct records records = run(2, way_taken, 1000000);
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
}

static void advice_on_a_prefix_says_what_it_hides(void **state)
{
	struct records records = run(1, way_prefixed, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	advise(&records, &advices);
	assert_int_equal(advices.count, 1);
	advice = find(&advices, "pycacheprefix");
	assert_non_null(advice);
	assert_string_equal(advice->finding,
			    "10 pycs were looked for below /tmp/prefix "
			    "(PYTHONPYCACHEPREFIX), and not there: compiling took "
			    "10.0 ms of CPU.");
	advice_free(&advices);
}

/* One source has a syntax error, and the pycs of all others are kept. */
static void advice_on_a_source_that_does_not_compile_is_none(void **state)
{
	struct records records = run(1, records_miss_written, 1000000);
	struct records_module module = records_module("/srv/app/shop", "mistaken");
	struct advices advices;

	(void)state;
	records_miss_unwritten(&records, &module);
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
	assert_string_equal(comfort, "Nothing to do: what could be compiled was kept in "
				     "the end.");
	records = run(1, records_miss_unwritten, 1000000);
	module = records_module("/srv/app/shop", "tool");
	records_recompile(&records, &module); /* as compileall does */
	records_write(&records, &module);
	advise(&records, &advices);
	assert_non_null(find(&advices, "dontwritebytecode"));
	advice_free(&advices);
}

/* With a single module, a syntax error and python -B leave the same events. */
static void advice_on_one_module_that_nobody_tried_to_keep_is_none(void **state)
{
	struct records_module module = records_module("/srv/app/shop", "alone");
	struct records records;
	struct advices advices;

	(void)state;
	records = one_process();
	records_miss_unwritten(&records, &module);
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
	assert_string_equal(comfort,
			    "Nothing certain: a module was compiled and not kept "
			    "(PYTHONDONTWRITEBYTECODE, -B, or it did not compile): at "
			    "most 1.00 ms of CPU.");
}

/* Processes that load one module each, in turns one of `modules`. */
static void add_small_processes(struct records *records, unsigned processes,
				unsigned modules, load *way)
{
	struct records_module module;
	char stem[24];
	unsigned i;

	for (i = 0; i < processes; i++) {
		snprintf(stem, sizeof(stem), "single%u", i % modules);
		module = records_module("/srv/app/shop", stem);
		records_process(records, 100 + i, 100 + i, command, sizeof(command));
		way(records, &module);
	}
}

static void advice_on_many_processes_of_one_module_counts_their_sum(void **state)
{
	static const struct {
		unsigned modules;
		const char *setting, *remedy;
		bool ahead; /* compiling them ahead would help */
	} cases[] = {
		{1, "PYTHONDONTWRITEBYTECODE, -B, or it did not compile",
		 "Without that setting, if it is that, each start after the first would "
		 "save 300 us to 1.00 ms (a mean)",
		 false},
		{2, "PYTHONDONTWRITEBYTECODE, -B)",
		 "Without that setting each start after the first would save 300 us to "
		 "1.00 ms (a mean)",
		 true},
	};
	const struct advice *advice;
	struct advices advices;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records_begin(&records);
		add_small_processes(&records, 200, cases[i].modules,
				    records_miss_unwritten);
		advise(&records, &advices);
		advice = find(&advices, "dontwritebytecode");
		assert_non_null(advice);
		assert_non_null(
			strstr(advice->finding,
			       "200 processes in 200 starts compiled 1 module each"));
		assert_non_null(strstr(advice->finding, cases[i].setting));
		assert_non_null(strstr(advice->remedy.text, cases[i].remedy));
		assert_int_equal(find(&advices, "compileall") != NULL, cases[i].ahead);
		advice_free(&advices);
	}
	records_begin(&records);
	add_small_processes(&records, 3, 1, records_miss_unwritten);
	advise(&records, &advices);
	assert_int_equal(advices.count, 0);
	assert_string_equal(comfort,
			    "Nothing certain: a module was compiled and not kept in "
			    "several processes (PYTHONDONTWRITEBYTECODE, -B, or it did "
			    "not compile): at most 3.00 ms of CPU.");
}

static void advice_counts_processes_that_compiled_little_and_are_many(void **state)
{
	struct records records = run(2, way_read_only, 1000000);
	struct advices advices;

	(void)state;
	add_small_processes(&records, 40, 40, way_read_only);
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "redirect")->finding,
			       "42 workers compiled 1 to 10 modules each"));
	advice_free(&advices);
}

static void advice_under_redirect_without_a_shadow_is_to_give_it_one(void **state)
{
	struct records records = run(1, way_read_only, 1000000);
	const struct advice *advice;
	struct advices advices;

	(void)state;
	records_mode(&records, 0, MODE_redirect);
	advise(&records, &advices);
	advice = find(&advices, "redirect");
	assert_non_null(advice);
	assert_int_equal(advice->remedy.later.low, MODULES * 1000000);
	assert_non_null(strstr(advice->finding, "because redirect had no shadow to use"));
	assert_null(strstr(advice->finding, "EROFS"));
	assert_non_null(strstr(advice->remedy.text, "PYCSHIM_ROOT, set to a directory"));
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_of_a_warm_run_is_none),
		cmocka_unit_test(advice_on_read_only_saves_what_is_repeated),
		cmocka_unit_test(advice_promises_less_than_the_compiles_took),
		cmocka_unit_test(advice_on_workers_at_once_has_one_compile),
		cmocka_unit_test(advice_leaves_out_processes_that_compiled_little),
		cmocka_unit_test(advice_tells_a_share_of_start_up_where_it_is_known),
		cmocka_unit_test(advice_on_one_start_saves_the_next),
		cmocka_unit_test(advice_says_what_was_wrong_and_what_to_do),
		cmocka_unit_test(advice_on_what_was_kept_in_the_end_is_none),
		cmocka_unit_test(advice_on_a_pyc_that_another_keeps_is_none),
		cmocka_unit_test(advice_on_a_prefix_says_what_it_hides),
		cmocka_unit_test(advice_on_a_source_that_does_not_compile_is_none),
		cmocka_unit_test(advice_on_one_module_that_nobody_tried_to_keep_is_none),
		cmocka_unit_test(advice_on_many_processes_of_one_module_counts_their_sum),
		cmocka_unit_test(
			advice_counts_processes_that_compiled_little_and_are_many),
		cmocka_unit_test(
			advice_under_redirect_without_a_shadow_is_to_give_it_one),
	};

	return RUN(tests);
}
