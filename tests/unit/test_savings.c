/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/savings.c: the shadow's contents and savings, as the recording shows them.
 */
#include "check.h"

#include <stdlib.h>

#include "answer/savings.h"
#include "records_modules.h"
#include "records_stats.h"

static const char command[] = "python3\0-c\0import shop";

static struct records begin(void)
{
	struct records records;

	records_begin(&records);
	records_process(&records, 1, 100, command, sizeof(command));
	records.action = ACTION_redirect;
	return records;
}

/* What they add up to; `text`: what is said of it.  Frees the recording. */
static struct savings measure(struct records *records, char text[400])
{
	struct stats stats = records_stats(records);
	struct savings savings;
	char *said;

	assert_true(savings_are_told(&stats));
	savings = savings_measure(&stats);
	said = savings_text(&stats, &savings);
	snprintf(text, 400, "%s", said);
	free(said);
	stats_free(&stats);
	return savings;
}

static void savings_of_two_starts_are_what_the_first_compiled(void **state)
{
	struct records_module a = records_module("/app", "a"),
			      b = records_module("/app", "b");
	struct records records = begin();
	struct savings savings;
	char text[400];

	(void)state;
	records_miss_written(&records, &a);
	records_miss_written(&records, &b);
	records_process(&records, 2, 101, command, sizeof(command));
	records_hit(&records, &a);
	records_hit(&records, &b);
	records.action = ACTION_pass;
	records_hit(&records, &b); /* by somebody who does not see the shadow */
	savings = measure(&records, text);
	assert_int_equal(savings.pycs, 2);
	assert_int_equal(savings.bytes, 2 * 4096); /* 3,000 bytes each */
	assert_int_equal(savings.hits, 2);
	assert_int_equal(savings.costed_hits, 2);
	assert_int_equal(savings.saved_ns, 2 * a.compile_ns);
	assert_string_equal(text, "The shadow holds 2 pycs of this run, 8.00 KiB. 2 "
				  "look-ups were answered from it, which saved about "
				  "2.00 ms of CPU.");
}

static void savings_of_unknown_cost_are_not_guessed(void **state)
{
	struct records_module a = records_module("/app", "a"),
			      b = records_module("/app", "b");
	struct records records = begin();
	struct savings savings;
	char text[400];

	(void)state;
	records_hit(&records, &a);
	savings = measure(&records, text);
	assert_int_equal(savings.hits, 1);
	assert_int_equal(savings.costed_hits, 0);
	assert_int_equal(savings.saved_ns, 0);
	assert_non_null(strstr(text,
			       "1 look-up was answered from it instead of compiling. To "
			       "see what that saved: pycstat COLD WARM"));
	records = begin();
	records_miss_written(&records, &a);
	records_hit(&records, &a);
	records_hit(&records, &b);
	savings = measure(&records, text);
	assert_int_equal(savings.costed_hits, 1);
	assert_non_null(strstr(text, "saved at least 1.00 ms"));
}

static void savings_without_a_shadow_are_not_counted(void **state)
{
	struct records_module a = records_module("/app", "a");
	struct records records = begin();
	char text[400];

	(void)state;
	records_mode(&records, 0, MODE_redirect);
	records_miss_mkdir(&records, &a, EROFS);
	measure(&records, text);
	assert_string_equal(text, "There was no shadow to use: a line on the run's "
				  "standard error says why.");
}

static void savings_of_a_stale_pyc_are_none(void **state)
{
	struct records_module a = records_module("/app", "a");
	struct records records = begin();
	struct records_pyc old = a.valid;
	struct savings savings;
	char text[400];

	(void)state;
	old.true_mtime = old.mtime + 1;
	records_stale(&records, &a, &old);
	records_write(&records, &a);
	savings = measure(&records, text);
	assert_int_equal(savings.hits, 0);
	assert_int_equal(savings.pycs, 1);
	assert_non_null(strstr(text, "No look-up was answered from it"));
}

static void savings_forget_what_was_removed_or_failed(void **state)
{
	struct records_module a = records_module("/app", "a"),
			      b = records_module("/app", "b");
	struct records records = begin();
	struct savings savings;
	char text[400];

	(void)state;
	records_miss_written(&records, &a);
	records_event(&records, RECORD_unlink, a.pyc, NULL, 0);
	records_miss_mkdir(&records, &b, ENOSPC);
	savings = measure(&records, text);
	assert_int_equal(savings.pycs, 0);
	assert_int_equal(savings.bytes, 0);
	records = begin();
	records_miss_written(&records, &a);
	records_event(&records, RECORD_unlink, a.pyc, NULL, EACCES);
	records_event(&records, RECORD_unlink, a.temporary, NULL, 0);
	savings = measure(&records, text);
	assert_int_equal(savings.pycs, 1);
}

/* Processes without a shadow, or with another one, do not count for this one. */
static void savings_are_told_of_each_shadow_by_those_that_use_it(void **state)
{
	static const struct {
		const char *root; /* of the second process */
		bool removed, hit;
		const char *text;
	} cases[] = {
		{NULL, false, false,
		 "The shadow /s holds 1 pyc of this run, 4.00 KiB. No look-up was "
		 "answered from it yet."},
		{"/s", true, false,
		 "The shadow /s holds 0 pycs of this run, 0 B. No look-up was answered "
		 "from it yet."},
		{"/other", false, false,
		 "The shadows hold 2 pycs of this run, 8.00 KiB. No look-up was answered "
		 "from them yet."},
		{"/other", true, false,
		 "The shadows hold 1 pyc of this run, 4.00 KiB. No look-up was answered "
		 "from them yet."},
		{"/other", false, true,
		 "The shadows hold 2 pycs of this run, 8.00 KiB. 1 look-up was answered "
		 "from them, which saved about 1.00 ms of CPU."},
	};
	struct records_module a = records_module("/app", "a");
	struct records records;
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records_begin(&records);
		records.root = "/s";
		records_process(&records, 1, 100, command, sizeof(command));
		records.action = ACTION_redirect;
		records_miss_written(&records, &a);
		records.root = cases[i].root;
		records_process(&records, 2, 101, command, sizeof(command));
		records_mode(&records, records.last, MODE_redirect);
		if (cases[i].root && !cases[i].removed)
			records_miss_written(&records, &a);
		else
			records_lookup(&records, a.pyc, ENOENT, &a.valid);
		if (cases[i].hit)
			records_hit(&records, &a);
		measure(&records, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(savings_of_two_starts_are_what_the_first_compiled),
		cmocka_unit_test(savings_of_unknown_cost_are_not_guessed),
		cmocka_unit_test(savings_without_a_shadow_are_not_counted),
		cmocka_unit_test(savings_of_a_stale_pyc_are_none),
		cmocka_unit_test(savings_forget_what_was_removed_or_failed),
		cmocka_unit_test(savings_are_told_of_each_shadow_by_those_that_use_it),
	};

	return RUN(tests);
}
