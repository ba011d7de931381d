/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for functions that close many descriptors at once, and for streams.
 */
#ifndef PROBE_STREAMS_H
#define PROBE_STREAMS_H

#include "probe_descriptors.h"

/* Open some descriptors from 50 on, and print which of them are open after the call. */
static void many_open(void)
{
	unsigned which;
	int fd;

	for (which = 0; which < SUBJECTS; which++) {
		fd = subject_open(which);
		if (!subjects[which].path)
			continue;
		call.dup2(fd, 50 + (int)which);
		call.close(fd);
	}
	call.open(PYC, O_RDONLY); /* the library tracks low numbers */
	call.open("m.py", O_RDONLY);
}

static void many_left(const char *detail, long result)
{
	int fd, flags;

	say_call("", detail, result);
	for (fd = 3; fd < 100; fd++) {
		flags = (int)syscall(SYS_fcntl, fd, F_GETFD);
		if (flags < 0)
			continue;
		say(" ");
		say_number(fd, 10);
		say(flags & FD_CLOEXEC ? "c" : "");
		syscall(SYS_close, fd);
	}
	say_end();
}

static void close_range_cases(int (*function)(unsigned, unsigned, int))
{
	static const struct {
		const char *label;
		unsigned first, last;
		int flags;
	} ranges[] = {
		{"52 to 55", 52, 55, 0},    {"one", 51, 51, 0},
		{"all", 3, ~0u, 0},	    {"all that can be", 3, INT_MAX, 0},
		{"none", 61, 70, 0},	    {"none at all", ~0u, ~0u, 0},
		{"backwards", 55, 52, 0},   {"cloexec", 52, 55, 4},
		{"all cloexec", 3, ~0u, 4}, {"unshare", 52, 55, 2},
		{"unknown", 52, 55, 64},    {"all unknown", 3, ~0u, 64},
	};
	unsigned i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		many_open();
		call_begin();
		many_left(ranges[i].label,
			  function(ranges[i].first, ranges[i].last, ranges[i].flags));
	}
}

static void closefrom_cases(void (*function)(int))
{
	static const int firsts[] = {3, 4, 55, 1000, 1001, 1 << 20, INT_MAX};
	unsigned i;

	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		many_open();
		call_begin();
		function(firsts[i]);
		many_left("", firsts[i]);
	}
}

static const struct {
	const char *label, *path, *mode;
} streams[] = {
	{"plain", "plain", "r+"},    {"a source", "m.py", "r"},
	{"a pyc", PYC, "r"},	     {"a pyc", PYC, "w"},
	{"a new pyc", "n.pyc", "w"}, {"a full device", "/dev/full", "w"},
	{"memory", NULL, NULL},
};
#define STREAMS (sizeof(streams) / sizeof(streams[0]))

static FILE *stream_open(unsigned which)
{
	static char memory[64];

	tree_is_dirty = true;
	tree_reset();
	tree_is_dirty = true;
	return streams[which].path ? call.fopen(streams[which].path, streams[which].mode)
				   : fmemopen(memory, sizeof(memory), "r+");
}

static void fclose_cases(int (*function)(FILE *))
{
	unsigned which, with;
	FILE *stream;

	for (which = 0; which < STREAMS; which++)
		for (with = 0; with < 2; with++) {
			stream = stream_open(which);
			if (with)
				fputs("content", stream);
			call_begin();
			say_call(streams[which].label, with ? "with content" : "",
				 function(stream));
			say_path(AT_FDCWD, streams[which].path);
			say_end();
		}
}

static void fflush_cases(int (*function)(FILE *))
{
	unsigned which, with;
	FILE *stream;

	for (which = 0; which < STREAMS; which++)
		for (with = 0; with < 2; with++) {
			stream = stream_open(which);
			if (with)
				fputs("content", stream);
			call_begin();
			say_call(streams[which].label, with ? "with content" : "",
				 function(stream));
			say_path(AT_FDCWD, streams[which].path);
			say(" close ");
			say_number(call.fclose(stream), 10);
			say_end();
		}
	call_begin();
	say_call("all of them", "", function(NULL));
	say_end();
}

static void closedir_cases(int (*function)(DIR *))
{
	DIR *stream;

	tree_reset();
	stream = call.opendir("pkg/__pycache__");
	call_begin();
	say_call("a cache", "", function(stream));
	say_end();
	call_begin();
	say_call("none", "", function(NULL));
	say_end();
}

/* The order of the names may differ: compare a sum over them. */
static void readdir_cases(struct dirent *(*function)(DIR *))
{
	static const char *const directories[] = {".", "pkg", "pkg/__pycache__", "empty"};
	unsigned i, names;
	unsigned long sum;
	struct dirent *entry;
	const char *at;
	DIR *stream;

	for (i = 0; i < 4; i++) {
		tree_reset();
		stream = call.opendir(directories[i]);
		names = 0;
		sum = 0;
		for (call_begin(); (entry = function(stream)); names++)
			for (at = entry->d_name; *at; at++)
				sum += (unsigned char)*at;
		say_call(directories[i], "", names);
		say(" sum ");
		say_number((long)sum, 10);
		say_end();
		call.closedir(stream);
	}
}

#endif
