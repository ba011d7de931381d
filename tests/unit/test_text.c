/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/host/text.h, preload/host/fd_path.h and preload/path/name.c: text in
 * a fixed buffer, names of descriptors, ends of names.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "host/fd_path.h"
#include "host/text.h"
#include "path/name.h"

static void text_that_does_not_fit_is_cut_and_says_so(void **state)
{
	char buffer[9];
	struct text text;
	size_t size, length;

	(void)state;
	for (size = 1; size < sizeof(buffer); size++)
		for (length = 0; length <= size + 1; length++) {
			memset(buffer, '#', sizeof(buffer));
			text = text_in(buffer, size);
			assert_string_equal(buffer, "");
			text_add_bytes(&text, "abcdefghij", length);
			assert_int_equal(text.cut, length >= size);
			assert_int_equal(text.length, length < size ? length : size - 1);
			assert_int_equal(strlen(buffer), text.length);
			assert_memory_equal(buffer, "abcdefghij", text.length);
			assert_int_equal(buffer[size], '#'); /* nothing behind it */
			text_add(&text, "");		     /* what was cut stays so */
			assert_int_equal(text.cut, length >= size);
		}
}

static void text_is_added_behind_what_is_there(void **state)
{
	char buffer[64];
	struct text text = text_in(buffer, sizeof(buffer));

	(void)state;
	text_add(&text, "a/");
	text_add_number(&text, 0);
	text_add_bytes(&text, "/bcd", 2);
	text_add_number(&text, UINT64_MAX);
	assert_string_equal(buffer, "a/0/b18446744073709551615");
	assert_int_equal(text.length, strlen(buffer));
	assert_false(text.cut);
}

static void number_is_as_printf_writes_it(void **state)
{
	char buffer[32], wanted[32];
	uint64_t number = 1;
	struct text text;
	int i;

	(void)state;
	for (i = 0; i < 64; i++, number = number * 3 + (uint64_t)i) {
		text = text_in(buffer, sizeof(buffer));
		text_add_number(&text, number);
		snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)number);
		assert_string_equal(buffer, wanted);
	}
}

static void descriptor_has_a_name_and_a_path(void **state)
{
	char name[FD_NAME_BYTES], path[PATH_MAX];
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct text text = fd_name(name, 2147483647);
	long length;

	(void)state;
	assert_string_equal(name, "/proc/self/fd/2147483647");
	assert_false(text.cut);
	length = fd_path(fd, path, sizeof(path));
	assert_int_equal(length, 5);
	assert_memory_equal(path, "/proc", 5);
	/* one byte more than the path tells that it is whole */
	assert_int_equal(fd_path(fd, path, 6), 5);
	assert_int_equal(fd_path(fd, path, 5), -ENAMETOOLONG);
	close(fd);
	assert_int_equal(fd_path(fd, path, sizeof(path)), -ENOENT);
}

static void name_ends_before_slashes_and_dots(void **state)
{
	static const struct {
		const char *path;
		size_t end;
	} cases[] = {
		{"", 0},     {"/", 0},	  {"///", 0},	    {".", 1},	   {"./", 1},
		{"./.", 1},  {"/.", 0},	  {"a", 1},	    {"a/", 1},	   {"a//", 1},
		{"a/.", 1},  {"a/./", 1}, {"a/././/./", 1}, {"a.", 2},	   {"a./", 2},
		{"a..", 3},  {"..", 2},	  {"a/..", 4},	    {"a/../.", 4}, {"a/...", 5},
		{"a/.b", 4}, {"/a/b", 4}, {"/a/b/.", 4},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (name_end(cases[i].path, strlen(cases[i].path)) != cases[i].end)
			fail_msg("\"%s\" does not end at %zu", cases[i].path,
				 cases[i].end);
}

static void path_is_within_a_directory_at_whole_components(void **state)
{
	static const struct {
		const char *path, *directory;
		bool within;
	} cases[] = {
		{"/app", "/app", true},	      {"/app/m", "/app", true},
		{"/app/", "/app", true},      {"/apple", "/app", false},
		{"/ap", "/app", false},	      {"/a/app", "/app", false},
		{"/bpp/m", "/app", false},    {"/app/a/b", "/app/a", true},
		{"/app/ab", "/app/a", false}, {"/anything", "", true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(name_is_within(cases[i].path, strlen(cases[i].path),
						cases[i].directory,
						strlen(cases[i].directory)),
				 cases[i].within);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_says_so),
		cmocka_unit_test(text_is_added_behind_what_is_there),
		cmocka_unit_test(number_is_as_printf_writes_it),
		cmocka_unit_test(descriptor_has_a_name_and_a_path),
		cmocka_unit_test(name_ends_before_slashes_and_dots),
		cmocka_unit_test(path_is_within_a_directory_at_whole_components),
	};

	return RUN(tests);
}
