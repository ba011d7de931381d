/*
 * See beneath.h.
 *
 * openat2 does it in one system call since Linux 5.6.  Where the kernel has it not, or a
 * seccomp filter forbids it, the path is walked component by component.
 */
#include "beneath.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "sys.h"
#include "valgrind.h"

/* The kernel's, for headers from before Linux 5.6; the number is the same everywhere. */
#define OPENAT2_NUMBER 437
#define OPENAT2_NO_SYMLINKS 0x04
#define OPENAT2_BENEATH 0x08

struct openat2_how {
	uint64_t flags, mode, resolve;
};

/* openat2 was tried and cannot be used in this process. */
static bool no_openat2;

static int open_at_once(int directory, const char *rel, int flags)
{
	struct openat2_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = OPENAT2_NO_SYMLINKS | OPENAT2_BENEATH,
	};

	return (int)sys_call6(OPENAT2_NUMBER, directory, (long)rel, (long)&how,
			      sizeof(how), 0, 0);
}

/* Open one component; a symbolic link is -ELOOP. */
static int open_component(int directory, const char *name, int flags)
{
	int fd = sys_openat(directory, name, flags | O_NOFOLLOW, 0);
	char target[2];

	/* the kernel tells of O_DIRECTORY first */
	if (fd == -ENOTDIR && flags & O_DIRECTORY &&
	    sys_readlinkat(directory, name, target, sizeof(target)) > 0)
		return -ELOOP;
	return fd;
}

static int open_by_components(int directory, const char *rel, int flags)
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
			next = open_component(fd, name,
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

	/* valgrind warns of what it does not know */
	if (!__atomic_load_n(&no_openat2, __ATOMIC_RELAXED) && !valgrind_is_running()) {
		fd = open_at_once(directory, rel, flags);
		/* -EPERM: of a file, or of a filter that does not know the call */
		if (fd != -ENOSYS && fd != -EPERM)
			return fd;
		fd = open_by_components(directory, rel, flags);
		if (fd != -EPERM)
			__atomic_store_n(&no_openat2, true, __ATOMIC_RELAXED);
		return fd;
	}
	return open_by_components(directory, rel, flags);
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
