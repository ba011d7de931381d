/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/trace.c: which finished calls are events, and what is in them.
 */
#include "recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/config.h"
#include "host/descriptor.h"
#include "trace/trace.h"
#include "trace/trace_fd.h"

#define PYC "/app/__pycache__/m.cpython-312.pyc"
#define TEMPORARY PYC ".140123"
#define NO_EVENT RECORD_PROCESS /* no call leads to one of that type */

static void call_that_finished_is_the_event_that_it_means(void **state)
{
	static const struct {
		enum call_operation operation;
		const char *path;
		int error;
		enum record_type type;
		unsigned flags;
	} cases[] = {
		{CALL_mkdir, "/app/__pycache__", 0, RECORD_mkdir, 0},
		{CALL_mkdir, "/app/__pycache__", EROFS, RECORD_mkdir, 0},
		/* of PYTHONPYCACHEPREFIX only what fails tells anything */
		{CALL_mkdir, "/prefix/app", 0, NO_EVENT, 0},
		{CALL_mkdir, "/prefix/app", EACCES, RECORD_mkdir, RECORD_FOR_LAST},
		{CALL_rmdir, "/app/__pycache__", 0, RECORD_rmdir, 0},
		{CALL_rmdir, "/app/__pycache__", ENOTEMPTY, RECORD_rmdir, 0},
		{CALL_rmdir, "/app", 0, NO_EVENT, 0},
		{CALL_unlink, PYC, 0, RECORD_unlink, 0},
		{CALL_unlink, PYC, ENOENT, RECORD_unlink, 0},
		{CALL_unlink, TEMPORARY, 0, RECORD_unlink, 0},
		{CALL_remove, PYC, 0, RECORD_unlink, 0},
		{CALL_unlink, "/app/__pycache__", 0, RECORD_rmdir, 0},
		{CALL_remove, "/app/__pycache__", EISDIR, RECORD_rmdir, 0},
		{CALL_unlink, "/app/m.py", 0, NO_EVENT, 0},
		{CALL_unlink, "/app/__pycache__/data.nbi", 0, NO_EVENT, 0},
		{CALL_chmod, PYC, 0, NO_EVENT, 0},
		{CALL_access, PYC, 0, NO_EVENT, 0},
		{CALL_readlink, PYC, EINVAL, NO_EVENT, 0},
	};
	const struct verdict_event *event;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct call call = call_on(cases[i].operation, cases[i].path, 0);

		recorded_begin();
		call.action = ACTION_redirect;
		trace_call(&call, -1, cases[i].error, false);
		if (cases[i].type == NO_EVENT) {
			assert_int_equal(recorded.count, 0);
			continue;
		}
		event = recorded_one(cases[i].type);
		assert_int_equal(event->error, cases[i].error);
		assert_int_equal(event->flags, cases[i].flags);
		assert_true(event->key == call.key);
		assert_int_equal(event->temporary, call.class == PYC_TEMPORARY);
		assert_string_equal(recorded.record[0].event.path, cases[i].path);
		assert_true(recorded.record[0].record.time_ns == call.begin_ns);
		assert_true(recorded.record[0].record.duration_ns >= 1000);
		assert_int_equal(recorded.record[0].record.action, ACTION_redirect);
	}
}

static void path_with_a_slash_behind_it_is_recorded_without(void **state)
{
	struct call call = call_on(CALL_mkdir, "/app/__pycache__/", 0);

	(void)state;
	recorded_begin();
	call.path_length--;
	trace_call(&call, -1, 0, false);
	assert_string_equal(recorded.record[0].event.path, "/app/__pycache__");
}

