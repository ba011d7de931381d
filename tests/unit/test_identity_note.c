/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/identity_note.c: notes beside pycs of the shadow.
 */
#include "check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "hooks/real.h"
#include "host/config.h"
#include "host/sys.h"
#include "view/identity_note.h"
#include "view/shadow.h"

struct real real;

#define REL "app/__pycache__/m.cpython-312.pyc"
#define NOTE "app/__pycache__/.pycshim-m.cpython-312.pyc.note"

static char top[] = "/tmp/pycshim-test.XXXXXX";

static int open_root(void **state)
{
	(void)state;
	if (!mkdtemp(top) || setenv("TOP", top, 1) < 0)
		return -1;
	snprintf(config.root, sizeof(config.root), "%s/shadow", top);
	return shadow_ready() < 0 || chdir(config.root) < 0 ||
	       system("mkdir -p app/__pycache__ && chmod 700 app app/__pycache__") != 0;
}

static int remove_root(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

/* Another target in place of the note, which the library would not write. */
static void plant(const char *text)
{
	unlink(NOTE);
	assert_int_equal(symlink(text, NOTE), 0);
}

static void note_that_was_written_is_read(void **state)
{
	static const struct identity_note notes[] = {
		{.inode = 77, .has_source = true, .stamp_ns = 1700000000123456789},
		{.inode = UINT64_MAX, .has_source = true, .stamp_ns = 0},
		{.inode = 5, .has_source = true, .changing = true, .stamp_ns = 9},
		{.inode = 1, .has_source = false, .run = UINT64_MAX},
		{.inode = 0, .has_source = false, .run = 0},
	};
	struct identity_note note;
	uint64_t before;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(notes); i++) {
		before = sys_time_ns();
		identity_note_write(REL, &notes[i]); /* replaces the previous note */
		memset(&note, 0xff, sizeof(note));
		assert_int_equal(identity_note_read(REL, &note), 0);
		assert_true(note.inode == notes[i].inode);
		assert_int_equal(note.has_source, notes[i].has_source);
		assert_int_equal(note.changing, notes[i].changing);
		assert_true(note.stamp_ns == notes[i].stamp_ns);
		assert_true(note.run == notes[i].run);
		/* the clock of a file system may lag by a tick */
		assert_true(note.made_ns > (int64_t)before - 1000000000);
		assert_true(note.made_ns <= (int64_t)sys_time_ns());
	}
}

static void note_lies_beside_its_pyc_and_no_program_sees_it(void **state)
{
	const struct identity_note note = {.inode = 5, .has_source = true, .stamp_ns = 9};
	char text[64] = "";

	(void)state;
	identity_note_write(REL, &note);
	assert_int_equal(readlink(NOTE, text, sizeof(text) - 1), 3);
	assert_string_equal(text, "5:9");
	assert_true(shadow_keeps_name(strrchr(NOTE, '/') + 1));
	identity_note_write("m.pyc", &note);
	assert_int_equal(readlink(".pycshim-m.pyc.note", text, sizeof(text)), 3);
	identity_note_remove("m.pyc");
	assert_int_equal(access(".pycshim-m.pyc.note", F_OK), -1);
}

static void note_that_is_removed_is_not_there(void **state)
{
	const struct identity_note written = {.inode = 5, .run = 3};
	struct identity_note note;

	(void)state;
	identity_note_write(REL, &written);
	identity_note_remove(REL);
	assert_int_equal(identity_note_read(REL, &note), -ENOENT);
	identity_note_remove(REL); /* again */
	assert_int_equal(identity_note_read("none/__pycache__/m.pyc", &note), -ENOENT);
}

static void text_that_is_no_note_speaks_for_nothing(void **state)
{
	static const char *const texts[] = {"5",    "x", "5x7",	       ":x",
					    " 5:7", "-", "/etc/passwd"};
	struct identity_note note;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		plant(texts[i]);
		/* what has no number is inode 0, which no file has */
		if (identity_note_read(REL, &note) != -EINVAL)
			assert_int_equal(note.inode, 0);
	}
	plant("99999999999999999999999999999999999999999999999999999999999999999999999999");
	assert_int_equal(identity_note_read(REL, &note), -EINVAL);
	unlink(NOTE);
	close(creat(NOTE, 0600)); /* no link */
	assert_true(identity_note_read(REL, &note) < 0);
	identity_note_remove(REL);
	assert_int_equal(access(NOTE, F_OK), -1);
}

static void name_that_is_too_long_has_no_note(void **state)
{
	const struct identity_note written = {.inode = 5, .run = 3};
	static char rel[PATH_MAX];
	struct identity_note note;

	(void)state;
	memset(rel, 'x', PATH_MAX - 5);
	identity_note_write(rel, &written);
	assert_int_equal(identity_note_read(rel, &note), -ENAMETOOLONG);
	identity_note_remove(rel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(note_that_was_written_is_read),
		cmocka_unit_test(note_lies_beside_its_pyc_and_no_program_sees_it),
		cmocka_unit_test(note_that_is_removed_is_not_there),
		cmocka_unit_test(text_that_is_no_note_speaks_for_nothing),
		cmocka_unit_test(name_that_is_too_long_has_no_note),
	};

	return cmocka_run_group_tests(tests, open_root, remove_root);
}
