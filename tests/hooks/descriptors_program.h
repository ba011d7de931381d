/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the cases of `descriptors`: checks of what the program sees of its files,
 * and calls that the library has to record meanwhile.
 */
#ifndef DESCRIPTORS_PROGRAM_H
#define DESCRIPTORS_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than the highest descriptor number that the library uses. */
#define MANY 1100

static unsigned events; /* number of events that should be recorded */
static int out;		/* a copy of standard output */

static void check(bool holds, const char *what)
{
	int error = errno;

	if (holds)
		return;
	dprintf(out, "%s (errno %d: %s)\n", what, error, strerror(error));
	_exit(1);
}

#define CHECK(condition) check(condition, #condition)

/* Make calls that the library records as three events, and check their results. */
static void make_events(void)
{
	static const char path[] = "m.cpython-311.pyc.4711";
	int fd;

	errno = ESRCH;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	CHECK(write(fd, "abc", 3) == 3);
	CHECK(close(fd) == 0);
	CHECK(unlink(path) == 0);
	CHECK(errno == ESRCH);
	events += 3;
}

static int lines; /* written to the file `content` */

/* Open a file with known content under each number from `first` on. */
static void fill(int first)
{
	int fd = first, last = first;

	for (; fd < MANY; lines++, last = fd) {
		fd = open("content", O_RDWR | O_CREAT | O_APPEND, 0600);
		CHECK(fd >= last && fd <= last + 3); /* the library may use two numbers */
		CHECK(write(fd, "content\n", 8) == 8);
	}
}

/* The file has nothing but the known content. */
static void check_content(void)
{
	int fd = open("content", O_RDONLY), line;
	char text[9] = "";

	for (line = 0; line < lines; line++) {
		CHECK(read(fd, text, 8) == 8);
		CHECK(strcmp(text, "content\n") == 0);
	}
	CHECK(read(fd, text, 1) == 0);
	close(fd);
}

static int is_listed(int fd)
{
	char name[32], target[256];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return readlink(name, target, sizeof(target)) > 0;
}

/*
 * To the program the library's descriptors look closed.  Only close() of one succeeds,
 * because a program that closes all that /proc/self/fd lists expects that.
 */
static void check_hidden(void)
{
	struct stat status;
	int fd, listed;
	char byte;

	for (fd = 3; fd < 4096; fd++) {
		if (fd == out)
			continue;
		CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
		CHECK(read(fd, &byte, 1) == -1 && errno == EBADF);
		CHECK(write(fd, "x", 1) == -1 && errno == EBADF);
		CHECK(fstat(fd, &status) == -1 && errno == EBADF);
		CHECK(dup(fd) == -1 && errno == EBADF);
		listed = is_listed(fd);
		errno = EBADF;
		CHECK(close(fd) == (listed ? 0 : -1) && errno == EBADF);
	}
}

static void reuse_all(void)
{
	make_events();
	fill(3);
	make_events();
	check_content();
}

#endif
