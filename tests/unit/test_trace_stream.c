/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/: CPython 2.7, which reads and writes by stdio.  It opens the
 * source before the pyc, and only an fstat tells that it takes a pyc.
 */
#include "recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/descriptor.h"
#include "trace/trace.h"
#include "trace/trace_fd.h"
#include "trace/trace_lookup.h"

static char top[] = "/tmp/pycshim-test.XXXXXX", source[64], pyc[64];

static int make_tree(void **state)
{
	int fd;

	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(source, sizeof(source), "%s/m.py", top);
	snprintf(pyc, sizeof(pyc), "%s/m.pyc", top);
	fd = open(source, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	return fd < 0;
}

static int remove_tree(void **state)
{
	(void)state;
	unlink(source);
	unlink(pyc);
	return rmdir(top);
}

/* Magic 62211, then the source's time, which is written last. */
static void write_pyc(uint32_t mtime)
{
	uint8_t content[] = "\3\363\r\n\0\0\0\0N";
	int fd = open(pyc, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	memcpy(content + 4, &mtime, sizeof(mtime));
	assert_int_equal(write(fd, content, 9), 9);
	close(fd);
}

static struct descriptor *open_stream(const char *path, const char *mode)
{
	int flags = *mode == 'r' ? O_RDONLY : O_RDWR | O_CREAT | O_TRUNC;
	struct call call = call_on_stream(path, mode);
	int fd = open(path, flags | O_CLOEXEC, 0600), error = fd < 0 ? errno : 0;

	trace_call(&call, fd, error, true);
	return descriptor_find(fd);
}

static void forget(struct descriptor *slot)
{
	int fd = slot->fd;

	descriptor_drop(slot);
	close(fd);
}

/* An import: the source is open, then the pyc is looked for. */
static struct descriptor *source_slot;

static struct descriptor *look_up(void)
{
	const struct stat status = {.st_mtime = 77, .st_size = 5};

	recorded_begin();
	source_slot = open_stream(source, "r");
	assert_non_null(source_slot);
	trace_saw_source(source_slot->key, &status);
	assert_int_equal(recorded_one(RECORD_read_source)->error, 0);
	recorded.count = 0;
	return open_stream(pyc, "rb");
}

static void pyc_that_is_rejected_is_told_when_it_is_closed(void **state)
{
	struct descriptor *slot;

	(void)state;
	write_pyc(77); /* by its header it could be taken: it was just being written */
	slot = look_up();
	assert_non_null(slot);
	assert_int_equal(slot->pending, PENDING_VERDICT);
	assert_int_equal(recorded.count, 0);
	trace_lookup_closed(slot);
	assert_true(recorded_one(RECORD_lookup)->flags & RECORD_REJECTED);
	assert_int_equal(thread->brackets, 1); /* the compile begins */
	assert_true(thread->bracket[0].key == source_slot->key);
	assert_int_equal(thread->bracket[0].source, descriptor_index(source_slot));
	forget(slot);
	forget(source_slot);
}

static void pyc_that_is_not_there_begins_a_compile(void **state)
{
	(void)state;
	unlink(pyc);
	assert_null(look_up());
	assert_int_equal(recorded_one(RECORD_lookup)->error, ENOENT);
	assert_true(recorded.event[0].untagged);
	assert_int_equal(thread->brackets, 1);
	assert_true(thread->imported_source == source_slot->key);
	forget(source_slot);
}

static void pyc_by_stdio_of_no_import_is_no_look_up(void **state)
{
	struct descriptor *slot;

	(void)state;
	write_pyc(77);
	recorded_begin();
	slot = open_stream(pyc, "rb");
	assert_null(slot);
	assert_int_equal(recorded.count, 0);
	/* a sourceless one: the source was tried, and is not there */
	thread->missing_source = pyc_path_key(pyc, strlen(pyc));
	slot = open_stream(pyc, "rb");
	assert_non_null(slot);
	assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_VALID);
	trace_lookup_closed(slot);
	assert_int_equal(recorded.count, 1);
	forget(slot);
}

/* Written by stdio: only what is in the file when it was closed tells that it is whole. */
static void pyc_is_complete_when_its_time_was_written(void **state)
{
	static const struct {
		uint32_t mtime;
		bool unlinked, exchanged;
		int error;
		unsigned count, flags;
	} cases[] = {
		{77, false, false, 0, 1, RECORD_COMPLETE},
		{0, false, false, 0, 1, 0},
		{77, true, false, 0, 1, 0},
		{77, false, false, ENOSPC, 1, 0},
		{77, false, true, 0, 0, 0},
	};
	struct descriptor *slot;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		recorded_begin();
		slot = open_stream(pyc, "wb");
		assert_non_null(slot);
		assert_int_equal(recorded_one(RECORD_create)->error, 0);
		recorded.count = 0;
		write_pyc(cases[i].mtime);
		if (cases[i].unlinked)
			unlink(pyc);
		fd = slot->fd;
		if (cases[i].exchanged) /* the number is another file's by now */
			assert_int_equal(dup3(0, fd, O_CLOEXEC), fd);
		trace_stream_closing(slot);
		close(fd);
		trace_stream_closed(slot, sys_time_ns(), cases[i].error);
		assert_int_equal(recorded.count, cases[i].count);
		if (cases[i].count) {
			assert_int_equal(recorded_one(RECORD_write)->flags,
					 cases[i].flags);
			assert_int_equal(recorded.event[0].error, cases[i].error);
			assert_int_equal(recorded.event[0].amount, 9);
		}
		descriptor_drop(slot);
	}
}

/* From here on the magic is known: 2.7 was seen to take a pyc. */
static void pyc_whose_size_is_asked_for_is_taken(void **state)
{
	struct descriptor *slot;
	struct stat status;

	(void)state;
	write_pyc(78); /* by its header it could not: it was exchanged meanwhile */
	slot = look_up();
	assert_non_null(slot);
	assert_int_equal(fstat(slot->fd, &status), 0);
	trace_lookup_looked_at(slot, &status);
	assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_VALID);
	assert_false(recorded.event[0].flags & RECORD_REJECTED);
	assert_int_equal(recorded.record[0].lookup.pyc_bytes, 9);
	trace_lookup_closed(slot);
	assert_int_equal(recorded.count, 1);
	assert_int_equal(thread->brackets, 0);
	forget(slot);
	forget(source_slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pyc_that_is_rejected_is_told_when_it_is_closed),
		cmocka_unit_test(pyc_that_is_not_there_begins_a_compile),
		cmocka_unit_test(pyc_by_stdio_of_no_import_is_no_look_up),
		cmocka_unit_test(pyc_is_complete_when_its_time_was_written),
		cmocka_unit_test(pyc_whose_size_is_asked_for_is_taken),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
