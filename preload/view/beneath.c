/* SPDX-License-Identifier: MIT */
/*
 * See beneath.h.
 *
 * Since Linux 5.6 openat2 does this in one system call.  On older kernels, and under a
 * seccomp filter that forbids openat2, the path is walked component by component.
 */
#include "view/beneath.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "host/sys.h"
#include "host/valgrind.h"

/* Headers from before Linux 5.6 lack these; the number is the same on all machines. */
#define OPENAT2_NUMBER 437
#define OPENAT2_NO_SYMLINKS 0x04
#define OPENAT2_BENEATH 0x08

struct openat2_how {
	uint64_t flags, mode, resolve;
};

/* An attempt has shown that this process cannot use openat2. */
static bool no_openat2;

static int beneath_by_openat2(int directory, const char *rel, int flags)
{
	struct openat2_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = OPENAT2_NO_SYMLINKS | OPENAT2_BENEATH,
	};

	return (int)sys_call6(OPENAT2_NUMBER, directory, (long)rel, (long)&how,
			      sizeof(how), 0, 0);
}

/* Opens one component; -ELOOP for a symbolic link. */
static int beneath_component(int directory, const char *name, int flags)
{
	int fd = sys_openat(directory, name, flags | O_NOFOLLOW, 0);
	char target[2];

	/* for O_DIRECTORY the kernel reports a symbolic link as ENOTDIR */
	if (fd == -ENOTDIR && flags & O_DIRECTORY &&
	    sys_readlinkat(directory, name, target, sizeof(target)) > 0)
		return -ELOOP;
	return fd;
}

static int beneath_by_components(int directory, const char *rel, int flags)
{
	char name[NAME_MAX + 1];
	int fd = directory, next;
	size_t length, rest;
	bool last;

	do {
		length = strcspn(rel, "/");
		rest = length + strspn(rel + length, "/");
		last = rel[rest] == '\0';
		if (length > NAME_MAX) {
			next = -ENAMETOOLONG;
		} else {
			memcpy(name, rel, length);
			name[length] = '\0';
			next = beneath_component(fd, name,
						 last ? flags : O_PATH | O_DIRECTORY);
		}
		if (fd != directory)
			sys_close(fd);
		fd = next;
		rel += rest;
	} while (fd >= 0 && !last);
	return fd;
}

int beneath_open(int directory, const char *rel, int flags)
{
	int fd;

	/* valgrind does not know openat2, and would print a warning */
	if (!__atomic_load_n(&no_openat2, __ATOMIC_RELAXED) && !valgrind_is_running()) {
		fd = beneath_by_openat2(directory, rel, flags);
		/* -EPERM comes from a file, or from a seccomp filter without openat2 */
		if (fd != -ENOSYS && fd != -EPERM)
			return fd;
		fd = beneath_by_components(directory, rel, flags);
		if (fd != -EPERM)
			__atomic_store_n(&no_openat2, true, __ATOMIC_RELAXED);
		return fd;
	}
	return beneath_by_components(directory, rel, flags);
}

int beneath_open_absolute(const char *path, int flags)
{
	int root = sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0), fd;

	if (root < 0)
		return root;
	path += strspn(path, "/");
	fd = beneath_open(root, *path ? path : ".", flags);
	sys_close(root);
	return fd;
}
