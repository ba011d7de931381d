/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for each kind of function.  Rows with the same arguments share a
 * case; each case gets the function that the dynamic linker found for the row.
 */
#ifndef PROBE_CASES_H
#define PROBE_CASES_H

#include <dirent.h>
#include <stdio.h>

#include "probe_paths.h"

#define EACH_PATH(variable)                                                              \
	(const struct path *variable = paths; variable < paths + paths_count();          \
	 variable++)

/* The functions of the rows, as the dynamic linker finds them. */
static struct {
#define HOOK(kind, type, failure, operation, name, parameters, ...)                      \
	type(*name) parameters;
#include "hooks/hooks.def"
#undef HOOK
} call;

/* --- opening ------------------------------------------------------------------------- */

static const struct {
	const char *label;
	int flags;
	unsigned mode;
} ways[] = {
	{"rdonly", O_RDONLY, 0},
	{"rdwr,append", O_RDWR | O_APPEND, 0},
	{"wronly,trunc,cloexec", O_WRONLY | O_TRUNC | O_CLOEXEC, 0},
	{"creat 0640", O_RDONLY | O_CREAT, 0640},
	{"wronly,creat,excl 07604", O_WRONLY | O_CREAT | O_EXCL, 07604},
	{"directory", O_RDONLY | O_DIRECTORY, 0},
	{"path", O_PATH, 0},
	{"path,nofollow", O_PATH | O_NOFOLLOW, 0},
	{"nofollow", O_RDONLY | O_NOFOLLOW, 0},
	{"tmpfile 0606", O_TMPFILE | O_RDWR, 0606},
	{"accmode", O_ACCMODE, 0},
	{"unknown", O_RDONLY | 0x40000000, 0},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* Print what kind of file was opened, and close it. */
static void opened(const char *what, const char *detail, int flags, int fd)
{
	tree_is_dirty |= fd >= 0 && flags & (O_CREAT | O_TRUNC);
	say_call(what, detail, fd);
	if (fd >= 0) {
		say_descriptor(fd);
		say(" close ");
		say_number(call.close(fd), 10);
	}
	say_end();
}

static void open_cases(int (*function)(const char *, int, ...))
{
	size_t way;

	for
		EACH_PATH(at)
	for (way = 0; way < WAYS; way++) {
		tree_reset();
		call_begin();
		if (ways[way].mode)
			opened(at->label, ways[way].label, ways[way].flags,
			       function(at->path, ways[way].flags, ways[way].mode));
		else
			opened(at->label, ways[way].label, ways[way].flags,
			       function(at->path, ways[way].flags));
	}
}

/* Directory descriptors that a path can be relative to. */
static const char *const bases[] = {"cwd", "pkg", "file", "-1", "closed", "pyc", "path"};
#define BASES (sizeof(bases) / sizeof(bases[0]))

static int base_open(unsigned base)
{
	switch (base) {
	case 0:
		return AT_FDCWD;
	case 1:
		return call.open("pkg", O_RDONLY | O_DIRECTORY);
	case 2:
		return call.open("plain", O_RDONLY);
	case 3:
		return -1;
	case 4:
		return 777;
	case 5:
		return call.open(PYC, O_RDWR);
	default:
		return call.open("pkg/__pycache__", O_PATH);
	}
}

static void base_close(int fd)
{
	if (fd >= 0 && fd != 777)
		call.close(fd);
}

#define EACH_BASE(base, fd)                                                              \
	(unsigned base = 0, fd = (tree_reset(), (unsigned)base_open(0)); base < BASES;   \
	 base_close((int)fd), base++,                                                    \
	 fd = base < BASES ? (tree_reset(), (unsigned)base_open(base)) : (unsigned)-1)

static void openat_cases(int (*function)(int, const char *, int, ...))
{
	size_t way;

	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
		for (way = 0; way < WAYS; way += 3) {
			call_begin();
			opened(bases[base], at->label, ways[way].flags,
			       function((int)fd, at->path, ways[way].flags,
					ways[way].mode));
		}
}

/*
 * Fortified functions abort if a mode is missing: the context `abort` of probe.c tests
 * it.
 */
static void open_2_cases(int (*function)(const char *, int))
{
	size_t way;

	for
		EACH_PATH(at)
	for (way = 0; way < WAYS; way++) {
		if (ways[way].mode)
			continue;
		tree_reset();
		call_begin();
		opened(at->label, ways[way].label, ways[way].flags,
		       function(at->path, ways[way].flags));
	}
}

static void openat_2_cases(int (*function)(int, const char *, int))
{
	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
			{
				call_begin();
				opened(bases[base], at->label, 0,
				       function((int)fd, at->path, O_RDWR));
			}
}

static void creat_cases(int (*function)(const char *, mode_t))
{
	for
		EACH_PATH(at)
		{
			tree_reset();
			call_begin();
			opened(at->label, "0751", O_CREAT, function(at->path, 0751));
		}
}

static void fopen_cases(FILE *(*function)(const char *, const char *))
{
	static const char *const modes[] = {"r", "rb+", "w", "ae", "wbx", "bogus", ""};
	unsigned mode;
	FILE *stream;

	for
		EACH_PATH(at)
	for (mode = 0; mode < sizeof(modes) / sizeof(modes[0]); mode++) {
		tree_reset();
		call_begin();
		stream = function(at->path, modes[mode]);
		say_call(at->label, modes[mode], stream != NULL);
		tree_is_dirty |= stream && modes[mode][0] != 'r';
		if (stream) {
			say_descriptor(fileno(stream));
			say(" close ");
			say_number(call.fclose(stream), 10);
		}
		say_end();
	}
}

static void opendir_cases(DIR *(*function)(const char *))
{
	DIR *stream;

	for
		EACH_PATH(at)
		{
			if (at->bad)
				continue;
			tree_reset();
			call_begin();
			stream = function(at->path);
			say_call(at->label, "", stream != NULL);
			if (stream) {
				say_descriptor(dirfd(stream));
				say(" close ");
				say_number(call.closedir(stream), 10);
			}
			say_end();
		}
}

/* --- looking ------------------------------------------------------------------------- */

static struct stat status;

static void looked(const char *what, const char *detail, int result)
{
	say_call(what, detail, result);
	if (result == 0)
		say_status(&status);
	say_end();
}

static struct stat *buffer_at(unsigned which)
{
	struct stat *const buffers[] = {&status, NULL, (struct stat *)8};

	return buffers[which];
}

static const char *const buffer_labels[] = {"", "NULL", "bad"};

static void stat_cases(int (*function)(const char *, struct stat *))
{
	unsigned buffer;

	tree_reset();
	for
		EACH_PATH(at)
	for (buffer = 0; buffer < 3; buffer++) {
		call_begin();
		looked(at->label, buffer_labels[buffer],
		       function(at->path, buffer_at(buffer)));
	}
}

static void fstatat_cases(int (*function)(int, const char *, struct stat *, int))
{
	static const int flags[] = {0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x40};
	unsigned i;

	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
		for (i = 0; i < 4; i++) {
			call_begin();
			looked(bases[base], at->label,
			       function((int)fd, at->path, &status, flags[i]));
		}
}

static void xstat_cases(int (*function)(int, const char *, struct stat *))
{
	int version;

	tree_reset();
	for
		EACH_PATH(at)
	for (version = 0; version < 3; version++) {
		call_begin();
		looked(at->label, "", function(version, at->path, &status));
	}
}

static void fxstatat_cases(int (*function)(int, int, const char *, struct stat *, int))
{
	int version;

	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
		for (version = 0; version < 3; version++) {
			call_begin();
			looked(bases[base], at->label,
			       function(version, (int)fd, at->path, &status, 0));
		}
}

#endif
