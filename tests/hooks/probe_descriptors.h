/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for functions that take a descriptor or a stream.
 */
#ifndef PROBE_DESCRIPTORS_H
#define PROBE_DESCRIPTORS_H

#include <sys/mman.h>

#include "probe_cases.h"

/* Descriptors of all kinds; the library tracks only some of them. */
static const struct {
	const char *label, *path;
	int flags;
} subjects[] = {
	{"plain, reading", "plain", O_RDONLY},
	{"plain, writing", "plain", O_WRONLY},
	{"a source", "m.py", O_RDONLY},
	{"a pyc, reading", PYC, O_RDONLY},
	{"a pyc, both", PYC, O_RDWR},
	{"a pyc, appending", "m.pyc", O_WRONLY | O_APPEND},
	{"a new pyc", NEW_PYC, O_WRONLY | O_CREAT | O_EXCL},
	{"a temporary", TEMPORARY, O_WRONLY | O_CREAT | O_EXCL},
	{"a cache", "pkg/__pycache__", O_RDONLY | O_DIRECTORY},
	{"a name only", PYC, O_PATH},
	{"a full device", "/dev/full", O_RDWR},
	{"-1", NULL, -1},
	{"a closed one", NULL, 700},
	{"a large number", NULL, 1 << 30},
	{"the least number", NULL, INT_MIN},
};
#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static int subject_open(unsigned which)
{
	tree_reset();
	if (!subjects[which].path)
		return subjects[which].flags;
	tree_is_dirty |= subjects[which].flags & O_CREAT;
	/* an import looks at the source before it opens the pyc */
	call.stat("pkg/m.py", &status);
	return call.open(subjects[which].path, subjects[which].flags, 0644);
}

static void subject_close(unsigned which, int fd)
{
	if (subjects[which].path)
		call.close(fd);
}

#define EACH_SUBJECT(which, fd)                                                          \
	(unsigned which = 0, fd = (unsigned)subject_open(0); which < SUBJECTS;           \
	 subject_close(which, (int)fd), which++,                                         \
	 fd = which < SUBJECTS ? (unsigned)subject_open(which) : 0)

static void moved(unsigned which, const char *detail, int fd, long result)
{
	say_call(subjects[which].label, detail, result);
	say(" at ");
	say_number(syscall(SYS_lseek, fd, 0, SEEK_CUR), 10);
	say_descriptor(fd);
	say_end();
}

static void read_cases(ssize_t (*function)(int, void *, size_t))
{
	static char buffer[64];
	const struct {
		const char *label;
		void *buffer;
		size_t bytes;
	} reads[] = {{"some", buffer, 7},    {"the rest", buffer, sizeof(buffer)},
		     {"the end", buffer, 1}, {"nothing", buffer, 0},
		     {"to NULL", NULL, 5},   {"much to NULL", NULL, SIZE_MAX / 2}};
	unsigned i;

	for
		EACH_SUBJECT(which, fd)
	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		call_begin();
		moved(which, reads[i].label, (int)fd,
		      function((int)fd, reads[i].buffer, reads[i].bytes));
	}
}

static void write_cases(ssize_t (*function)(int, const void *, size_t))
{
	static const struct {
		const char *label;
		const void *buffer;
		size_t bytes;
	} writes[] = {{"some", "0123456789", 10},
		      {"nothing", "", 0},
		      {"from NULL", NULL, 5},
		      {"nothing from NULL", NULL, 0},
		      {"more", "more", 4}};
	unsigned i;

	for
		EACH_SUBJECT(which, fd)
	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		call_begin();
		tree_is_dirty = true;
		moved(which, writes[i].label, (int)fd,
		      function((int)fd, writes[i].buffer, writes[i].bytes));
	}
}

static void close_cases(int (*function)(int))
{
	unsigned which, twice;
	int fd;

	for (which = 0; which < SUBJECTS; which++) {
		fd = subject_open(which);
		for (twice = 0; twice < 2; twice++) {
			call_begin();
			moved(which, twice ? "again" : "", fd, function(fd));
		}
	}
}

static void fstat_cases(int (*function)(int, struct stat *))
{
	unsigned buffer;

	for
		EACH_SUBJECT(which, fd)
	for (buffer = 0; buffer < 3; buffer++) {
		call_begin();
		looked(subjects[which].label, buffer_labels[buffer],
		       function((int)fd, buffer_at(buffer)));
	}
}

