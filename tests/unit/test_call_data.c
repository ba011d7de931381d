/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/host/call_data.c: the meaning of an open's flags, and the parts
 * of a call that outlive the stack on which they were computed.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/call_data.h"
#include "host/config.h"

static void stream_mode_stands_for_the_flags_that_libc_takes(void **state)
{
	static const char *const modes[] = {"r",  "rb",	 "r+", "rb+", "r+b", "re",  "w",
					    "wb", "w+",	 "wx", "w+x", "wbe", "wxe", "a",
					    "a+", "ab+", "ae", "rce", "rm"};
	char path[] = "/tmp/pycshim-test.XXXXXX";
	size_t i;

	(void)state;
	close(mkstemp(path));
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		bool makes = strchr(modes[i], 'x') != NULL;
		FILE *file;
		int flags, wanted;

		if (makes) /* fails with EEXIST if the file exists */
			unlink(path);
		file = fopen(path, modes[i]);
		assert_non_null(file);
		wanted = fcntl(fileno(file), F_GETFL);
		flags = call_mode_flags(modes[i]);
		assert_int_equal(flags & O_ACCMODE, wanted & O_ACCMODE);
		assert_int_equal(flags & O_APPEND, wanted & O_APPEND);
		assert_int_equal((flags & O_CLOEXEC) != 0,
				 (fcntl(fileno(file), F_GETFD) & FD_CLOEXEC) != 0);
		assert_int_equal((flags & O_EXCL) != 0, makes);
		assert_int_equal((flags & O_CREAT) != 0, *modes[i] != 'r');
		assert_int_equal((flags & O_TRUNC) != 0, *modes[i] == 'w');
		fclose(file);
	}
	unlink(path);
}

static void open_for_writing_is_one_that_creates_or_changes(void **state)
{
	static const struct {
		int flags;
		bool writes;
	} cases[] = {
		{O_RDONLY, false},
		{O_RDONLY | O_CLOEXEC, false},
		{O_RDONLY | O_EXCL, false},
		{O_RDONLY | O_DIRECTORY, false},
		{O_PATH, false},
		{O_WRONLY, true},
		{O_RDWR, true},
		{O_RDONLY | O_CREAT, true},
		{O_RDONLY | O_TRUNC, true},
		{O_TMPFILE | O_RDWR, true},
		{O_TMPFILE, true},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(call_opens_for_writing(cases[i].flags), cases[i].writes);
}

/* --- results ------------------------------------------------------------------------ */

static void result_of_a_finished_call_is_libcs(void **state)
{
	static const enum record_mode modes[] = {MODE_redirect, MODE_deny};
	static const uint8_t actions[] = {ACTION_redirect, ACTION_deny};
	struct call call;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		config.mode = modes[i];
		call = (struct call){.operation = CALL_open};
		errno = EIO;
		call_done(&call, 7);
		assert_int_equal(call.decision, CALL_DONE);
		assert_int_equal(call.action, actions[i]);
		assert_int_equal(call_result(&call), 7);
		assert_int_equal(errno, EIO);
		call_done(&call, -EROFS);
		assert_int_equal(call_result(&call), -1);
		assert_int_equal(errno, EROFS);
	}
}

/* --- paths that are kept ------------------------------------------------------------ */

/* Lengths of paths that fit into the call, and that are too long for it. */
static const size_t lengths[] = {2, CALL_ROOM - 2, CALL_ROOM - 1, CALL_ROOM, 1000, 4095};

static char buffer[FD_NAME_BYTES + PATH_MAX];

/* The stack on which the path was computed is given back and used again. */
static struct call found(size_t length)
{
	char *absolute = buffer + FD_NAME_BYTES;

	memset(absolute, 'x', length);
	absolute[0] = '/';
	absolute[length] = '\0';
	return (struct call){.buffer = absolute,
			     .absolute = absolute,
			     .path_length = length,
			     .path = "given",
			     .dirfd = AT_FDCWD,
			     .directory = -1};
}

