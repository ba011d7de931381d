/* SPDX-License-Identifier: MIT */
/*
 * tools/common/human.c: numbers formatted for people.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attributes.h"
#include "common/human.h"

static void count_of_any_size_has_separators(void **state)
{
	(void)state;
	assert_string_equal(human_count(0).s, "0");
	assert_string_equal(human_count(999).s, "999");
	assert_string_equal(human_count(1000).s, "1,000");
	assert_string_equal(human_count(1234567).s, "1,234,567");
	assert_string_equal(human_count(-1234).s, "-1,234");
	assert_string_equal(human_count(INT64_MIN).s, "-9,223,372,036,854,775,808");
}

static void bytes_of_any_size_have_three_digits(void **state)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0 B"},
		{1023, "1023 B"},
		{1024, "1.00 KiB"},
		{10240, "10.0 KiB"},
		{102400, "100 KiB"},
		{1022976, "999 KiB"},
		{1024 * 1000, "0.98 MiB"},
		{3355443, "3.20 MiB"},
		{1 << 30, "1.00 GiB"},
		{INT64_MAX, "8.00 EiB"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(human_bytes(cases[i].bytes).s, cases[i].text);
}

static void seconds_of_any_length_have_their_unit(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0 s"},
		{1, "0.00 us"},
		{85000, "85.0 us"},
		{999499, "999 us"},
		{999500, "1.00 ms"},
		{430000000, "430 ms"},
		{999500000, "1.00 s"},
		{1920000000, "1.92 s"},
		{99940000000, "99.9 s"},
		{200000000000, "3 min 20 s"},
		{3599999999999, "59 min 59 s"},
		{3600000000000, "1 h 0 min"},
		{134460000000000, "1 d 13 h"},
		{86399000000000, "23 h 59 min"},
		{INT64_MAX, "106751 d 23 h"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(human_seconds(cases[i].ns).s, cases[i].text);
}

static void percent_of_nothing_is_empty(void **state)
{
	(void)state;
	assert_string_equal(human_percent(1, 0).s, "");
	assert_string_equal(human_percent(0, 5).s, "0 %");
	assert_string_equal(human_percent(62, 100).s, "62 %");
	assert_string_equal(human_percent(1, 22).s, "4.5 %");
	assert_string_equal(human_percent(1, 1).s, "100 %");
	assert_string_equal(human_percent(1, 100000).s, "<0.1 %");
	assert_string_equal(human_percent(99999, 100000).s, "99.9 %");
	assert_string_equal(human_percent(994, 1000).s, "99 %");
}

static void clock_and_date_are_local(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	assert_string_equal(human_clock(1700000000123456789).s, "22:13:20.123");
	assert_string_equal(human_date(1700000000123456789).s, "2023-11-14 22:13:20");
	setenv("TZ", "UTC-1", 1);
	tzset();
	assert_string_equal(human_clock(1700000000123456789).s, "23:13:20.123");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(count_of_any_size_has_separators),
		cmocka_unit_test(bytes_of_any_size_have_three_digits),
		cmocka_unit_test(seconds_of_any_length_have_their_unit),
		cmocka_unit_test(percent_of_nothing_is_empty),
		cmocka_unit_test(clock_and_date_are_local),
	};

	return RUN(tests);
}
