/* SPDX-License-Identifier: MIT */
/*
 * See launch_copy.h.
 */
#include "launch/launch_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/util.h"
#include "launch/launch_library.h"

/* Copy all bytes.  Returns 0 or -errno. */
static int copy_bytes(int from, int to)
{
	static char buffer[65536];
	ssize_t got, put, at;

	while ((got = read(from, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < got; at += put) {
			put = write(to, buffer + at, (size_t)(got - at));
			if (put < 0)
				return -errno;
		}
	}
	return got < 0 ? -errno : 0;
}

/* Copy one file to `name` in the directory, with this mode. */
static void copy_file(const char *source, const char *directory, const char *name,
		      mode_t mode)
{
	char *target = xasprintf("%s/%s", directory, name);
	char *temporary = xasprintf("%s/.%s.XXXXXX", directory, name);
	int from = open(source, O_RDONLY | O_CLOEXEC), to, result;

	if (from < 0)
		die(EXIT_LAUNCHER, "%s: %s", source, strerror(errno));
	to = mkstemp(temporary);
	if (to < 0)
		die(EXIT_LAUNCHER, "%s: %s", target, strerror(errno));
	result = copy_bytes(from, to);
	if (result == 0 && fchmod(to, mode) != 0)
		result = -errno;
	if (close(to) != 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(temporary, target) != 0)
		result = -errno;
	if (result != 0) {
		unlink(temporary);
		die(EXIT_LAUNCHER, "%s: %s", target, strerror(-result));
	}
	close(from);
	free(temporary);
	free(target);
}

void copy_to(const char *directory, const char *library)
{
	char *reader = library_find_reader();

	if (mkdir(directory, 0755) != 0 && errno != EEXIST)
		die(EXIT_LAUNCHER, "%s: %s", directory, strerror(errno));
	/* the launcher finds the library in its own directory */
	copy_file(library, directory, "libpycshim.so", 0644);
	copy_file("/proc/self/exe", directory, "pycshim", 0755);
	if (reader)
		copy_file(reader, directory, "pycstat", 0755);
	printf("%s/libpycshim.so\n", directory);
	free(reader);
}
