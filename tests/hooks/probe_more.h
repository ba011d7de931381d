/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for functions that differ only in their arguments: each is called
 * with every path, and those that may change the tree get a fresh one.
 */
#ifndef PROBE_MORE_H
#define PROBE_MORE_H

#include <stdlib.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "probe_changes.h"

/* What an expression found besides its result; it is printed after the result. */
static const char *said;

static void say_said(void)
{
	if (said) {
		say(" ");
		say(said);
	}
	said = NULL;
	say_end();
}

/* A function that changes nothing: `expression` is its result, `at` the path. */
#define LOOK_CASES(expression)                                                           \
	for                                                                              \
		EACH_PATH(at)                                                            \
		{                                                                        \
			tree_reset();                                                    \
			call_begin();                                                    \
			said = NULL;                                                     \
			say_call("", at->label, (long)(expression));                     \
			say_said();                                                      \
		}

/* A function that changes the file that the path names. */
#define CHANGE_CASES(expression)                                                         \
	for                                                                              \
		EACH_PATH(at)                                                            \
		{                                                                        \
			if (!may_change(at))                                             \
				continue;                                                \
			tree_reset();                                                    \
			call_begin();                                                    \
			changed("", at, AT_FDCWD, (int)(expression));                    \
		}

/* The same with a directory descriptor `fd`. */
#define LOOK_AT_CASES(expression)                                                        \
	for                                                                              \
		EACH_BASE(base, fd)                                                      \
		for                                                                      \
		EACH_PATH(at)                                                            \
		{                                                                        \
			call_begin();                                                    \
			said = NULL;                                                     \
			say_call(bases[base], at->label, (long)(expression));            \
			say_said();                                                      \
		}

#define CHANGE_AT_CASES(expression)                                                      \
	for                                                                              \
		EACH_BASE(base, fd)                                                      \
		for                                                                      \
		EACH_PATH(at)                                                            \
		{                                                                        \
			if (!may_change(at))                                             \
				continue;                                                \
			call_begin();                                                    \
			changed(bases[base], at, (int)fd, (int)(expression));            \
		}

static const struct timespec probe_times[2] = {{1000000000, 0}, {1100000000, 0}};
static const struct timeval probe_timevals[2] = {{1000000000, 0}, {1100000000, 0}};
static const struct utimbuf probe_utimbuf = {1000000000, 1100000000};
/* A function that changes the file of a descriptor. */
#define CHANGE_FD_CASES(expression)                                                      \
	for                                                                              \
		EACH_BASE(base, fd)                                                      \
		{                                                                        \
			tree_is_dirty = true;                                            \
			call_begin();                                                    \
			say_call(bases[base], "", (long)(expression));                   \
			say_descriptor((int)fd);                                         \
			say_end();                                                       \
		}

static char probe_buffer[PATH_MAX];
static struct statvfs probe_statvfs;
static struct statfs probe_statfs;
static dev_t probe_device;

static int watch(const char *path)
{
	int fd = (int)syscall(SYS_inotify_init1, 0);
	int result = call.inotify_add_watch(fd, path, 2);

	syscall(SYS_close, fd);
	return result;
}
static struct statx probe_statx;

/* libc itself reads these invalid addresses and crashes. */
static bool is_wild(const struct path *at)
{
	return at->bad && at->path;
}

/* Print the target of a link. */
static long read_link(ssize_t length)
{
	if (length > 0) {
		probe_buffer[length] = '\0';
		said = probe_buffer;
	}
	return length;
}

/* Print where a path leads, without the tree's directory, which differs between runs. */
static long real_path(const char *path)
{
	size_t length = strlen(absolute_path) - strlen("/m.py");

	if (path && strncmp(path, absolute_path, length) == 0)
		said = path + length;
	return path ? 0 : -1;
}

/* Print the new working directory, and go back to the old one. */
static long moved_to(int home, int result)
{
	int error = errno;

	if (result == 0)
		real_path(call.getcwd(probe_buffer, sizeof(probe_buffer)));
	if (syscall(SYS_fchdir, home) < 0)
		syscall(SYS_exit_group, 3);
	errno = error;
	return result;
}