static void isatty_cases(void)
{
	for
		EACH_SUBJECT(which, fd)
		{
			call_begin();
			say_call(subjects[which].label, "", call.isatty((int)fd));
			say_end();
		}
}

static void fxstat_cases(int (*function)(int, int, struct stat *))
{
	int version;

	for
		EACH_SUBJECT(which, fd)
	for (version = 0; version < 3; version++) {
		call_begin();
		looked(subjects[which].label, "", function(version, (int)fd, &status));
	}
}

static void doubled(unsigned which, const char *detail, int fd, int result)
{
	moved(which, detail, fd, result);
	if (result >= 0 && result != fd)
		call.close(result);
}

static void dup_cases(int (*function)(int))
{
	for
		EACH_SUBJECT(which, fd)
		{
			call_begin();
			doubled(which, "", (int)fd, function((int)fd));
		}
}

static void dup3_cases(int (*function)(int, int, int))
{
	static const int flags[] = {0, O_CLOEXEC, O_APPEND};
	const unsigned fewer = 4; /* are enough for flags that make no other difference */
	unsigned i, other;
	int to;

	for
		EACH_SUBJECT(which, fd)
	for (i = 0; i < 3; i++)
		for (other = 0; other < (i ? fewer : SUBJECTS + 2); other++) {
			to = other < SUBJECTS	 ? subject_open(other)
			     : other == SUBJECTS ? (int)fd
						 : 60;
			call_begin();
			moved(which, other < SUBJECTS ? subjects[other].label : "itself",
			      to, function((int)fd, to, flags[i]));
			if (to >= 0 && to != (int)fd)
				syscall(SYS_close, to);
		}
}

static int as_dup3(int fd, int to, int flags)
{
	(void)flags;
	return call.dup2(fd, to);
}

static void fcntl_cases(int (*function)(int, int, ...))
{
	static struct flock lock = {.l_type = F_RDLCK};

	for
		EACH_SUBJECT(which, fd)
		{
			call_begin();
			moved(which, "GETFD", (int)fd, function((int)fd, F_GETFD));
			call_begin();
			moved(which, "SETFD", (int)fd,
			      function((int)fd, F_SETFD, FD_CLOEXEC));
			call_begin();
			moved(which, "GETFL", (int)fd, function((int)fd, F_GETFL));
			call_begin();
			moved(which, "SETFL", (int)fd,
			      function((int)fd, F_SETFL, O_NONBLOCK));
			call_begin();
			doubled(which, "DUPFD 60", (int)fd,
				function((int)fd, F_DUPFD, 60));
			call_begin();
			doubled(which, "DUPFD -1", (int)fd,
				function((int)fd, F_DUPFD, -1));
			call_begin();
			doubled(which, "DUPFD_CLOEXEC", (int)fd,
				function((int)fd, F_DUPFD_CLOEXEC, 0));
			call_begin();
			moved(which, "GETLK", (int)fd, function((int)fd, F_GETLK, &lock));
			call_begin();
			moved(which, "GETLK bad", (int)fd,
			      function((int)fd, F_GETLK, (void *)8));
			call_begin();
			moved(which, "unknown", (int)fd, function((int)fd, 12345, 0));
		}
}

static void fdopen_cases(FILE *(*function)(int, const char *))
{
	static const char *const modes[] = {"r", "w", "a+", "bogus"};
	unsigned which, mode;
	FILE *stream;
	bool content;
	char byte[1];
	int fd;

	for (which = 0; which < SUBJECTS; which++)
		for (mode = 0; mode < 4; mode++) {
			fd = subject_open(which);
			call_begin();
			stream = function(fd, modes[mode]);
			moved(which, modes[mode], fd, stream != NULL);
			content = stream && fread(byte, 1, 1, stream) == 1;
			if (stream)
				moved(which, content ? "close, with content" : "close",
				      fd, call.fclose(stream));
			else
				subject_close(which, fd);
		}
}

static void fdopendir_cases(DIR *(*function)(int))
{
	unsigned which;
	DIR *stream;
	int fd;

	for (which = 0; which < SUBJECTS; which++) {
		fd = subject_open(which);
		call_begin();
		stream = function(fd);
		moved(which, "", fd, stream != NULL);
		if (stream)
			moved(which, "close", fd, call.closedir(stream));
		else
			subject_close(which, fd);
	}
}

#endif
