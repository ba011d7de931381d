/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/merged.c: the snapshot of the shadow's entries that a
 * directory stream returns after the entries that libc reads.
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
#include "hooks/real.h"
#include "host/config.h"
#include "view/known.h"
#include "view/merged.h"
#include "view/shadow.h"

struct real real;

static char start[] = "/tmp/pycshim-test.XXXXXX", top[PATH_MAX], cache[PATH_MAX + 32],
	    shadow_cache[2 * PATH_MAX + 64];

/*
 * In place and in the shadow: a cache with what only the shadow has (data.nbi, a temporary), a
 * whiteout (hidden), and names of the shadow's own.
 */
static int make_trees(void **state)
{
	(void)state;
	if (!mkdtemp(start) || !realpath(start, top) || setenv("TOP", top, 1) < 0)
		return -1;
	snprintf(config.root, sizeof(config.root), "%.*s/shadow", PATH_MAX - 8, top);
	if (shadow_ready() < 0)
		return -1;
	snprintf(cache, sizeof(cache), "%s/app/__pycache__", top);
	snprintf(shadow_cache, sizeof(shadow_cache), "%s%s", config.root, cache);
	return setenv("CACHE", cache, 1) < 0 || setenv("SHADOW", shadow_cache, 1) < 0 ||
	       system("umask 077; mkdir -p \"$CACHE\" \"$SHADOW/deep\" && cd \"$SHADOW\" &&\n"
		      "touch data.nbi m.cpython-312.pyc.123 .pycshim-opaque &&\n"
		      "ln -s hidden.nbi hidden.nbi && touch ../plain.txt && mkdir ../other &&\n"
		      "cd \"$CACHE\" && touch data.nbi hidden.nbi in_place.nbi ../plain2.txt") !=
		       0;
}