static void rename_has_both_paths_and_the_new_ones_key(void **state)
{
	static const struct {
		const char *from, *to;
		bool temporary, publishes;
	} cases[] = {
		{TEMPORARY, PYC, true, true},
		{TEMPORARY, "/app/__pycache__/m.cpython-312.pyc.2", true, false},
		{PYC, "/old/__pycache__/m.cpython-312.pyc", false, false},
		{"/app/__pycache__", "/old/__pycache__", false, false},
	};
	const struct record_event *record = &recorded.record[0].event;
	const struct verdict_event *event;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct call from = call_on(CALL_rename, cases[i].from, 0);
		struct call to = call_on(CALL_rename, cases[i].to, 0);

		recorded_begin();
		trace_rename(&from, &to, i ? 0 : EXDEV);
		event = recorded_one(RECORD_rename);
		assert_true(event->key == to.key);
		assert_int_equal(event->error, i ? 0 : EXDEV);
		assert_int_equal(event->temporary, cases[i].temporary);
		assert_int_equal(event->publishes, cases[i].publishes);
		assert_string_equal(record->path, cases[i].from);
		assert_string_equal(record->path + strlen(cases[i].from) + 1,
				    cases[i].to);
	}
}

/* --- what is opened ----------------------------------------------------------------- */

static char top[] = "/tmp/pycshim-test.XXXXXX", source[64], pyc[96];

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(source, sizeof(source), "%s/m.py", top);
	snprintf(pyc, sizeof(pyc), "%s/m.pyc", top);
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	unlink(source);
	unlink(pyc);
	return rmdir(top);
}

/* Open for real, and hand the call on. */
static int open_traced(const char *path, int flags, bool stream)
{
	const char *mode = flags == O_RDONLY ? "rb" : "wb";
	struct call call = stream ? call_on_stream(path, mode)
				  : call_on(CALL_open, path, flags);
	int fd = open(path, flags | O_CLOEXEC, 0600), error = fd < 0 ? errno : 0;

	trace_call(&call, fd, error, stream);
	return fd;
}

static void forget(int fd)
{
	struct descriptor *slot = descriptor_find(fd);

	if (slot)
		descriptor_drop(slot);
	close(fd);
}

static void source_that_is_read_is_followed_and_recorded(void **state)
{
	const struct verdict_event *event;
	struct stat status = {.st_size = 321, .st_mtime = 5};
	struct descriptor *slot;
	int fd;

	(void)state;
	close(open(source, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	recorded_begin();
	trace_saw_source(pyc_path_key(source, strlen(source)), &status);
	fd = open_traced(source, O_RDONLY, false);
	event = recorded_one(RECORD_read_source);
	assert_int_equal(event->flags, 0);
	assert_int_equal(event->place, pyc_path_place(source, strlen(source)));
	assert_int_equal(recorded.record[0].event.bytes, 321);
	slot = descriptor_find(fd);
	assert_non_null(slot);
	assert_int_equal(descriptor_kind(slot), DESCRIPTOR_SOURCE);
	assert_string_equal(slot->path, source);
	assert_true(slot->key == event->key);
	forget(fd);
	/* right behind the close of its pyc; of no known size */
	recorded_begin();
	thread->direct_key = pyc_path_key(source, strlen(source));
	fd = open_traced(source, O_RDONLY, false);
	assert_int_equal(recorded_one(RECORD_read_source)->flags, RECORD_DIRECT);
	assert_int_equal(recorded.record[0].event.bytes, 0);
	forget(fd);
}

static void source_that_is_not_there_is_no_event(void **state)
{
	struct call call = call_on(CALL_open, "/app/m.py", O_RDONLY);

	(void)state;
	recorded_begin();
	trace_call(&call, -1, ENOENT, false);
	trace_call(&call, -1, ENOTDIR, false);
	assert_int_equal(recorded.count, 0);
	trace_call(&call, -1, EACCES, false);
	assert_int_equal(recorded_one(RECORD_read_source)->error, EACCES);
	/* 2.7 opens it before the pyc: what was not there may be sourceless */
	recorded_begin();
	call = call_on_stream("/app/m.py", "rb");
	trace_call(&call, -1, ENOENT, true);
	assert_true(thread->missing_source == call.key && thread->open_source == 0);
}

static void open_that_reads_no_file_is_no_event(void **state)
{
	static const int flags[] = {O_PATH, O_RDONLY | O_DIRECTORY, O_PATH | O_NOFOLLOW};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		struct call call = call_on(CALL_open, "/app/m.py", flags[i]);

		recorded_begin();
		trace_call(&call, -1, EACCES, false);
		assert_int_equal(recorded.count, 0);
	}
	/* what another program reads is not what a cache is for */
	recorded_begin();
	recorded.is_no_python = true;
	forget(open_traced(source, O_RDONLY, false));
	assert_int_equal(recorded.count, 0);
}

static void pyc_that_is_written_is_followed_even_unrecorded(void **state)
{
	struct descriptor *slot;
	struct stat status;
	unsigned i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		config.record_off = i == 1;
		recorded_begin();
		fd = open_traced(pyc, O_WRONLY | O_CREAT | O_TRUNC, i == 1);
		assert_int_equal(recorded_one(RECORD_create)->untagged, true);
		slot = descriptor_find(fd);
		assert_non_null(slot);
		assert_int_equal(descriptor_kind(slot), DESCRIPTOR_WRITTEN);
		/* a program that does not write by stdio asks itself, and tells by that */
		assert_int_equal(slot->identified, i == 1);
		assert_int_equal(fstat(fd, &status), 0);
		if (i == 0)
			trace_written_looked_at(slot, &status);
		assert_true(sys_is_file(&status, slot->device, slot->inode));
		assert_int_equal(slot->stream, i == 1);
		forget(fd);
	}
	recorded_begin();
	forget(open_traced(source, O_RDONLY, false));
	assert_int_equal(recorded.count, 0);
	config.record_off = false;
}

