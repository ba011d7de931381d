/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/place.c: the file in place, by the names that a program
 * uses.
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
#include "view/place.h"

static char top[] = "/tmp/pycshim-test.XXXXXX";
static int cache, file; /* descriptors of both */

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(top) || chdir(top) < 0 || setenv("TOP", top, 1) < 0 ||
	    system("mkdir -p app/__pycache__ && echo 1 >app/__pycache__/m.pyc &&\n"
		   "ln -s __pycache__ app/link && ln -s m.pyc app/__pycache__/l.pyc") !=
		    0)
		return -1;
	cache = open("app/__pycache__", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = open("app/__pycache__/m.pyc", O_RDONLY | O_CLOEXEC);
	return cache < 0 || file < 0;
}

static int remove_tree(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

static struct call call_on(int dirfd, const char *given)
{
	size_t length = strlen(given);
	struct call call = {.dirfd = dirfd, .given = given, .directory = -1};

	if (length > 1 && given[length - 1] == '/')
		call.as_directory = '/';
	if (length > 2 && strcmp(given + length - 2, "/.") == 0)
		call.as_directory = '.';
	return call;
}

static ino_t inode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 ? 0 : status.st_ino;
}

/* Where a call names what, and whether that is a link itself. */
static const struct {
	const char *in, *given, *is, *parent; /* is NULL: -ENOENT */
} cases[] = {
	{".", "app/__pycache__/m.pyc", "app/__pycache__/m.pyc", "app/__pycache__"},
	{".", "app/__pycache__", "app/__pycache__", "app"},
	{".", "app/__pycache__/", "app/__pycache__", "app"},
	{".", "app/__pycache__///", "app/__pycache__", "app"},
	{".", "app/__pycache__/./.", "app/__pycache__", "app"},
	{".", "app", "app", "."},
	{".", "app/", "app", "."},
	{".", "app/link", "app/link", "app"},
	{".", "app/link/", "app/link", "app"}, /* the link itself, not where it leads */
	{".", "app/link/m.pyc", "app/__pycache__/m.pyc", "app/__pycache__"},
	{".", "app/none/", NULL, "app"},
	{".", "none", NULL, "."},
	{"app", "__pycache__/m.pyc", "app/__pycache__/m.pyc", "app/__pycache__"},
	{"app/__pycache__", "m.pyc", "app/__pycache__/m.pyc", "app/__pycache__"},
	{"app/__pycache__", "l.pyc", "app/__pycache__/l.pyc", "app/__pycache__"},
	{"app/__pycache__", "../link", "app/link", "app"},
	{".", "/", "/", "/"},
	{".", "//", "/", "/"},
};

static void look_finds_what_the_name_says_and_no_link_behind_it(void **state)
{
	struct stat status;
	int fd, result;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct call call;

		fd = open(cases[i].in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		call = call_on(fd, cases[i].given);
		result = place_look(&call, &status);
		close(fd);
		if (result != (cases[i].is ? 0 : -ENOENT) ||
		    (result == 0 && status.st_ino != inode_of(cases[i].is)))
			fail_msg("%s: %d", cases[i].given, result);
	}
}

static void parent_is_the_directory_that_has_the_name(void **state)
{
	char path[PATH_MAX], wanted[PATH_MAX], name[64];
	ssize_t length;
	int fd, parent;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct call call;

		fd = open(cases[i].in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		call = call_on(fd, cases[i].given);
		parent = place_open_parent(&call);
		close(fd);
		assert_true(parent >= 0);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", parent);
		length = readlink(name, path, sizeof(path) - 1);
		path[length > 0 ? length : 0] = '\0';
		close(parent);
		assert_non_null(realpath(cases[i].parent, wanted));
		assert_string_equal(path, wanted);
	}
}

static void descriptor_without_a_name_is_its_own_file(void **state)
{
	struct call call = call_on(file, "");
	struct stat status;
	int fd;

	(void)state;
	assert_int_equal(place_look(&call, &status), 0);
	assert_int_equal(status.st_ino, inode_of("app/__pycache__/m.pyc"));
	fd = place_open(&call, O_RDONLY | O_NOFOLLOW);
	assert_true(fd >= 0 && fd != file);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_ino, inode_of("app/__pycache__/m.pyc"));
	close(fd);
}

static void open_goes_by_the_name_without_what_is_behind_it(void **state)
{
	struct call call = call_on(cache, "l.pyc");
	int fd = place_open(&call, O_RDONLY);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(place_open(&call, O_RDONLY | O_NOFOLLOW), -ELOOP);
	call = call_on(AT_FDCWD, "app/link/");
	assert_int_equal(place_open(&call, O_RDONLY | O_NOFOLLOW), -ELOOP);
	call = call_on(cache, "none");
	assert_int_equal(place_open(&call, O_RDONLY), -ENOENT);
}

static void remove_takes_the_name_and_not_what_a_link_leads_to(void **state)
{
	struct call call = call_on(AT_FDCWD, "new/");

	(void)state;
	assert_int_equal(mkdir("new", 0700), 0);
	assert_int_equal(place_remove(&call, 0), -EISDIR);
	assert_int_equal(place_remove(&call, AT_REMOVEDIR), 0);
	assert_int_equal(place_remove(&call, AT_REMOVEDIR), -ENOENT);
	assert_int_equal(mkdir("new", 0700), 0);
	assert_int_equal(symlink("new", "to_new"), 0);
	call = call_on(AT_FDCWD, "to_new/");
	assert_int_equal(place_remove(&call, 0), 0);
	assert_int_equal(inode_of("to_new"), 0);
	assert_int_not_equal(inode_of("new"), 0);
	assert_int_equal(rmdir("new"), 0);
}

static void access_is_checked_by_the_name_as_it_is(void **state)
{
	struct call call = call_on(cache, "m.pyc");

	(void)state;
	assert_int_equal(place_check_access(&call, R_OK), 0);
	assert_int_equal(place_check_access(&call, X_OK), -EACCES);
	call = call_on(AT_FDCWD, "app/__pycache__/m.pyc/");
	assert_int_equal(place_check_access(&call, F_OK), -ENOTDIR);
	call = call_on(cache, "none");
	assert_int_equal(place_check_access(&call, F_OK), -ENOENT);
}

static void name_that_is_too_long_is_the_kernels_to_refuse(void **state)
{
	static char given[PATH_MAX + 100];
	struct call call;
	struct stat status;

	(void)state;
	memset(given, 'x', sizeof(given) - 1);
	given[sizeof(given) - 2] = '/';
	call = call_on(AT_FDCWD, given);
	assert_int_equal(place_look(&call, &status), -ENAMETOOLONG);
	assert_int_equal(place_open(&call, O_RDONLY), -ENAMETOOLONG);
	memset(given, '/', sizeof(given) - 2);
	given[sizeof(given) - 2] = 'x';
	call = call_on(AT_FDCWD, given);
	assert_int_equal(place_open_parent(&call), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_finds_what_the_name_says_and_no_link_behind_it),
		cmocka_unit_test(parent_is_the_directory_that_has_the_name),
		cmocka_unit_test(descriptor_without_a_name_is_its_own_file),
		cmocka_unit_test(open_goes_by_the_name_without_what_is_behind_it),
		cmocka_unit_test(remove_takes_the_name_and_not_what_a_link_leads_to),
		cmocka_unit_test(access_is_checked_by_the_name_as_it_is),
		cmocka_unit_test(name_that_is_too_long_is_the_kernels_to_refuse),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