static void chdir_cases(int (*function)(const char *))
{
	int home = (int)syscall(SYS_openat, AT_FDCWD, ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	LOOK_CASES(moved_to(home, function(at->path)))
	syscall(SYS_close, home);
}

static void setns_cases(int (*function)(int, int))
{
	for
		EACH_BASE(base, fd)
		{
			call_begin();
			say_call(bases[base], "", function((int)fd, 0));
			say_said();
		}
}

/* Exit in a child, and print the status that the parent sees. */
static void exit_cases(void (*function)(int))
{
	int ended = 0;
	pid_t pid;

	call_begin();
	pid = fork();
	if (pid == 0) {
		function(7);
		syscall(SYS_exit_group, 8);
	}
	syscall(SYS_wait4, pid, &ended, 0, NULL);
	say_call("", "", WIFEXITED(ended) ? WEXITSTATUS(ended) : -1);
	say_said();
}

static void fchdir_cases(int (*function)(int))
{
	int home = (int)syscall(SYS_openat, AT_FDCWD, ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

	for
		EACH_BASE(base, fd)
		{
			call_begin();
			say_call(bases[base], "", moved_to(home, function((int)fd)));
			say_said();
		}
	syscall(SYS_close, home);
}

static void getcwd_cases(char *(*function)(char *, size_t))
{
	static const size_t sizes[] = {sizeof(probe_buffer), 1, 0};
	unsigned i;

	for (i = 0; i < 3; i++) {
		call_begin();
		say_call("", "", real_path(function(probe_buffer, sizes[i])));
		say_said();
	}
}

static void get_current_dir_name_cases(char *(*function)(void))
{
	char *name;

	call_begin();
	name = function();
	say_call("", "", real_path(name));
	say_said();
	free(name);
}

/* dlopen() is only compared: what it loads is the dynamic linker's business. */
static void dlopen_cases(void *(*function)(const char *, int))
{
	static const char *const names[] = {NULL, "none.pyc", "pkg/__pycache__/none.so"};
	unsigned i;

	for (i = 0; i < 3; i++) {
		call_begin();
		say_call(names[i] ? names[i] : "NULL", "", function(names[i], 1) ? 1 : 0);
		say_end();
	}
}

/* The position of a directory stream: telldir, seekdir and rewinddir. */
static void position_cases(void)
{
	static const char *const directories[] = {"pkg", "pkg/__pycache__", "empty"};
	unsigned i, names, again, rest;
	long position;
	DIR *stream;

	for (i = 0; i < 3; i++) {
		tree_reset();
		stream = call.opendir(directories[i]);
		call_begin();
		position = call.telldir(stream);
		for (names = 0; call.readdir(stream); names++)
			if (names == 1)
				position = call.telldir(stream);
		call.seekdir(stream, position);
		for (rest = 0; call.readdir(stream); rest++)
			;
		call.rewinddir(stream);
		for (again = 0; call.readdir(stream); again++)
			;
		say_call(directories[i], "", names);
		say(" rest ");
		say_number(rest, 10);
		say(" again ");
		say_number(again, 10);
		say_end();
		call.closedir(stream);
	}
}

static void pwrite_cases(ssize_t (*function)(int, const void *, size_t, off_t))
{
	for
		EACH_BASE(base, fd)
		{
			call_begin();
			say_call(bases[base], "", function((int)fd, "abc", 3, 2));
			say_end();
		}
}

static void writev_cases(ssize_t (*function)(int, const struct iovec *, int))
{
	const struct iovec parts[2] = {{(void *)(uintptr_t) "ab", 2},
				       {(void *)(uintptr_t) "c", 1}};

	for
		EACH_BASE(base, fd)
		{
			call_begin();
			say_call(bases[base], "", function((int)fd, parts, 2));
			say_end();
		}
}

#endif
