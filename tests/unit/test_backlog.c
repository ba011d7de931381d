/* SPDX-License-Identifier: MIT */
/*
 * Records that wait for the thread that writes them: none is lost or torn, those of each
 * thread stay in order, and their memory is reused.
 */
#include "check.h"

#include <pthread.h>
#include <string.h>

#include "host/process.h"
#include "record/backlog.h"

#define THREADS 4
#define RECORDS 30000
#define WORDS 9

static struct process self = {.number = 1};

struct long_record {
	struct record record;
	uint64_t word[WORDS];
};

/* The content identifies the record; records have several lengths. */
static struct long_record make(unsigned thread, unsigned number)
{
	struct long_record made = {.record = {.magic = RECORD_MAGIC, .tid = thread}};
	unsigned i;

	made.record.size = (uint16_t)(sizeof(struct record) + 8 * (number % WORDS + 1));
	for (i = 0; i < WORDS; i++)
		made.word[i] = number;
	return made;
}

static bool is_whole(const struct record *record, unsigned number)
{
	const struct long_record *copy = (const void *)record;
	struct long_record wanted = make(record->tid, number);

	return memcmp(copy, &wanted, record->size) == 0;
}

static void records_come_back_in_their_order(void **state)
{
	const struct record *first;
	struct long_record record;
	unsigned i;

	(void)state;
	assert_true(backlog_is_empty());
	assert_null(backlog_first());
	assert_false(backlog_waits());
	for (i = 0; i < 10; i++) {
		record = make(1, i);
		assert_true(backlog_add(&record.record));
	}
	for (i = 0; i < 10; i++) {
		assert_false(backlog_is_empty());
		assert_true(backlog_waits());
		first = backlog_first();
		assert_non_null(first);
		assert_true(is_whole(first, i));
		backlog_drop_first();
	}
	assert_true(backlog_is_empty());
	assert_null(backlog_first());
}

static void full_one_takes_no_more_until_it_is_emptied(void **state)
{
	struct long_record record = make(1, 0);
	unsigned turn, count;

	(void)state;
	for (turn = 0; turn < 2; turn++) {
		for (count = 0; backlog_add(&record.record); count++)
			;
		assert_int_equal(count, BACKLOG_BYTES / record.record.size);
		for (; backlog_first(); count--)
			backlog_drop_first();
		assert_int_equal(count, 0);
		assert_true(backlog_is_empty());
	}
}

static void process_does_not_see_the_one_of_another(void **state)
{
	struct long_record record = make(1, 0);

	(void)state;
	assert_true(backlog_add(&record.record));
	self.number++; /* as in a fork child */
	assert_true(backlog_is_empty());
	assert_null(backlog_first());
	assert_true(backlog_add(&record.record));
	backlog_drop_first();
	assert_true(backlog_is_empty());
}

static unsigned seen_waiting;

static void *leave(void *argument)
{
	unsigned thread = (unsigned)(uintptr_t)argument, number;
	struct long_record record;

	for (number = 0; number < RECORDS; number++) {
		record = make(thread, number);
		while (!backlog_add(&record.record))
			;
		__atomic_add_fetch(&seen_waiting, backlog_waits(), __ATOMIC_RELAXED);
	}
	return NULL;
}

static void records_of_many_threads_stay_whole_and_in_order(void **state)
{
	unsigned next[THREADS] = {0}, count = 0, wrong = 0;
	const struct record *first;
	pthread_t threads[THREADS];
	uintptr_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, leave, (void *)i);
	while (count < THREADS * RECORDS) {
		first = backlog_first();
		if (!first)
			continue;
		wrong += !is_whole(first, next[first->tid]++);
		backlog_drop_first();
		count++;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(wrong, 0);
	assert_true(seen_waiting > 0);
	assert_true(backlog_is_empty());
	assert_false(backlog_waits());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_in_their_order),
		cmocka_unit_test(full_one_takes_no_more_until_it_is_emptied),
		cmocka_unit_test(process_does_not_see_the_one_of_another),
		cmocka_unit_test(records_of_many_threads_stay_whole_and_in_order),
	};

	process = &self;
	return RUN(tests);
}
