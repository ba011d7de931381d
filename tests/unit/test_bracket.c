/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/bracket.c: the begin and end of a compile, and the time in
 * between that does not count for it.
 */
#include "recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/descriptor.h"
#include "trace/bracket.h"

#define A "/app/a.py"
#define B "/app/b.py"
#define WORK_NS 3000000 /* of CPU time: far more than a touch takes */

static uint64_t key_of(const char *path)
{
	return pyc_path_key(path, strlen(path));
}

/* Use CPU time, as a compile does. */
static void work(void)
{
	uint64_t begin = sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);

	while (sys_clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin < WORK_NS)
		;
}

/* A source was read and closed: its slot keeps the path. */
static struct descriptor *read_source(const char *path)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct descriptor *slot = descriptor_add(fd, DESCRIPTOR_SOURCE);

	assert_non_null(slot);
	slot->key = key_of(path);
	strcpy(slot->path, path);
	descriptor_keep_path(slot);
	close(fd);
	bracket_begin(slot->key, slot);
	return slot;
}

static void touch(const char *path)
{
	bracket_touch(key_of(path), path);
}

/*
 * Check the compile that was recorded at this index: its source and its amount of work.
 */
static void expect_compile(unsigned at, const char *path, bool exact, unsigned works)
{
	const struct record_compile *compile = &recorded.record[at].compile;

	assert_true(at < recorded.count);
	assert_int_equal(compile->record.type, RECORD_compile);
	assert_string_equal(compile->path, path);
	assert_int_equal((compile->record.flags & RECORD_EXACT) != 0, exact);
	assert_int_equal(recorded.event[at].flags & RECORD_EXACT,
			 exact ? RECORD_EXACT : 0);
	assert_true(compile->cpu_ns == recorded.event[at].amount);
	assert_true(compile->cpu_ns >= works * (uint64_t)WORK_NS);
	assert_true(compile->cpu_ns < works * (uint64_t)WORK_NS + WORK_NS);
}

static void look_at_the_source_ends_its_compile_exactly(void **state)
{
	struct descriptor *slot;

	(void)state;
	recorded_begin();
	slot = read_source(A);
	assert_true(bracket_waits());
	work();
	touch(A);
	assert_int_equal(recorded.count, 1);
	expect_compile(0, A, true, 1);
	assert_int_equal(thread->brackets, 0);
	assert_int_equal(descriptor_kind(slot),
			 DESCRIPTOR_FREE); /* the slot is free again */
	touch(A);
	assert_int_equal(recorded.count, 1);
}

static void next_call_gives_an_upper_bound_once(void **state)
{
	(void)state;
	recorded_begin();
	read_source(A);
	work();
	touch(B);
	assert_int_equal(recorded.count, 1);
	expect_compile(0, A, false, 1);
	assert_false(bracket_waits());
	work();
	bracket_touch(0, NULL);
	assert_int_equal(recorded.count, 1);
	bracket_touch(key_of(A), NULL); /* the end mark comes late */
	assert_int_equal(recorded.count, 2);
	/* the time between the two middle calls belongs to another compile */
	expect_compile(1, A, true, 1);
}

static void compile_within_a_compile_is_counted_once(void **state)
{
	(void)state;
	recorded_begin();
	read_source(A);
	work();	  /* a's, before it needs a codec */
	touch(B); /* looks for the codec */
	read_source(B);
	work(); /* the codec's */
	touch(B);
	work(); /* a's again */
	touch(A);
	assert_int_equal(recorded.count, 3);
	expect_compile(0, A, false, 1);
	expect_compile(1, B, true, 1);
	expect_compile(2, A, true, 2);
	assert_int_equal(thread->brackets, 0);
}

static void end_of_an_outer_compile_ends_those_within(void **state)
{
	struct descriptor *inner;

	(void)state;
	recorded_begin();
	read_source(A);
	inner = read_source(B);
	touch(A);
	assert_int_equal(thread->brackets, 0);
	assert_int_equal(descriptor_kind(inner), DESCRIPTOR_FREE);
}

/* pkg/__init__.py in two directories has the same key. */
static void source_of_an_equal_key_ends_nothing(void **state)
{
	static const char one[] = "/usr/http/__init__.py",
			  two[] = "/app/http/__init__.py";

	(void)state;
	assert_true(key_of(one) == key_of(two));
	recorded_begin();
	read_source(one);
	touch(two);
	assert_int_equal(recorded.count, 1);
	assert_false(recorded.event[0].flags & RECORD_EXACT);
	touch(one);
	assert_int_equal(recorded.count, 2);
	assert_true(recorded.event[1].flags & RECORD_EXACT);
}

static void compile_that_begins_again_is_one(void **state)
{
	(void)state;
	recorded_begin();
	read_source(A);
	work();
	read_source(A);
	touch(A);
	assert_int_equal(recorded.count, 1);
	expect_compile(0, A, true, 0);
	assert_int_equal(thread->brackets, 0);
}

static void outermost_is_dropped_where_there_are_too_many(void **state)
{
	struct descriptor *first = NULL, *slot;
	char path[32];
	unsigned i;

	(void)state;
	recorded_begin();
	for (i = 0; i < BRACKET_DEPTH + 1; i++) {
		snprintf(path, sizeof(path), "/app/m%u.py", i);
		slot = read_source(path);
		if (i == 0)
			first = slot;
	}
	assert_int_equal(thread->brackets, BRACKET_DEPTH);
	assert_int_equal(descriptor_kind(first), DESCRIPTOR_FREE);
	assert_true(thread->bracket[0].key == key_of("/app/m1.py"));
	touch("/app/m1.py");
	assert_int_equal(thread->brackets, 0);
}

static void place_where_no_pyc_can_be_made_is_told(void **state)
{
	(void)state;
	recorded_begin();
	read_source("/none/m.py");
	touch(B);
	assert_true(recorded.record[0].record.flags & RECORD_UNWRITABLE);
	assert_string_equal(recorded.record[0].compile.path, "/none/m.py");
	recorded_begin();
	read_source("/tmp/m.py");
	touch(B);
	assert_false(recorded.record[0].record.flags & RECORD_UNWRITABLE);
}

static void compile_whose_source_is_not_known_has_no_path(void **state)
{
	(void)state;
	recorded_begin();
	bracket_begin(key_of(A), NULL);
	touch(A);
	expect_compile(0, "", true, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(look_at_the_source_ends_its_compile_exactly),
		cmocka_unit_test(next_call_gives_an_upper_bound_once),
		cmocka_unit_test(compile_within_a_compile_is_counted_once),
		cmocka_unit_test(end_of_an_outer_compile_ends_those_within),
		cmocka_unit_test(source_of_an_equal_key_ends_nothing),
		cmocka_unit_test(compile_that_begins_again_is_one),
		cmocka_unit_test(outermost_is_dropped_where_there_are_too_many),
		cmocka_unit_test(place_where_no_pyc_can_be_made_is_told),
		cmocka_unit_test(compile_whose_source_is_not_known_has_no_path),
	};

	return RUN(tests);
}
