/* SPDX-License-Identifier: MIT */
/*
 * See launch_library.h.
 */
#include "launch/launch_library.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"

#define LIBRARY_NAME "libpycshim.so"
#ifndef BINDIR /* the Makefile defines it; this is its default */
#define BINDIR "/usr/local/bin"
#endif

/*
 * The directory of this program, without symbolic links; NULL if /proc is missing (a bare
 * chroot).  argv[0] is no substitute, because the caller chooses it.
 */
static char *own_directory(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length <= 0)
		return NULL;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash) /* "(unreachable)": the program is outside this root */
		return NULL;
	*slash = '\0';
	return xstrdup(path);
}

/* The path of a file in `directory` that access(2) allows to use so; NULL: there is none. */
static char *find_in(const char *directory, const char *name, int use)
{
	char *path = directory ? xasprintf("%s/%s", directory, name) : NULL;

	if (path && access(path, use) == 0)
		return path;
	free(path);
	return NULL;
}

/*
 * Where LIBDIR is if it was moved together with BINDIR, as with DESTDIR: the relative path
 * from BINDIR to LIBDIR is the same.  NULL: no such directory exists.
 */
static char *moved_library_directory(const char *directory)
{
	const char *bin = BINDIR, *lib = LIBDIR;
	size_t common = 0, at;
	char *path, *above, *real;

	for (at = 0; bin[at] == lib[at] && bin[at]; at++)
		if (bin[at] == '/')
			common = at;
	path = xstrdup(directory);
	for (at = common; bin[at]; at++) {
		if (bin[at] != '/')
			continue;
		above = xasprintf("%s/..", path);
		free(path);
		path = above;
	}
	above = xasprintf("%s%s", path, lib + common);
	real = realpath(above, NULL);
	free(above);
	free(path);
	return real;
}

const char *library_path_problem(const char *path)
{
	/* ld.so splits at blanks and colons, cannot quote them, and expands $ORIGIN */
	return strpbrk(path, " \t\n:$") ? "a space, a colon or a dollar sign in its path"
					: NULL;
}

char *library_find(void)
{
	char *directory = own_directory();
	char *moved = directory ? moved_library_directory(directory) : NULL;
	char *path = find_in(directory, LIBRARY_NAME, R_OK);

	if (!path)
		path = find_in(moved, LIBRARY_NAME, R_OK);
	if (!path)
		path = find_in(LIBDIR, LIBRARY_NAME, R_OK);
	if (!path)
		die(EXIT_LAUNCHER,
		    "no " LIBRARY_NAME " in %s%s" LIBDIR "; keep it beside "
		    "pycshim, or install both",
		    directory ? directory : "", directory ? " or " : "");
	if (library_path_problem(path))
		die(EXIT_LAUNCHER, "%s: LD_PRELOAD cannot name it: %s", path,
		    library_path_problem(path));
	free(moved);
	free(directory);
	return path;
}

char *library_find_reader(void)
{
	char *directory = own_directory();
	char *path = find_in(directory, "pycstat", X_OK);

	free(directory);
	return path ? path : find_in(BINDIR, "pycstat", X_OK);
}