static void pyc_that_cannot_be_made_is_recorded_with_why(void **state)
{
	struct call call = call_on(CALL_open, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL);

	(void)state;
	recorded_begin();
	trace_call(&call, -1, EROFS, false);
	assert_int_equal(recorded_one(RECORD_create)->error, EROFS);
	assert_true(recorded.event[0].temporary);
}

static void look_at_a_pyc_counts_only_where_there_is_no_source(void **state)
{
	struct stat status = {.st_size = 9, .st_mtime = 77};
	struct call look = call_on(CALL_stat, PYC, (intptr_t)&status);
	struct call at_source = call_on(CALL_stat, "/app/m.py", (intptr_t)&status);

	(void)state;
	recorded_begin();
	trace_call(&at_source, -1, 0, false);
	assert_true(thread->seen_key == at_source.key && thread->seen_is_source);
	assert_int_equal(thread->seen.mtime, 77);
	assert_int_equal(thread->seen.bytes, 9);
	trace_call(&look, -1, ENOENT, false);
	assert_true(thread->seen_is_source && thread->seen.seen);
	trace_call(&look, -1, 0, false);
	assert_true(thread->seen_key == look.key && !thread->seen_is_source);
	assert_false(thread->seen.seen);
	assert_int_equal(recorded.count, 0);
}

static void pyc_that_is_asked_to_be_no_link_was_not_looked_up(void **state)
{
	struct call call = call_on(CALL_lstat, PYC, 0);
	struct verdict_frame *frame;

	(void)state;
	recorded_begin();
	trace_call(&call, -1, 0, false);
	assert_int_equal(recorded.count, 0);
	thread->verdict.depth = 1;
	frame = verdict_top(&thread->verdict);
	frame->key = call.key;
	frame->result = RESULT_HIT;
	trace_call(&call, -1, 0, false);
	assert_int_equal(recorded.count, 0);
	frame->result = RESULT_MISS;
	frame->source_read = true;
	trace_call(&call, -1, ENOENT, false);
	assert_int_equal(recorded.count, 0);
	frame->source_read = false;
	trace_call(&call, -1, ENOENT, false);
	(void)recorded_one(RECORD_retract);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_that_finished_is_the_event_that_it_means),
		cmocka_unit_test(path_with_a_slash_behind_it_is_recorded_without),
		cmocka_unit_test(rename_has_both_paths_and_the_new_ones_key),
		cmocka_unit_test(source_that_is_read_is_followed_and_recorded),
		cmocka_unit_test(source_that_is_not_there_is_no_event),
		cmocka_unit_test(open_that_reads_no_file_is_no_event),
		cmocka_unit_test(pyc_that_is_written_is_followed_even_unrecorded),
		cmocka_unit_test(pyc_that_cannot_be_made_is_recorded_with_why),
		cmocka_unit_test(look_at_a_pyc_counts_only_where_there_is_no_source),
		cmocka_unit_test(pyc_that_is_asked_to_be_no_link_was_not_looked_up),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
