/* SPDX-License-Identifier: MIT */
/*
 * Whether the shadow is empty, by the size of its root directory.
 */
#include "check.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hooks/real.h"
#include "host/config.h"
#include "view/shadow.h"
#include "view/shadow_root.h"

struct real real;

static char place[PATH_MAX];

/* A new directory below `top` becomes the root. */
static bool open_root_in(const char *top)
{
	assert_true(snprintf(place, sizeof(place), "%s/pycshim-test.XXXXXX", top) <
		    PATH_MAX - 8);
	assert_non_null(mkdtemp(place));
	assert_true(snprintf(config.root, PATH_MAX, "%s/shadow", place) < PATH_MAX);
	return shadow_ready() == 0;
}

static int open_on_tmpfs(void **state)
{
	(void)state;
	return open_root_in("/dev/shm") ? 0 : -1;
}

/* Lost with its directory; the next one is opened anew. */
static int remove_root(void **state)
{
	(void)state;
	return rmdir(config.root) < 0 || rmdir(place) < 0 ? -1 : 0;
}

static void expect_to_see(int made, int (*unmake)(const char *path), const char *path)
{
	assert_true(made >= 0);
	assert_false(shadow_is_empty());
	assert_int_equal(unmake(path), 0);
}

static const char *inside(const char *name)
{
	static char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", config.root, name);
	return path;
}

static void new_root_is_empty(void **state)
{
	(void)state;
	assert_true(shadow_is_empty());
	assert_true(shadow_is_empty());
}

static void root_with_a_directory_is_not_empty(void **state)
{
	const char *path = inside("usr");

	(void)state;
	assert_true(shadow_is_empty());
	expect_to_see(mkdir(path, 0700), rmdir, path);
}

/* A whiteout of a cache in "/" is no directory, but counts. */
static void root_with_a_whiteout_is_not_empty(void **state)
{
	const char *path = inside("__pycache__");

	(void)state;
	expect_to_see(symlink("__pycache__", path), unlink, path);
}

static void root_with_a_file_is_not_empty(void **state)
{
	const char *path = inside("setup.pyc");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	(void)state;
	close(fd);
	expect_to_see(fd, unlink, path);
}

static void root_is_asked_again_once_it_is_another(void **state)
{
	const char *path = inside("usr");

	expect_to_see(mkdir(path, 0700), rmdir, path);
	assert_false(shadow_is_empty()); /* not asked any more */
	remove_root(state);
	assert_int_equal(open_on_tmpfs(state), 0);
	assert_true(shadow_is_empty());
}

/* An empty directory has this size on other file systems, too, or one that is not. */
static void only_on_a_tmpfs_the_size_is_asked(void **state)
{
	char top[PATH_MAX];
	struct statfs status;

	assert_non_null(getcwd(top, sizeof(top)));
	assert_int_equal(statfs(top, &status), 0);
	assert_true(open_root_in(top));
	assert_int_equal(shadow_is_empty(), status.f_type == TMPFS_MAGIC);
	assert_int_equal(remove_root(state), 0);
}

/* The host has closed our number, behind our back, and has "/" there now. */
static void number_that_the_host_took_is_not_the_shadow(void **state)
{
	struct stat status, here;
	const char *path = inside("usr");
	int host = open("/", O_RDONLY | O_DIRECTORY), number = shadow_root_fd();

	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(syscall(SYS_dup3, host, number, 0), number);
	assert_int_equal(shadow_find("usr", false, &status), 0);
	assert_int_equal(lstat(path, &here), 0);
	assert_int_equal(status.st_ino, here.st_ino);
	assert_int_equal(fstat(host, &here), 0);
	assert_int_equal(fstat(number, &status), 0);
	assert_int_equal(status.st_ino, here.st_ino);
	close(number);
	close(host);
	assert_int_equal(rmdir(path), 0);
}

static void shadow_that_was_given_up_is_empty(void **state)
{
	(void)state;
	shadow_give_up();
	assert_true(shadow_is_empty());
}

#define ON_TMPFS(test) cmocka_unit_test_setup_teardown(test, open_on_tmpfs, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_TMPFS(new_root_is_empty),
		ON_TMPFS(root_with_a_directory_is_not_empty),
		ON_TMPFS(root_with_a_whiteout_is_not_empty),
		ON_TMPFS(root_with_a_file_is_not_empty),
		ON_TMPFS(root_is_asked_again_once_it_is_another),
		cmocka_unit_test(only_on_a_tmpfs_the_size_is_asked),
		ON_TMPFS(number_that_the_host_took_is_not_the_shadow),
		cmocka_unit_test(shadow_that_was_given_up_is_empty), /* for good */
	};

	return RUN(tests);
}