static void overwrite(void)
{
	memset(buffer, 'y', sizeof(buffer));
}

static void expect_path(const char *path, const char *before, size_t length)
{
	size_t skip = strlen(before);

	assert_int_equal(strlen(path), skip + length);
	assert_memory_equal(path, before, skip);
	assert_int_equal(path[skip], '/');
	assert_int_equal(strspn(path + skip + 1, "x"), length - 1);
}

static void path_of_any_length_is_kept(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct call call = found(lengths[i]);

		assert_true(call_keep_path(&call));
		overwrite();
		expect_path(call.absolute, "", lengths[i]);
		assert_string_equal(call.path, "given");
		assert_int_equal(call.held != NULL, lengths[i] >= CALL_ROOM);
		call_drop_path(&call);
		/* the real call must use exactly this path */
		call = found(lengths[i]);
		call.path = call.absolute;
		assert_true(call_keep_path(&call));
		overwrite();
		expect_path(call.path, "", lengths[i]);
		call_drop_path(&call);
	}
}

static void path_elsewhere_is_kept_with_the_one_in_place(void **state)
{
	static const char root[] = "/proc/self/fd/1000";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct call call = found(lengths[i]);
		char *path = call.buffer - strlen(root);

		memcpy(path, root, strlen(root));
		call.path = path;
		call.decision = CALL_ELSEWHERE;
		assert_true(call_keep_path(&call));
		overwrite();
		expect_path(call.path, root, lengths[i]);
		expect_path(call.absolute, "", lengths[i]);
		call_drop_path(&call);
	}
}

static void string_of_the_program_is_not_copied(void **state)
{
	static const char own[] = "/app/__pycache__/m.pyc";
	struct call call = found(10);

	(void)state;
	call.absolute = call.path = own;
	assert_true(call_keep_path(&call));
	assert_ptr_equal(call.absolute, own);
	assert_ptr_equal(call.path, own);
}

static void call_in_a_held_directory_is_made_on_the_last_name(void **state)
{
	static const char path[] = "/app/pkg/__pycache__/m.pyc";
	char wanted[64];
	struct call call = found(10);
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), held;

	(void)state;
	strcpy(call.buffer, path);
	call.path_length = strlen(path);
	call_hold(&call, fd);
	held = call.directory;
	assert_true(held >=
		    500); /* out of the program's way, and the low one is closed */
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_true(call_keep_path(&call));
	overwrite();
	snprintf(wanted, sizeof(wanted), "/proc/self/fd/%d/m.pyc", held);
	assert_string_equal(call.path, wanted);
	assert_string_equal(call.absolute, path);
	call.dirfd = held;
	call_drop_path(&call);
	assert_int_equal(fcntl(held, F_GETFD), -1);
	assert_int_equal(call.directory, -1);
	assert_int_equal(call.dirfd, -1);
}

static void directory_that_is_held_gives_way_to_another(void **state)
{
	struct call call = found(10);
	int first;

	(void)state;
	call_hold(&call, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	first = call.directory;
	call_hold(&call, open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
	assert_int_equal(fcntl(first, F_GETFD), -1);
	assert_true(fcntl(call.directory, F_GETFD) & FD_CLOEXEC);
	call_release(&call);
	call_release(&call); /* the call has no descriptor left to close */
	assert_int_equal(call.directory, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_mode_stands_for_the_flags_that_libc_takes),
		cmocka_unit_test(open_for_writing_is_one_that_creates_or_changes),
		cmocka_unit_test(result_of_a_finished_call_is_libcs),
		cmocka_unit_test(path_of_any_length_is_kept),
		cmocka_unit_test(path_elsewhere_is_kept_with_the_one_in_place),
		cmocka_unit_test(string_of_the_program_is_not_copied),
		cmocka_unit_test(call_in_a_held_directory_is_made_on_the_last_name),
		cmocka_unit_test(directory_that_is_held_gives_way_to_another),
	};

	return RUN(tests);
}
