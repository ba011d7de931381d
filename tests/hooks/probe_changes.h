/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for functions that change the tree.
 */
#ifndef PROBE_CHANGES_H
#define PROBE_CHANGES_H

#include "probe_cases.h"

/* Files outside the probe's tree are never changed, whoever runs the probe. */
static bool may_change(const struct path *at)
{
	return at->label[0] != '/';
}

/* Print the result, and what the path is now. */
static void changed(const char *what, const struct path *at, int dirfd, int result)
{
	tree_is_dirty |= result == 0;
	say_call(what, at->label, result);
	say_path(dirfd, at->path);
	say_end();
}

static void mkdir_cases(int (*function)(const char *, mode_t))
{
	static const mode_t modes[] = {0777, 01750, 0};
	unsigned i;

	for
		EACH_PATH(at)
	for (i = 0; i < 3; i++) {
		tree_reset();
		call_begin();
		changed("", at, AT_FDCWD, function(at->path, modes[i]));
	}
}

static void mkdirat_cases(int (*function)(int, const char *, mode_t))
{
	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
			{
				call_begin();
				changed(bases[base], at, (int)fd,
					function((int)fd, at->path, 0755));
			}
}

static void remove_cases(int (*function)(const char *))
{
	for
		EACH_PATH(at)
		{
			if (!may_change(at))
				continue;
			tree_reset();
			call_begin();
			changed("", at, AT_FDCWD, function(at->path));
		}
}

static void unlinkat_cases(int (*function)(int, const char *, int))
{
	static const int flags[] = {0, AT_REMOVEDIR, 0x40000000};
	unsigned i;

	for
		EACH_BASE(base, fd)
		for
			EACH_PATH(at)
		for (i = 0; i < 3; i++) {
			if (!may_change(at))
				continue;
			call_begin();
			changed(bases[base], at, (int)fd,
				function((int)fd, at->path, flags[i]));
		}
}

/* One path of a pair is any path, the other is one of these. */
static const struct path others[] = {
	GIVEN("plain"), GIVEN(PYC),	  GIVEN(NEW_PYC),	GIVEN("empty"),
	GIVEN("new"),	GIVEN(TEMPORARY), {"NULL", NULL, true},
};
#define OTHERS (sizeof(others) / sizeof(others[0]))

typedef int (*rename_function)(int, const char *, int, const char *, unsigned);

static void pair(rename_function function, int dirfd, const struct path *from,
		 int to_dirfd, const struct path *to, unsigned flags)
{
	int result;

	call_begin();
	result = function(dirfd, from->path, to_dirfd, to->path, flags);
	tree_is_dirty |= result == 0;
	say_call(from->label, to->label, result);
	say_path(dirfd, from->path);
	say(" to");
	say_path(to_dirfd, to->path);
	say_end();
}

static void rename_all(rename_function function)
{
	const struct path *other;

	for
		EACH_PATH(at)
	for (other = others; may_change(at) && other < others + OTHERS; other++) {
		tree_reset();
		pair(function, AT_FDCWD, at, AT_FDCWD, other, 0);
		tree_reset();
		pair(function, AT_FDCWD, other, AT_FDCWD, at, 0);
	}
}

/* The same for any of the three. */
static int as_rename(int dirfd, const char *path, int to_dirfd, const char *to,
		     unsigned flags)
{
	(void)dirfd;
	(void)to_dirfd;
	(void)flags;
	return call.rename(path, to);
}

static int as_renameat(int dirfd, const char *path, int to_dirfd, const char *to,
		       unsigned flags)
{
	(void)flags;
	return call.renameat(dirfd, path, to_dirfd, to);
}

static void renameat_cases(rename_function function)
{
	static const struct path short_ones[] = {
		GIVEN("m.py"), GIVEN("__pycache__/m.cpython-311.pyc"),
		GIVEN("__pycache__/n.cpython-311.pyc"), GIVEN("plain")};
	unsigned i, j;

	rename_all(function);
	for
		EACH_BASE(base, fd)
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++) {
			pair(function, (int)fd, &short_ones[i], AT_FDCWD, &short_ones[j],
			     0);
			pair(function, AT_FDCWD, &short_ones[i], (int)fd, &short_ones[j],
			     0);
		}
}

