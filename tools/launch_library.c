/*
 * See launch_library.h.  Runs in the launcher only.
 */
#include "launch_library.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define LIBRARY_NAME "libpycshim.so"
#ifndef BINDIR /* where the Makefile installs by default */
#define BINDIR "/usr/local/bin"
#endif

/*
 * The directory of this program with links resolved; NULL where /proc is not there
 * (a bare chroot).  argv[0] is no substitute: the caller chooses it.
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
	if (!slash) /* unreachable from this root */
		return NULL;
	*slash = '\0';
	return xstrdup(path);
}

/* The first of directory/name and installed that can be used so; NULL if none. */
static char *find_companion(const char *directory, const char *installed,
			    const char *name, int use)
{
	char *path;

	if (directory) {
		path = xasprintf("%s/%s", directory, name);
		if (access(path, use) == 0)
			return path;
		free(path);
	}
	path = xasprintf("%s/%s", installed, name);
	if (access(path, use) == 0)
		return path;
	free(path);
	return NULL;
}

const char *library_path_problem(const char *path)
{
	/* ld.so splits at both, and knows no escape; $ may begin $ORIGIN and the like */
	return strpbrk(path, " \t\n:$") ? "a space, a colon or a dollar sign in its path"
					: NULL;
}

char *library_find(void)
{
	char *directory = own_directory();
	char *path = find_companion(directory, LIBDIR, LIBRARY_NAME, R_OK);

	if (!path)
		die(EXIT_LAUNCHER, "no " LIBRARY_NAME " in %s%s" LIBDIR,
		    directory ? directory : "", directory ? " or " : "");
	if (library_path_problem(path))
		die(EXIT_LAUNCHER, "%s: LD_PRELOAD cannot name it: %s", path,
		    library_path_problem(path));
	free(directory);
	return path;
}

char *library_find_reader(void)
{
	char *directory = own_directory();
	char *path = find_companion(directory, BINDIR, "pycstat", X_OK);

	free(directory);
	return path;
}
