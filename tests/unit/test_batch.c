/* SPDX-License-Identifier: MIT */
/*
 * Which events wait for the next one, and when they are written.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/process.h"
#include "host/thread.h"
#include "read/reader.h"
#include "record/batch.h"
#include "record/recorder.h"
#include "recording_file.h"

#define KEY 0x1234

/* How many records the recording has, without the process's own. */
static unsigned written(void)
{
	const struct record *record;
	struct reader reader;
	unsigned count = 0;

	assert_int_equal(reader_open(&reader, path), 0);
	while ((record = reader_next(&reader)))
		count += record->type != RECORD_PROCESS;
	assert_int_equal(reader.damaged_bytes, 0);
	reader_close(&reader);
	return count;
}

/* Record an event whose path has so many letters. */
static void append(struct verdict_event event, size_t letters)
{
	struct {
		struct record_event event;
		char path[1024];
	} record = {.event.record.type = event.operation,
		    .event.record.flags = event.flags};

	assert_true(letters + 16 < sizeof(record.path));
	assert_true(process_gate(__builtin_frame_address(0)));
	memset(record.event.path, 'x', letters);
	event.key = KEY;
	recorder_append(&record.event.record, sizeof(record.event) + letters + 1, &event);
}

static const struct verdict_event
	miss = {.operation = RECORD_lookup, .error = ENOENT, .flags = RECORD_SOURCE_SEEN},
	hit = {.operation = RECORD_lookup, .flags = RECORD_SOURCE_SEEN},
	read_source = {.operation = RECORD_read_source},
	compile = {.operation = RECORD_compile, .flags = RECORD_EXACT},
	compile_at_most = {.operation = RECORD_compile},
	make = {.operation = RECORD_create, .temporary = true},
	make_failed = {.operation = RECORD_create, .temporary = true, .error = EROFS},
	write_pyc = {.operation = RECORD_write, .temporary = true},
	move = {.operation = RECORD_rename, .temporary = true, .publishes = true};

/* Each case: events, and how many are written after each of them. */
static const struct {
	const char *name;
	const struct verdict_event *event[6];
	unsigned written[6];
} cases[] = {
	{"kept",
	 {&miss, &read_source, &compile, &make, &write_pyc, &move},
	 {0, 2, 2, 2, 2, 6}},
	{"refused", {&miss, &read_source, &compile, &make_failed}, {0, 2, 2, 4}},
	{"not written", {&miss, &read_source, &compile_at_most}, {0, 2, 3}},
	{"hit", {&hit}, {1}},
	{"copied", {&make, &write_pyc, &move}, {1, 2, 3}},
	{"interrupted", {&miss, &read_source, &compile, &hit}, {0, 2, 2, 4}},
};

static void a_group_is_written_with_its_last_event(void **state)
{
	unsigned i, j, before;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		before = written();
		for (j = 0; j < 6 && cases[i].event[j]; j++) {
			append(*cases[i].event[j], 40);
			if (written() - before != cases[i].written[j])
				fail_msg("%s: %u records after event %u", cases[i].name,
					 written() - before, j + 1);
		}
	}
}

/* The thread was in the middle of reading a source of 2.7, which looks for the pyc then. */
static void no_lookup_waits_whose_source_was_read(void **state)
{
	unsigned before = written();

	(void)state;
	thread->open_source = KEY;
	append(miss, 40);
	thread->open_source = 0;
	assert_int_equal(written() - before, 1);
}

static void long_paths_are_written_sooner_and_in_order(void **state)
{
	unsigned before = written();

	(void)state;
	append(compile, 700);
	assert_int_equal(written() - before, 0);
	append(make, 700);
	assert_int_equal(written() - before, 2);
	append(write_pyc, 700);
	append(move, 700);
	assert_int_equal(written() - before, 4);
}

static void what_waits_is_written_when_it_is_told(void **state)
{
	unsigned before = written();

	(void)state;
	append(compile, 40);
	assert_true(recorder_waits());
	recorder_flush();
	assert_false(recorder_waits());
	assert_int_equal(written() - before, 1);
}

static void fork_child_does_not_write_what_its_parent_will(void **state)
{
	unsigned before = written();
	pid_t child;
	int status;

	(void)state;
	append(compile, 40);
	child = fork();
	if (child == 0) {
		append(hit, 40);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(written() - before, 1);
	append(hit, 40);
	assert_int_equal(written() - before, 3);
}

/* Where a group finds no room as a whole, each of its records is tried. */
static void what_finds_no_room_is_counted_as_lost(void **state)
{
	uint64_t lost = process->totals.lost_events;
	unsigned count;

	(void)state;
	for (count = 0; count < 2000 && process->totals.lost_events == lost; count++)
		append(hit, 40);
	assert_int_equal(process->totals.lost_events, lost + 1);
	append(miss, 40);
	assert_int_equal(process->totals.lost_events, lost + 1);
	append(read_source, 40);
	assert_int_equal(process->totals.lost_events, lost + 3);
}

static int open_recording(void **state)
{
	(void)state;
	return begin_recording("64K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_written_with_its_last_event),
		cmocka_unit_test(no_lookup_waits_whose_source_was_read),
		cmocka_unit_test(long_paths_are_written_sooner_and_in_order),
		cmocka_unit_test(what_waits_is_written_when_it_is_told),
		cmocka_unit_test(fork_child_does_not_write_what_its_parent_will),
		cmocka_unit_test(what_finds_no_room_is_counted_as_lost),
	};

	return cmocka_run_group_tests(tests, open_recording, remove_recording);
}
