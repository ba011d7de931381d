/* SPDX-License-Identifier: MIT */
/*
 * See shadow_path.h.
 */
#include "view/shadow_path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "host/scratch.h"
#include "host/sys.h"

#define MOST_LINKS 40 /* in one path: the kernel's own limit (MAXSYMLINKS) */

/* A walk along a path. */
struct way {
	int fd;		       /* the directory that the walk has reached */
	bool only_root_writes; /* true for this directory and for all above it */
	unsigned links;	       /* followed so far */
	char rest[PATH_MAX];   /* of the path, still to be walked */
};

int shadow_path_step(int directory, const char *name)
{
	const int flags = O_DIRECTORY | O_NOFOLLOW | O_RDONLY;
	int fd = sys_openat(directory, name, flags, 0);
	char target[8];

	/* for O_DIRECTORY the kernel reports a symbolic link as ENOTDIR */
	if (fd == -ENOTDIR && sys_readlinkat(directory, name, target, sizeof(target)) > 0)
		return -ELOOP;
	if (fd == -EACCES) /* this user may pass it, but not read it */
		fd = sys_openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd != -ENOENT)
		return fd;
	fd = sys_mkdirat(directory, name, 0700);
	return fd < 0 && fd != -EEXIST ? fd : sys_openat(directory, name, flags, 0);
}

/* Takes over the next directory.  If `fd` is an -errno, the walk ends with it. */
static int go_to(struct way *way, int fd)
{
	struct stat status;

	if (way->fd >= 0)
		sys_close(way->fd);
	way->fd = fd;
	if (fd < 0)
		return fd;
	if (sys_fstat(fd, &status) < 0 || status.st_uid != 0 || status.st_mode & 0022)
		way->only_root_writes = false;
	return 0;
}

static int go_to_top(struct way *way)
{
	way->only_root_writes = true;
	return go_to(way, sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0));
}

/* Puts the target of the symbolic link `name` before the rest of the path. */
static int way_follow_link(struct way *way, const char *name)
{
	SCRATCH(char, target, PATH_MAX);
	size_t rest = strlen(way->rest) + 1;
	struct stat status;
	long length;

	if (!way->only_root_writes || ++way->links > MOST_LINKS ||
	    sys_fstatat(way->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    status.st_uid != 0)
		return -ELOOP;
	length = sys_readlinkat(way->fd, name, target, PATH_MAX);
	if (length <= 0)
		return length < 0 ? (int)length : -ENOENT;
	if ((size_t)length + 1 + rest > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(way->rest + length + 1, way->rest, rest);
	memcpy(way->rest, target, (size_t)length);
	way->rest[length] = '/';
	return target[0] == '/' ? go_to_top(way) : 0;
}

/* Moves the next component from the rest of the path to `name`; "" at the end. */
static int take_name(struct way *way, char name[NAME_MAX + 1])
{
	size_t start = strspn(way->rest, "/");
	size_t length = strcspn(way->rest + start, "/");

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, way->rest + start, length);
	name[length] = '\0';
	start += length;
	memmove(way->rest, way->rest + start, strlen(way->rest + start) + 1);
	return 0;
}

int shadow_path_open(const char *path)
{
	SCRATCH(struct way, way, sizeof(*way));
	char name[NAME_MAX + 1];
	int error, fd;

	way->fd = -1;
	way->links = 0;
	memcpy(way->rest, path, strlen(path) + 1);
	error = go_to_top(way);
	while (error == 0 && (error = take_name(way, name)) == 0 && name[0]) {
		fd = shadow_path_step(way->fd, name);
		error = fd == -ELOOP ? way_follow_link(way, name) : go_to(way, fd);
	}
	if (error < 0 && way->fd >= 0)
		sys_close(way->fd);
	return error < 0 ? error : way->fd;
}
