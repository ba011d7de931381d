/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/host/config.c: valid and invalid variables.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "host/config.h"

static const struct config unread = {.check_fd = -1};

/* Read one variable; returns the name of an invalid one, or NULL. */
static const char *read_one(const char *entry)
{
	char *environment[] = {(char *)(uintptr_t)entry, NULL};
	const char *value = NULL, *why = NULL, *name;

	memcpy(&config, &unread, sizeof(config));
	name = config_read(environment, &value, &why);
	if (name) {
		assert_non_null(value);
		assert_non_null(why);
	}
	return name;
}

static void mistaken_value_is_named(void **state)
{
	static const char *const entries[] = {
		"PYCSHIM_MODE=tracing",	   "PYCSHIM_MODE=TRACE",
		"PYCSHIM_ROOT=relative",   "PYCSHIM_ROOT=",
		"PYCSHIM_ROOT=//",	   "PYCSHIM_RECORD=rec",
		"PYCSHIM_ONLY=app",	   "PYCSHIM_ONLY=/app:lib",
		"PYCSHIM_SKIP=./app",	   "PYCSHIM_RECORD_MAX=64X",
		"PYCSHIM_RECORD_MAX=",	   "PYCSHIM_RECORD_MAX=-1",
		"PYCSHIM_RECORD_MAX=1KB",  "PYCSHIM_RECORD_MAX=0",
		"PYCSHIM_RECORD_MAX=M",	   "PYCSHIM_RECORD_MAX=99999999999999999999G",
		"PYCSHIM_RECORD_MAX=4095", "PYCSHIM_RECORD_MAX=3K",
		"PYCSHIM_PROCESSES=some",  "PYCSHIM_DEBUG=config,nonsense",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		if (!read_one(entries[i]))
			fail_msg("%s was taken", entries[i]);
}

static void number_that_is_not_set_has_its_default(void **state)
{
	(void)state;
	assert_null(read_one("PATH=/bin"));
	assert_int_equal(config.record_max_bytes, 64 << 20);
	assert_int_equal(config.store_max_bytes, 1 << 30);
	assert_int_equal(config.root_max_bytes, 0);
	assert_int_equal(config.wait_ms, 2000);
}

static void well_formed_value_is_taken(void **state)
{
	char own[40];

	(void)state;
	assert_null(read_one("PYCSHIM_MODE=redirect"));
	assert_int_equal(config.mode, MODE_redirect);
	assert_null(read_one("PYCSHIM_MODE=deny"));
	assert_int_equal(config.mode, MODE_deny);
	assert_null(read_one("PYCSHIM_ROOT=/cache"));
	assert_string_equal(config.root, "/cache");
	assert_null(read_one("PYCSHIM_PROCESSES=all"));
	assert_true(config.all_processes);
	assert_null(read_one("PYCSHIM_DEBUG=config,record"));
	assert_int_equal(config.debug, DEBUG_CONFIG | DEBUG_RECORD);
	assert_null(read_one("PYCSHIM_ONLY=/a:/b"));
	assert_string_equal(config.only, "/a:/b");
	assert_null(read_one("PYCSHIM_INHERITED=python"));
	assert_true(config.started_by_python);
	assert_false(config.started_by_user);
	snprintf(own, sizeof(own), "PYCSHIM_INHERITED=python%u", (unsigned)geteuid());
	assert_null(read_one(own));
	assert_true(config.started_by_python && config.started_by_user);
	assert_null(read_one("PYCSHIM_CHECK=7"));
	assert_int_equal(config.check_fd, 7);
	assert_null(read_one("PYCSHIM_CHECK=99999999999999999999"));
	assert_int_equal(config.check_fd, -1); /* no descriptor */
	assert_null(read_one("PYCSHIM_UNKNOWN=1"));
}

static void off_in_every_spelling_is_off(void **state)
{
	static const char *const words[] = {"off", "0", "no", ""};
	char entry[40];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		strcpy(entry, "PYCSHIM_MODE=");
		assert_null(read_one(strcat(entry, words[i])));
		assert_int_equal(config.mode, MODE_off);
		strcpy(entry, "PYCSHIM_RECORD=");
		assert_null(read_one(strcat(entry, words[i])));
		assert_true(config.record_off);
	}
	assert_null(read_one("PYCSHIM_RECORD=/dev/null"));
	assert_true(config.record_off);
	assert_null(read_one("PYCSHIM_RECORD=/dev/null/x"));
	assert_false(config.record_off);
	assert_non_null(read_one("PYCSHIM_MODE=/dev/null"));
}

static void runtime_directory_has_no_slashes_behind_it(void **state)
{
	static const struct {
		const char *entry, *directory;
	} cases[] = {
		{"XDG_RUNTIME_DIR=/run/user/1", "/run/user/1"},
		{"XDG_RUNTIME_DIR=/run/user/1///", "/run/user/1"},
		{"XDG_RUNTIME_DIR=//", "/"},
		{"XDG_RUNTIME_DIR=", ""},
		{"XDG_RUNTIME_DIR=run", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_null(read_one(cases[i].entry));
		assert_string_equal(config.runtime_directory, cases[i].directory);
	}
}

static void size_with_suffix_is_in_bytes(void **state)
{
	(void)state;
	assert_null(read_one("PYCSHIM_RECORD_MAX=4096"));
	assert_int_equal(config.record_max_bytes, 4096);
	assert_null(read_one("PYCSHIM_RECORD_MAX=64k"));
	assert_int_equal(config.record_max_bytes, 64 << 10);
	assert_null(read_one("PYCSHIM_RECORD_MAX=3M"));
	assert_int_equal(config.record_max_bytes, 3 << 20);
	assert_null(read_one("PYCSHIM_RECORD_MAX=8G"));
	assert_true(config.record_max_bytes == 8ull << 30);
	assert_null(read_one("PYCSHIM_RECORD_MAX=100000000000")); /* above 32 bits */
	assert_true(config.record_max_bytes == 100000000000);
	assert_null(read_one("PYCSHIM_RECORD_MAX=9223372036854775807"));
	assert_true(config.record_max_bytes == INT64_MAX);
	assert_non_null(read_one("PYCSHIM_RECORD_MAX=9223372036854775808"));
	assert_non_null(read_one("PYCSHIM_RECORD_MAX=18446744073709551616"));
	assert_non_null(read_one("PYCSHIM_RECORD_MAX=8589934592G"));
}

static void root_and_record_alike_is_a_mistake(void **state)
{
	char root[] = "PYCSHIM_ROOT=/x", record[] = "PYCSHIM_RECORD=/x";
	char *environment[] = {root, record, NULL};
	const char *value, *why;

	(void)state;
	memcpy(&config, &unread, sizeof(config));
	assert_non_null(config_read(environment, &value, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistaken_value_is_named),
		cmocka_unit_test(number_that_is_not_set_has_its_default),
		cmocka_unit_test(well_formed_value_is_taken),
		cmocka_unit_test(off_in_every_spelling_is_off),
		cmocka_unit_test(runtime_directory_has_no_slashes_behind_it),
		cmocka_unit_test(size_with_suffix_is_in_bytes),
		cmocka_unit_test(root_and_record_alike_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