static int remove_trees(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

static void expect_entry(const struct view *view, const char *name, bool hides,
			 bool shown)
{
	const struct entry *entry = view_find(view, name);

	if (!entry)
		fail_msg("no %s", name);
	assert_string_equal(entry->name, name);
	assert_int_equal(entry->hides, hides);
	assert_int_equal(entry->shown, shown);
}

static ino_t inode_in_shadow(const char *name)
{
	char path[3 * PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%s", shadow_cache, name);
	return lstat(path, &status) < 0 ? 0 : status.st_ino;
}

static void shadow_hides_and_shows_what_it_has(void **state)
{
	struct view *view = view_make(VIEW_BYTES, cache, false, -1);

	(void)state;
	assert_non_null(view);
	assert_true(view->in_cache);
	expect_entry(view, "data.nbi", true, true);
	expect_entry(view, "m.cpython-312.pyc.123", true, true);
	expect_entry(view, "deep", true, true);
	expect_entry(view, "hidden.nbi", true, false); /* a whiteout */
	assert_int_equal(view_find(view, "data.nbi")->inode, inode_in_shadow("data.nbi"));
	assert_int_equal(view_find(view, "deep")->type, DT_DIR);
	assert_null(view_find(view, "in_place.nbi"));
	assert_null(view_find(view, ".pycshim-opaque"));
	assert_null(view_find(view, "."));
	assert_null(view_find(view, ""));
	view_release(view);
}

static void place_shows_what_the_shadow_has_not(void **state)
{
	struct view *view = view_make(VIEW_BYTES, cache, true, -1);

	(void)state;
	assert_non_null(view);
	expect_entry(view, "in_place.nbi", false, true);
	expect_entry(view, "data.nbi", false, false);
	expect_entry(view, "hidden.nbi", false, false);
	assert_null(view_find(view, "m.cpython-312.pyc.123"));
	view_release(view);
}

/* Beside caches only bytecode is of the shadow; of other directories it is told that they are. */
static void names_beside_a_cache_are_not_the_shadows(void **state)
{
	char package[PATH_MAX];
	struct view *view;

	(void)state;
	snprintf(package, sizeof(package), "%.*s/app", PATH_MAX - 8, top);
	view = view_make(VIEW_BYTES, package, false, -1);
	assert_non_null(view);
	assert_false(view->in_cache);
	expect_entry(view, "__pycache__", true, true);
	expect_entry(view, "other", false, false);
	assert_null(view_find(view, "plain.txt"));
	view_release(view);
}

static void other_place_that_is_not_there_is_an_empty_view(void **state)
{
	struct view *view = view_make(VIEW_BYTES, "/none/__pycache__", true, -1);

	(void)state;
	assert_non_null(view);
	assert_int_equal(view_open_other(view), -ENOENT);
	assert_int_equal(view->used, 0);
	assert_null(view_find(view, "m.pyc"));
	view_release(view);
}

static unsigned descriptors_open(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

#define MANY 2000 /* more than a view has room for at first */

static void view_grows_until_all_names_are_in_it(void **state)
{
	char name[3 * PATH_MAX];
	struct view *view;
	unsigned i, open_before = descriptors_open();

	(void)state;
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%s/n%u.nbi", cache, i);
		close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	view = view_make(VIEW_BYTES, cache, true, -1);
	assert_non_null(view);
	assert_true(view->bytes > VIEW_BYTES);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%u.nbi", i);
		expect_entry(view, name, false, true);
	}
	assert_null(view_find(view, "n2000.nbi"));
	view_release(view);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%s/n%u.nbi", cache, i);
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(descriptors_open(), open_before);
}

static void change_in_place(unsigned number, bool make)
{
	char name[2 * PATH_MAX];

	snprintf(name, sizeof(name), "%s/i%u.nbi", cache, number);
	if (make)
		close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	else
		assert_int_equal(unlink(name), 0);
}

static void view_that_is_filled_again_has_the_new_names_alone(void **state)
{
	struct view *view;
	char name[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 10; i++)
		change_in_place(i, true);
	view = view_make(VIEW_BYTES, cache, true, -1);
	assert_non_null(view);
	view->second = true;
	for (i = 0; i < 9; i++)
		change_in_place(i, false);
	known_new_generation();
	assert_true(view_fill(view, view_open_other(view)));
	for (i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "i%u.nbi", i);
		assert_null(view_find(view, name));
	}
	expect_entry(view, "i9.nbi", false, true);
	assert_false(view->second);
	assert_int_equal(view->generation, known_generation());
	view_release(view);
	/* the memory of a view that was given back is used again, and is empty */
	view = view_make(VIEW_BYTES, "/none/__pycache__", true, -1);
	assert_non_null(view);
	assert_null(view_find(view, "i9.nbi"));
	view_release(view);
}

static void path_of_a_name_is_whole_or_cut(void **state)
{
	struct view *view = view_make(VIEW_BYTES, cache, false, -1);
	char buffer[PATH_MAX], wanted[2 * PATH_MAX], name[NAME_MAX + 1];
	struct stat status;

	(void)state;
	assert_non_null(view);
	snprintf(wanted, sizeof(wanted), "%s/m.pyc", cache);
	assert_false(view_path(view, "m.pyc", buffer).cut);
	assert_string_equal(buffer, wanted);
	assert_int_equal(view_look(view, "data.nbi", &status), 0);
	assert_int_equal(view_look(view, "hidden.nbi", &status), SHADOW_HIDDEN);
	assert_int_equal(view_look(view, "none.nbi", &status), -ENOENT);
	memset(view->path, 'x', PATH_MAX - 10);
	view->path[PATH_MAX - 10] = '\0';
	memset(name, 'y', 20);
	name[20] = '\0';
	assert_true(view_path(view, name, buffer).cut);
	assert_int_equal(view_look(view, name, &status), -ENAMETOOLONG);
	view_release(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadow_hides_and_shows_what_it_has),
		cmocka_unit_test(place_shows_what_the_shadow_has_not),
		cmocka_unit_test(names_beside_a_cache_are_not_the_shadows),
		cmocka_unit_test(other_place_that_is_not_there_is_an_empty_view),
		cmocka_unit_test(view_grows_until_all_names_are_in_it),
		cmocka_unit_test(view_that_is_filled_again_has_the_new_names_alone),
		cmocka_unit_test(path_of_a_name_is_whole_or_cut),
	};

	return cmocka_run_group_tests(tests, make_trees, remove_trees);
}
