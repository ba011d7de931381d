/* SPDX-License-Identifier: MIT */
/*
 * The paths that the probe passes to every call: existing and missing files, paths that
 * the library watches and others, and invalid addresses.
 */
#ifndef PROBE_PATHS_H
#define PROBE_PATHS_H

#include <limits.h>
#include <sys/mman.h>

#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

#include "probe_world.h"

struct path {
	const char *label; /* printed: addresses and directories differ between runs */
	const char *path;
	bool bad; /* EFAULT in the kernel; opendir() reads the path itself */
};

#define GIVEN(path)                                                                      \
	{                                                                                \
		path, path, false                                                        \
	}

/* paths_make() fills in the last entries. */
static struct path paths[64] = {
	GIVEN("plain"),
	GIVEN("m.py"),
	GIVEN("m.pyc"),
	GIVEN(PYC),
	GIVEN("pkg/__pycache__"),
	GIVEN("pkg/__pycache__/"),
	GIVEN("pkg/__pycache__/other"),
	GIVEN("pkg/empty/__pycache__"),
	GIVEN("dir/__pycache__"),
	GIVEN("dir"),
	GIVEN("dir/"),
	GIVEN("empty"),
	GIVEN("plain/"),
	GIVEN("m.py/"),
	GIVEN(PYC "/"),
	GIVEN("none"),
	GIVEN("none.py"),
	GIVEN("none.pyc"),
	GIVEN(NEW_PYC),
	GIVEN(TEMPORARY),
	GIVEN("none/none.pyc"),
	GIVEN("none/__pycache__"),
	GIVEN("plain/x.pyc"),
	GIVEN("locked/m.pyc"),
	GIVEN("locked/__pycache__"),
	GIVEN("secret.pyc"),
	GIVEN("link.pyc"),
	GIVEN("link.pyc/"),
	GIVEN("loop.pyc"),
	GIVEN("dangling"),
	GIVEN(""),
	GIVEN("."),
	GIVEN("/"),
	GIVEN(".//pkg/../m.py"),
	GIVEN("pkg/__pycache__/../m.py"),
	GIVEN("empty/__pycache__/../none.pyc"),
	GIVEN("pkg/../../__pycache__/../../../../../../../../../../../../none.pyc"),
	GIVEN("/dev/full"),
	GIVEN("/proc/none/__pycache__/x.pyc"),
	{"NULL", NULL, true},
	{"address 1", (const char *)1, true},
	{"address -1", (const char *)-1, true},
	{"address of the kernel", (const char *)0xffff800000000000u, true},
};

static char long_name[300], longest_path[PATH_MAX], too_long_path[PATH_MAX + 100];
static char absolute_path[PATH_MAX + 10];

static size_t paths_count(void)
{
	size_t count = 0;

	while (count < sizeof(paths) / sizeof(paths[0]) && paths[count].label)
		count++;
	return count;
}

/* Fill the buffer with "./" and append `end`; `size` includes the NUL. */
static void fill(char *buffer, size_t size, const char *end)
{
	size_t i, rest = size - strlen(end) - 1;

	for (i = 0; i < rest; i++)
		buffer[i] = i % 2 ? '/' : '.';
	if (rest % 2)
		buffer[rest - 1] = '/';
	memcpy(buffer + rest, end, strlen(end) + 1);
}

/* Copy the bytes to the end of a page that is followed by unreadable memory. */
static const char *at_edge(const char *bytes, size_t count)
{
	char *pages = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(pages + 4096 - count, bytes, count);
	mprotect(pages + 4096, 4096, PROT_NONE);
	return pages + 4096 - count;
}

static void paths_make(void)
{
	static char pyc[] = PYC;
	struct path *end = paths + paths_count();

	memset(long_name, 'n', sizeof(long_name) - 1);
	memcpy(long_name + sizeof(long_name) - 5, ".pyc", 5);
	fill(longest_path, sizeof(longest_path), PYC);
	fill(too_long_path, sizeof(too_long_path), PYC);
	syscall(SYS_getcwd, absolute_path, PATH_MAX);
	strcat(absolute_path, "/m.py");
	*end++ = (struct path){"too long a name", long_name, false};
	*end++ = (struct path){"the longest path", longest_path, false};
	*end++ = (struct path){"too long a path", too_long_path, false};
	*end++ = (struct path){"an absolute path", absolute_path, false};
	*end++ = (struct path){"pyc at the edge", at_edge(pyc, sizeof(pyc)), false};
	*end++ = (struct path){"m.py at the edge", at_edge("m.py", 5), false};
	*end++ = (struct path){"pyc over the edge", at_edge(pyc, sizeof(pyc) - 1), true};
	*end++ = (struct path){"m.py over the edge", at_edge("m.py", 4), true};
	*end++ = (struct path){"bars over the edge", at_edge("__", 2), true};
	*end++ = (struct path){"beyond the edge", at_edge("", 1) + 1, true};
}

#endif
