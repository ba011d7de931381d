/* SPDX-License-Identifier: MIT */
/*
 * A descriptor of the library: -1 means none, and it is never one of the host's.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/own_fd.h"

static struct own_fd own = OWN_FD_NONE;
static struct stat status;

static int open_null(void)
{
	int fd = open("/dev/null", O_RDWR);

	assert_int_equal(fstat(fd, &status), 0);
	return fd;
}

static void what_could_not_be_opened_is_none(void **state)
{
	(void)state;
	close(open_null());
	own_fd_take(&own, -EMFILE, &status);
	assert_int_equal(own_fd_number(&own), -1);
	assert_false(own_fd_look(&own, &status));
}

static void descriptor_that_gives_way_is_on_the_same_file(void **state)
{
	int fd = open_null();

	(void)state;
	own_fd_take(&own, fd, &status);
	own_fd_give_way(fd);
	assert_int_not_equal(own_fd_number(&own), fd);
	assert_true(own_fd_look(&own, &status));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	own_fd_close(&own);
	assert_int_equal(own_fd_number(&own), -1);
}

static void descriptor_that_has_nowhere_to_go_is_none(void **state)
{
	struct rlimit limit, none;
	int fd = open_null();

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 0;
	own_fd_take(&own, fd, &status);
	setrlimit(RLIMIT_NOFILE, &none);
	own_fd_give_way(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(own_fd_number(&own), -1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void number_that_the_host_has_taken_stays_open(void **state)
{
	int fd = open_null(), other = open("/", O_RDONLY);

	(void)state;
	own_fd_take(&own, fd, &status);
	assert_true(own_fd_owns(fd));
	dup2(other, fd); /* behind our back */
	assert_false(own_fd_owns(fd));
	assert_false(own_fd_look(&own, &status));
	own_fd_close(&own);
	assert_int_equal(own_fd_number(&own), -1);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	close(fd);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_not_be_opened_is_none),
		cmocka_unit_test(descriptor_that_gives_way_is_on_the_same_file),
		cmocka_unit_test(descriptor_that_has_nowhere_to_go_is_none),
		cmocka_unit_test(number_that_the_host_has_taken_stays_open),
	};

	return RUN(tests);
}
