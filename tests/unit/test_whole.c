/* SPDX-License-Identifier: MIT */
/*
 * Which file of a thread is incomplete: the one to which the thread's last write failed.
 */
#include "check.h"

#include <errno.h>
#include <pthread.h>

#include <unistd.h>

#include "host/thread.h"
#include "host/whole.h"

static void file_is_whole_again_after_a_write_that_went_well(void **state)
{
	(void)state;
	assert_int_equal(whole_error(1, 2), 0);
	whole_note(1, 2, ENOSPC);
	assert_int_equal(whole_error(1, 2), ENOSPC);
	assert_int_equal(whole_error(2, 2), 0);
	assert_int_equal(whole_error(1, 3), 0);
	whole_note(1, 3, 0);
	assert_int_equal(whole_error(1, 2), ENOSPC);
	whole_note(1, 2, EIO);
	assert_int_equal(whole_error(1, 2), EIO);
	whole_note(1, 2, 0);
	assert_int_equal(whole_error(1, 2), 0);
}

/* As many failures as a thread may see while another is between a write and a rename. */
static void *fail_often(void *unused)
{
	ino_t inode;

	assert_true(thread_take(getpid(), gettid()));
	for (inode = 100; inode < 200; inode++)
		whole_note(1, inode, ENOSPC);
	return unused;
}

static void failures_of_other_threads_displace_none(void **state)
{
	pthread_t other;

	(void)state;
	whole_note(1, 2, EDQUOT);
	pthread_create(&other, NULL, fail_often, NULL);
	pthread_join(other, NULL);
	assert_int_equal(whole_error(1, 2), EDQUOT);
	assert_int_equal(whole_error(1, 199), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_is_whole_again_after_a_write_that_went_well),
		cmocka_unit_test(failures_of_other_threads_displace_none),
	};

	return RUN(tests);
}
