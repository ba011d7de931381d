/* SPDX-License-Identifier: MIT */
/*
 * Values of options: which are right, what the library is given for them, and how
 * they are printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/size.h"
#include "launch/launch_environment.h"
#include "launch/launch_variables.h"

static void size_of_any_word_is_bytes_or_none(void **state)
{
	static const struct {
		const char *word;
		uint64_t bytes;
	} cases[] = {
		{"1", 1},
		{"4096", 4096},
		{"1K", 1024},
		{"64M", 64 << 20},
		{"64m", 64 << 20},
		{"3G", UINT64_C(3) << 30},
		{"18446744073709551615", UINT64_MAX},
		{"18014398509481983K", UINT64_MAX - 1023},
		{"", 0},
		{"0", 0},
		{"0K", 0},
		{"K", 0},
		{"-1", 0},
		{"+1", 0},
		{" 1", 0},
		{"1 ", 0},
		{"1KB", 0},
		{"1T", 0},
		{"1\x0b", 0}, /* K without the bits that make it a letter */
		{"1.5M", 0},
		{"0x10", 0},
		{"18446744073709551616", 0},
		{"99999999999999999999", 0},
		{"18014398509481984K", 0},
		{"17179869184G", 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(size_parse(cases[i].word), cases[i].bytes);
}

