/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/abspath.c: the absolute name of what a program spelled.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "view/abspath.h"

static char top[PATH_MAX]; /* real, with a directory d and links to it */

static long make(char *buffer, int dirfd, const char *path)
{
	bool shadow;

	return abspath_make(buffer, PATH_MAX, dirfd, path, &shadow);
}

static void absolute_path_is_cleaned(void **state)
{
	static const struct {
		const char *given, *made;
	} cases[] = {
		{"/", "/"},	      {"/a/b", "/a/b"}, {"//a//b/", "/a/b"},
		{"/./a/./b", "/a/b"}, {"/...", "/..."}, {"/a..b/c", "/a..b/c"},
		{"/.a", "/.a"},	      {"/usr/..", "/"}, {"/usr/../usr/x", "/usr/x"},
	};
	char buffer[PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(make(buffer, AT_FDCWD, cases[i].given),
				 strlen(cases[i].made));
		assert_string_equal(buffer, cases[i].made);
	}
}

static void relative_path_begins_at_its_directory(void **state)
{
	char buffer[PATH_MAX], expected[PATH_MAX + 8];
	int fd = open("d", O_RDONLY | O_DIRECTORY);

	(void)state;
	snprintf(expected, sizeof(expected), "%s/x.pyc", top);
	assert_true(make(buffer, AT_FDCWD, "x.pyc") > 0);
	assert_string_equal(buffer, expected);
	snprintf(expected, sizeof(expected), "%s/d/x.pyc", top);
	assert_true(make(buffer, fd, "./x.pyc") > 0);
	assert_string_equal(buffer, expected);
	snprintf(expected, sizeof(expected), "%s/x.pyc", top);
	assert_true(make(buffer, fd, "../x.pyc") > 0);
	assert_string_equal(buffer, expected);
	close(fd);
}

static void parent_of_a_link_is_where_it_leads(void **state)
{
	char buffer[PATH_MAX], expected[PATH_MAX + 8];

	(void)state;
	assert_int_equal(symlink("d/e", "link"), 0);
	snprintf(expected, sizeof(expected), "%s/d/x.pyc", top);
	assert_true(make(buffer, AT_FDCWD, "link/../x.pyc") > 0);
	assert_string_equal(buffer, expected);
}

static void parent_of_a_file_is_no_directory(void **state)
{
	char buffer[PATH_MAX];

	(void)state;
	close(open("file", O_CREAT | O_WRONLY, 0600));
	assert_int_equal(make(buffer, AT_FDCWD, "file/../x.pyc"), -ENOTDIR);
}

static void parent_of_what_is_not_there_is_not_there(void **state)
{
	char buffer[PATH_MAX];

	(void)state;
	assert_int_equal(make(buffer, AT_FDCWD, "none/../x.pyc"), -ENOENT);
	assert_int_equal(make(buffer, AT_FDCWD, "d/none/../../x.pyc"), -ENOENT);
	assert_int_equal(make(buffer, AT_FDCWD, "/none/../x.pyc"), -ENOENT);
}

static void bad_input_is_an_errno(void **state)
{
	char buffer[PATH_MAX], *longest = malloc(PATH_MAX + 2);

	(void)state;
	memset(longest, 'x', PATH_MAX + 1);
	longest[0] = '/';
	longest[PATH_MAX + 1] = '\0';
	assert_int_equal(make(buffer, AT_FDCWD, longest), -ENAMETOOLONG);
	assert_int_equal(make(buffer, AT_FDCWD, ""), -ENOENT);
	assert_true(make(buffer, -5, "x") < 0);
	assert_true(make(buffer, 900, "x") < 0);
	free(longest);
}

static int set_up(void **state)
{
	char name[] = "/tmp/pycshim-abspath.XXXXXX";

	(void)state;
	return !mkdtemp(name) || chdir(name) || !getcwd(top, sizeof(top)) ||
	       mkdir("d", 0700) || mkdir("d/e", 0700);
}

static int tear_down(void **state)
{
	(void)state;
	unlink("link");
	unlink("file");
	return rmdir("d/e") || rmdir("d") || rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute_path_is_cleaned),
		cmocka_unit_test(relative_path_begins_at_its_directory),
		cmocka_unit_test(parent_of_a_link_is_where_it_leads),
		cmocka_unit_test(parent_of_a_file_is_no_directory),
		cmocka_unit_test(parent_of_what_is_not_there_is_not_there),
		cmocka_unit_test(bad_input_is_an_errno),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
