/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/advice.c and waste_items.c: pycs that exist but cannot be read or are
 * damaged. Each cause gives one piece of advice.
 */
#include "check.h"

#include "advising.h"
#include "common/util.h"

static int lookup_error; /* of later runs */

static void look(struct records *records, const struct records_module *module)
{
	records_lookup(records, module->pyc, lookup_error, &module->valid);
}

static void way_unreadable(struct records *records, const struct records_module *module)
{
	look(records, module);
	records_recompile(records, module);
	records_event(records, RECORD_create, module->temporary, NULL, EACCES);
}

static void way_unreadable_read_only(struct records *records,
				     const struct records_module *module)
{
	look(records, module);
	records_recompile(records, module);
	records_event(records, RECORD_create, module->temporary, NULL, EROFS);
}

static void way_unreadable_dash_b(struct records *records,
				  const struct records_module *module)
{
	look(records, module);
	records_bytes(records, RECORD_read_source, module->source,
		      module->valid.source_bytes, RECORD_DIRECT);
	records_compile(records, module->source, module->compile_ns, RECORD_EXACT);
}

static void way_unreadable_denied(struct records *records,
				  const struct records_module *module)
{
	look(records, module);
	records_recompile(records, module);
	records->action = ACTION_deny;
	records_event(records, RECORD_create, module->temporary, NULL, EROFS);
	records->action = ACTION_pass;
}

static void way_unreadable_replaced(struct records *records,
				    const struct records_module *module)
{
	look(records, module);
	records_recompile(records, module);
	records_write(records, module);
}

static void advice_on_unreadable_pycs_is_to_make_them_readable(void **state)
{
	static const struct {
		load *way;
		int error;
		const char *finding; /* NULL: there is no such advice */
	} cases[] = {
		{way_unreadable, EACCES, "(EACCES, permission denied)"},
		{way_unreadable, EPERM, "(EPERM, operation not permitted)"},
		{way_unreadable_read_only, EACCES, "(EACCES, permission denied)"},
		{way_unreadable_dash_b, EACCES, "(EACCES, permission denied)"},
		{way_unreadable_denied, EACCES, "(EACCES, permission denied)"},
		{way_unreadable_replaced, EACCES, NULL},
		{way_unreadable, EMFILE, NULL}, /* permissions are not the cause */
	};
	const struct advice *advice;
	struct advices advices;
	struct records records;
	char *wanted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		lookup_error = cases[i].error;
		records = run(2, cases[i].way, 1000000);
		advise(&records, &advices);
		advice = find(&advices, "unreadable");
		assert_int_equal(advice != NULL, cases[i].finding != NULL);
		if (!advice) {
			advice_free(&advices);
			continue;
		}
		assert_int_equal(advices.count, 1);
		wanted = xasprintf("10 pycs are there and could not be read %s: "
				   "compiling took 20.0 ms of CPU.",
				   cases[i].finding);
		assert_string_equal(advice->finding, wanted);
		free(wanted);
		assert_string_equal(advice->remedy.command,
				    "chmod -R a+rX /srv/app/shop/__pycache__");
		assert_non_null(strstr(advice->remedy.text, "would save about 20.0 ms"));
		assert_int_equal(advice->remedy.saves.low, 2 * MODULES * 1000000);
		assert_int_equal(advices.saves.low, 2 * MODULES * 1000000);
		advice_free(&advices);
	}
}

/* Missing pycs cannot be written, and existing ones cannot be read. */
static void advice_on_unreadable_pycs_among_missing_ones_tells_them_apart(void **state)
{
	struct records records = run(1, way_read_only, 1000000);
	struct records_module module;
	struct advices advices;
	const char *stems[] = {"a", "b", "c"};
	size_t i;

	(void)state;
	lookup_error = EACCES;
	for (i = 0; i < ARRAY_SIZE(stems); i++) {
		module = records_module(i ? "/srv/app/my shop" : "/srv/app", stems[i]);
		way_unreadable_read_only(&records, &module);
	}
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "redirect")->finding,
			       "1 process compiled 10 modules because the file system"));
	assert_non_null(strstr(find(&advices, "unreadable")->finding,
			       "3 pycs are there and could not be read"));
	assert_string_equal(find(&advices, "unreadable")->remedy.command,
			    "chmod -R a+rX /srv/app/__pycache__ "
			    "'/srv/app/my shop/__pycache__'");
	advice_free(&advices);
}

/* A pyc outside of a __pycache__ is named itself, not its directory. */
static void advice_on_an_unreadable_pyc_beside_its_source_names_it(void **state)
{
	struct records_module module = records_module("/srv/app", "old");
	struct records records;
	struct advices advices;

	(void)state;
	lookup_error = EACCES;
	strcpy(module.pyc, "/srv/app/old.pyc");
	records = one_process();
	way_unreadable_dash_b(&records, &module);
	advise(&records, &advices);
	assert_string_equal(find(&advices, "unreadable")->remedy.command,
			    "chmod -R a+rX /srv/app/old.pyc");
	advice_free(&advices);
}

/* A pyc that ends the import, because its body is no code object. */
static void look_at_damaged(struct records *records, const struct records_module *module)
{
	struct record *lookup;

	records_lookup(records, module->pyc, 0, &module->valid);
	lookup = (struct record *)(void *)(records->bytes + records->last);
	lookup->flags |= RECORD_DAMAGED;
	lookup->check = record_check(lookup);
}

static void advice_on_a_damaged_pyc_is_not_that_it_is_stale(void **state)
{
	struct records_module module = records_module("/srv/app", "cut");
	struct records records;
	struct advices advices;

	(void)state;
	records = one_process();
	look_at_damaged(&records, &module);
	advise(&records, &advices);
	assert_int_equal(advices.count, 1);
	assert_string_equal(advices.advice[0].code, "damaged");
	advice_free(&advices);
	/* the other pycs are stale for another reason, the only one */
	records = run(1, way_stale, 1000000);
	look_at_damaged(&records, &module);
	advise(&records, &advices);
	assert_non_null(find(&advices, "damaged"));
	assert_non_null(strstr(find(&advices, "stale")->finding,
			       "10 pycs were stale and not replaced, because the "
			       "source's modification time differs"));
	advice_free(&advices);
	records = run(1, way_stale, 1000000);
	module.valid.magic++;
	records_stale(&records, &module, &module.valid);
	records_event(&records, RECORD_create, module.temporary, NULL, EROFS);
	advise(&records, &advices);
	assert_non_null(strstr(find(&advices, "stale")->finding,
			       "11 pycs were stale and not replaced, mostly because the "
			       "source's modification time differs"));
	advice_free(&advices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(advice_on_unreadable_pycs_is_to_make_them_readable),
		cmocka_unit_test(
			advice_on_unreadable_pycs_among_missing_ones_tells_them_apart),
		cmocka_unit_test(advice_on_an_unreadable_pyc_beside_its_source_names_it),
		cmocka_unit_test(advice_on_a_damaged_pyc_is_not_that_it_is_stale),
	};

	return RUN(tests);
}