static void renameat2_cases(rename_function function)
{
	static const unsigned flags[] = {
		1, 2, 4, 0x80}; /* NOREPLACE, EXCHANGE, WHITEOUT, unknown */
	unsigned i, j;

	renameat_cases(function);
	for (i = 0; i < 4; i++)
		for (j = 0; j < OTHERS * OTHERS; j++) {
			if (flags[i] ==
			    4) /* the kernel's version decides about privilege */
				continue;
			tree_reset();
			pair(function, AT_FDCWD, &others[j / OTHERS], AT_FDCWD,
			     &others[j % OTHERS], flags[i]);
		}
}

/* Templates: the created name is random, so the file is removed before the next case. */
static const char *const templates[] = {
	"tXXXXXX",
	"pkg/__pycache__/XXXXXX",
	"pkg/__pycache__/m.XXXXXX.pyc",
	"pkg/empty/__pycache__/aXXXXXX-b",
	"pkg/none/__pycache__/XXXXXX",
	"pkg/__pycache__/none/XXXXXX",
	"locked/__pycache__XXXXXX",
	"m.py/__pycache__/XXXXXX",
	"pkg/__pycache__/XXXXX",
	"pkg/__pycache__/",
	"",
};
#define EACH_TEMPLATE(i)                                                                 \
	(unsigned i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)

/* Copy the template, and count the bytes behind its X. */
static int take_template(char *name, unsigned i)
{
	const char *last = strrchr(templates[i], 'X');

	strcpy(name, templates[i]);
	tree_is_dirty = true;
	tree_reset();
	call_begin();
	return last ? (int)strlen(last + 1) : 0;
}

static void say_made(unsigned i, const char *name, int fd, const char *what)
{
	bool changed = strcmp(name, templates[i]) != 0;

	if (fd >= 0) {
		opened(what, templates[i], O_CREAT, fd);
		call_begin();
		say_call(changed ? "named" : "not named", templates[i],
			 call.unlink(name));
	} else {
		say_call(what, templates[i], fd);
	}
	say_end();
}

static void mkostemps_cases(int (*function)(char *, int, int))
{
	static const int flags[] = {0, O_CLOEXEC | O_APPEND};
	char name[64];
	unsigned way;
	int suffix;

	for
		EACH_TEMPLATE(i)
	for (way = 0; way < 4; way++) {
		suffix = take_template(name, i) + (way & 2 ? 1 : 0);
		say_made(i, name, function(name, suffix, flags[way & 1]),
			 way & 2 ? "suffix" : "");
	}
}

/* The variants with fewer parameters. */
static int (*taking_one)(char *);
static int (*taking_two)(char *, int);

static int without_both(char *name, int suffix, int flags)
{
	(void)suffix;
	(void)flags;
	return taking_one(name);
}

static int without_suffix(char *name, int suffix, int flags)
{
	(void)suffix;
	return taking_two(name, flags);
}

static int without_flags(char *name, int suffix, int flags)
{
	(void)flags;
	return taking_two(name, suffix);
}

static void mkstemp_cases(int (*function)(char *))
{
	taking_one = function;
	mkostemps_cases(without_both);
}

static void mkostemp_cases(int (*function)(char *, int))
{
	taking_two = function;
	mkostemps_cases(without_suffix);
}

static void mkstemps_cases(int (*function)(char *, int))
{
	taking_two = function;
	mkostemps_cases(without_flags);
}

static void mkdtemp_cases(char *(*function)(char *))
{
	char name[64];
	char *made;

	for
		EACH_TEMPLATE(i)
		{
			take_template(name, i);
			made = function(name);
			say_call(made == name ? "made" : "", templates[i], made ? 0 : -1);
			if (made)
				say_path(AT_FDCWD, made);
			say_end();
		}
}

#endif
