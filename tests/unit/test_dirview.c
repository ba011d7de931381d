/* SPDX-License-Identifier: MIT */
/*
 * Directory streams of the union view: they work and leak nothing after a jump out of a
 * call, a call by a signal handler, or the cancellation of a thread in the middle of a
 * call.
 */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hooks/directory.h"
#include "hooks/dirview.h"
#include "hooks/real.h"
#include "host/process.h"
#include "host/thread.h"
#include "step.h"

static char top[64], root[PATH_MAX + 8];

static int lowest_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* Replaces libc's function: a thread may end here. */
static int lowest;
static bool nothing_is_held;

static DIR *open_and_look(const char *path)
{
	nothing_is_held = !thread->busy && !thread->scratch &&
			  thread->scratch_used == 0 && lowest_descriptor() == lowest;
	return opendir(path);
}

/* Some file systems do not report the type of an entry. */
static bool types_are_unknown;

static struct dirent *read_maybe_untyped(DIR *stream)
{
	struct dirent *entry = readdir(stream);

	if (entry && types_are_unknown)
		entry->d_type = DT_UNKNOWN;
	return entry;
}

struct real real = {
	.opendir = open_and_look,
	.fdopendir = fdopendir,
	.closedir = closedir,
	.readdir = read_maybe_untyped,
	.rewinddir = rewinddir,
};

/* Two caches: a merged one, and one that is only in the shadow and has a hidden name. */
static int make_tree(void **state)
{
	(void)state;
	strcpy(top, "/tmp/pycshim-test.XXXXXX");
	if (!mkdtemp(top) || chdir(top) < 0 || setenv("TOP", top, 1) < 0 ||
	    system("umask 077; shadow=root$(pwd -P)\n"
		   "mkdir -p both/__pycache__ one $shadow/both/__pycache__ "
		   "$shadow/one/__pycache__\n"
		   "touch both/__pycache__/below.pyc $shadow/both/__pycache__/above.nbi\n"
		   "ln -s x.pyc $shadow/one/__pycache__/x.pyc") != 0)
		return -1;
	setenv("PYCSHIM_MODE", "redirect", 1);
	setenv("PYCSHIM_ROOT", strcat(realpath(".", root), "/root"), 1);
	setenv("PYCSHIM_RECORD", "off", 1);
	setenv("PYCSHIM_PROCESSES", "all", 1);
	process_start(NULL);
	directory_close(directory_open("both/__pycache__")); /* the root is open now */
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

static int count_names(DIR *stream)
{
	int count = 0;

	while (dirview_read(stream))
		count++;
	return count;
}

static void opendir_of_libc_is_called_with_nothing_held(void **state)
{
	DIR *stream;

	(void)state;
	lowest = lowest_descriptor();
	stream = directory_open("both/__pycache__");
	assert_true(nothing_is_held);
	assert_int_equal(count_names(stream), 4);
	directory_close(stream);
	assert_int_equal(dirview_count, 0);
}

/* Calls of a signal handler that has interrupted the library. */
static void inside(void (*calls)(DIR *stream), DIR *stream)
{
	struct thread_mark mark[512];

	thread_enter(&mark[511]);
	calls(stream);
	thread_leave();
}

static void directory_of_the_shadow_alone_is_opened_with_errno_kept(void **state)
{
	DIR *stream;

	(void)state;
	errno = EAGAIN;
	stream = directory_open("one/__pycache__");
	assert_non_null(stream);
	assert_int_equal(errno, EAGAIN);
	directory_close(stream);
	assert_null(directory_open("none/__pycache__"));
	assert_int_equal(errno, ENOENT);
}

static void close_and_open(DIR *stream)
{
	DIR *other;

	directory_close(stream);
	other = directory_open("both");
	assert_int_equal(dirview_count, 0);
	directory_close(other);
}

static void stream_closed_inside_a_call_has_no_view_any_more(void **state)
{
	(void)state;
	inside(close_and_open, directory_open("both/__pycache__"));
	assert_int_equal(dirview_count, 0);
}

static void rewind_and_count(DIR *stream)
{
	dirview_rewind(stream);
	assert_int_equal(count_names(stream), 4);
}

static void stream_rewound_inside_a_call_begins_again(void **state)
{
	DIR *stream = directory_open("both/__pycache__");

	(void)state;
	assert_int_equal(count_names(stream), 4);
	inside(rewind_and_count, stream);
	directory_close(stream);
}

static void expect_two(DIR *stream)
{
	assert_int_equal(count_names(stream), 2);
}

static void whiteout_is_hidden_inside_a_call_too(void **state)
{
	DIR *stream = directory_open("one/__pycache__");

	(void)state;
	assert_int_equal(dirview_count, 1);
	assert_int_equal(count_names(stream), 2);
	dirview_rewind(stream);
	inside(expect_two, stream);
	directory_close(stream);
}

static void whiteout_is_hidden_where_types_are_unknown(void **state)
{
	DIR *stream = directory_open("one/__pycache__");

	(void)state;
	types_are_unknown = true;
	assert_int_equal(count_names(stream), 2);
	types_are_unknown = false;
	directory_close(stream);
}

#ifdef STEP_BEGIN
static sigjmp_buf out;
static volatile sig_atomic_t jumps;

static void jump(int signal)
{
	(void)signal;
	if (thread->scratch_used == 0 || jumps)
		return;
	jumps = 1;
	siglongjmp(out, 1);
}

/*
 * A handler jumps out of one call on the stream; the next call has all its memory again.
 */
static void jump_out(void (*call)(DIR *stream), const char *path)
{
	struct sigaction action = {.sa_handler = jump}, before;
	DIR *stream = directory_open(path);

	sigaction(SIGTRAP, &action, &before);
	jumps = 0;
	if (sigsetjmp(out, 1) == 0) {
		STEP_BEGIN;
		call(stream);
		STEP_END;
	}
	sigaction(SIGTRAP, &before, NULL);
	assert_int_equal(jumps, 1);
	assert_int_not_equal(thread->scratch_used, 0);
	directory_close(directory_open(path));
	assert_int_equal(thread->scratch_used, 0);
	directory_close(stream);
}

static void read_all(DIR *stream)
{
	(void)count_names(stream);
}

static void jump_out_of_readdir_keeps_no_room(void **state)
{
	(void)state;
	jump_out(read_all, "one/__pycache__");
}

static void jump_out_of_rewinddir_keeps_no_room(void **state)
{
	(void)state;
	jump_out(dirview_rewind, "both/__pycache__");
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directory_of_the_shadow_alone_is_opened_with_errno_kept),
		cmocka_unit_test(stream_closed_inside_a_call_has_no_view_any_more),
		cmocka_unit_test(stream_rewound_inside_a_call_begins_again),
		cmocka_unit_test(whiteout_is_hidden_inside_a_call_too),
		cmocka_unit_test(whiteout_is_hidden_where_types_are_unknown),
#ifdef STEP_BEGIN
		cmocka_unit_test(jump_out_of_readdir_keeps_no_room),
		cmocka_unit_test(jump_out_of_rewinddir_keeps_no_room),
#endif
		cmocka_unit_test(opendir_of_libc_is_called_with_nothing_held),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