static void value_of_each_variable_is_judged(void **state)
{
	static const struct {
		enum variable_index variable;
		bool right;
		const char *value;
	} cases[] = {
		{VARIABLE_mode, true, "trace"},
		{VARIABLE_mode, true, "redirect"},
		{VARIABLE_mode, true, "deny"},
		{VARIABLE_mode, true, "off"},
		{VARIABLE_mode, true, "0"},
		{VARIABLE_mode, true, "no"},
		{VARIABLE_mode, true, ""},
		{VARIABLE_mode, false, "OFF"},
		{VARIABLE_mode, false, "trac"},
		{VARIABLE_mode, false, "trace "},
		{VARIABLE_root, true, "/shadow"},
		{VARIABLE_root, false, "/"},
		{VARIABLE_root, false, "shadow"},
		{VARIABLE_root, false, ""},
		{VARIABLE_record, true, "/r"},
		{VARIABLE_record, true, "r"},
		{VARIABLE_record, true, ""},
		{VARIABLE_record_max, true, "64M"},
		{VARIABLE_record_max, false, "none"},
		{VARIABLE_processes, true, "python"},
		{VARIABLE_processes, true, "all"},
		{VARIABLE_processes, false, ""},
		{VARIABLE_processes, false, "pythons"},
		{VARIABLE_only, true, ""},
		{VARIABLE_only, true, "/a/*:/b"},
		{VARIABLE_only, false, "app"},
		{VARIABLE_skip, false, "/a:./b"},
		{VARIABLE_skip, true, "/a"},
		{VARIABLE_write, true, "1"},
		{VARIABLE_write, true, "on"},
		{VARIABLE_write, true, "yes"},
		{VARIABLE_write, true, "off"},
		{VARIABLE_write, true, ""},
		{VARIABLE_write, false, "true"},
		{VARIABLE_write, false, "11"},
		{VARIABLE_store, true, "/store"},
		{VARIABLE_store, true, "off"},
		{VARIABLE_store, true, ""},
		{VARIABLE_store, false, "store"},
		{VARIABLE_store, false, "//"},
		{VARIABLE_store_max, true, "1G"},
		{VARIABLE_store_max, true, "1"},
		{VARIABLE_store_max, false, "off"},
		{VARIABLE_store_max, false, "0"},
		{VARIABLE_store_max, false, "9223372036854775808"},
		{VARIABLE_root_max, true, "9223372036854775807"},
		{VARIABLE_root_max, true, "off"},
		{VARIABLE_root_max, true, "64M"},
		{VARIABLE_root_max, false, "64MB"},
		{VARIABLE_root_max, false, "9007199254740992K"},
		{VARIABLE_wait, true, "2000"},
		{VARIABLE_wait, true, "0"},
		{VARIABLE_wait, true, "off"},
		{VARIABLE_wait, true, "60000"},
		{VARIABLE_wait, false, "60001"},
		{VARIABLE_wait, false, "99999999999999999999"},
		{VARIABLE_wait, false, "2s"},
		{VARIABLE_wait, false, "-1"},
		{VARIABLE_wait, false, " 1"},
		{VARIABLE_wait, false, "1.5"},
		{VARIABLE_debug, true, ""},
		{VARIABLE_debug, true, "off"},
		{VARIABLE_debug, true, "config"},
		{VARIABLE_debug, true, "all,process,record"},
		{VARIABLE_debug, false, "config,"},
		{VARIABLE_debug, false, ",config"},
		{VARIABLE_debug, false, "configs"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(!value_problem(cases[i].variable, cases[i].value),
				 cases[i].right);
}

static void value_too_long_is_refused(void **state)
{
	char path[PATH_MAX + 1];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[PATH_MAX] = '\0';
	assert_non_null(value_problem(VARIABLE_root, path));
	assert_non_null(value_problem(VARIABLE_record, path));
	assert_non_null(value_problem(VARIABLE_store, path));
	assert_non_null(value_problem(VARIABLE_only, path));
	assert_non_null(value_problem(VARIABLE_skip, path));
	path[PATH_MAX - 1] = '\0';
	assert_null(value_problem(VARIABLE_root, path));
	assert_null(value_problem(VARIABLE_record, path));
	assert_null(value_problem(VARIABLE_store, path));
}

static void value_normalised_is_as_the_library_wants_it(void **state)
{
	static const struct {
		enum variable_index variable;
		const char *directory, *value, *normal;
	} cases[] = {
		{VARIABLE_mode, "/", "no", "off"},
		{VARIABLE_mode, "/", "", "off"},
		{VARIABLE_mode, "/", "deny", "deny"},
		{VARIABLE_record, "/", "0", "off"},
		{VARIABLE_record, "/", "/dev/null", "off"},
		{VARIABLE_record, "/", "/a", "/a"},
		{VARIABLE_record, "/", "a", "/a"},
		{VARIABLE_record, "/proc", "a/b", "/proc/a/b"},
		{VARIABLE_root, "/proc", "a", "/proc/a"},
		{VARIABLE_root, "/", "off", "/off"},
		{VARIABLE_store, "/proc", "a/b", "/proc/a/b"},
		{VARIABLE_store, "/", "/a", "/a"},
		{VARIABLE_store, "/proc", "off", "off"},
		{VARIABLE_store, "/proc", "", "off"},
		{VARIABLE_root_max, "/", "no", "off"},
		{VARIABLE_root_max, "/", "1G", "1G"},
		{VARIABLE_store_max, "/", "1G", "1G"},
		{VARIABLE_wait, "/", "0", "0"},
		{VARIABLE_only, "/", "no", "no"},
		{VARIABLE_processes, "/", "all", "all"},
	};
	char *normal;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(chdir(cases[i].directory), 0);
		normal = value_normalise(cases[i].variable, cases[i].value);
		assert_string_equal(normal, cases[i].normal);
		free(normal);
	}
}

static void environment_quote_of_any_value_is_read_back(void **state)
{
	static const struct {
		const char *value, *quoted;
	} cases[] = {
		{"", ""},
		{"/a/b.so:/c,d=e@f%g-h+i", "/a/b.so:/c,d=e@f%g-h+i"},
		{"/app/*:/b?[c]", "/app/*:/b?[c]"},
		{"a b", "'a b'"},
		{"$HOME", "'$HOME'"},
		{"`id`\\\"#;", "'`id`\\\"#;'"},
		{"it's", "'it'\\''s'"},
		{"'", "''\\'''"},
		{"''''", "''\\'''\\'''\\'''\\'''"},
		{"~", "'~'"},
		{"a\nb", "'a\nb'"},
		{"\xc3\xa4", "'\xc3\xa4'"},
	};
	char *quoted;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		quoted = environment_quote(cases[i].value);
		assert_string_equal(quoted, cases[i].quoted);
		free(quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_of_any_word_is_bytes_or_none),
		cmocka_unit_test(value_of_each_variable_is_judged),
		cmocka_unit_test(value_too_long_is_refused),
		cmocka_unit_test(value_normalised_is_as_the_library_wants_it),
		cmocka_unit_test(environment_quote_of_any_value_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
