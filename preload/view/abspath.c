/* SPDX-License-Identifier: MIT */
/*
 * See abspath.h.
 */
#include "view/abspath.h"

#include "host/config.h"
#include "host/descriptor.h"
#include "host/fd_path.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "pyc_path.h"
#include "view/identity.h"
#include "view/shadow.h"
#include "view/where.h"

/*
 * Has the program opened this directory by its path in the shadow tree?  Then it means the
 * shadow itself, and not the union view.
 */
static bool is_shadow_itself(int dirfd)
{
	const struct descriptor *known = dirfd < 0 ? NULL : descriptor_find(dirfd);

	return known && descriptor_kind(known) == DESCRIPTOR_SHADOW;
}

/* Writes the path of the directory `dirfd`, without a NUL: its length, or -errno. */
static long directory_name(char *buffer, size_t size, int dirfd, bool *shadow)
{
	long length, stripped;

	if (dirfd == AT_FDCWD) {
		length = sys_getcwd(buffer, size);
		length = length > 0 ? length - 1 : length;
	} else if (dirfd >= 0) {
		length = fd_path(dirfd, buffer, size);
	} else {
		return -EBADF;
	}
	if (length > 0) {
		shadow_wanted(buffer, length);
		stripped = is_shadow_itself(dirfd) ? length
						   : shadow_strip(buffer, length);
		*shadow = stripped != length;
		length = stripped;
	}
	/* the kernel says "(unreachable)/..." of a directory outside of a chroot */
	return length > 0 && buffer[0] != '/' ? -ENOENT : length;
}

/* Returns where the last component ".." ends; 0 if there is none. */
static size_t last_parent_end(const char *path)
{
	size_t at, found = 0;

	for (at = 0; path[at]; at++)
		if (path[at] == '.' && path[at + 1] == '.' &&
		    (path[at + 2] == '/' || !path[at + 2]) &&
		    (at == 0 || path[at - 1] == '/'))
			found = at + 2;
	return found;
}

/*
 * Resolves the first `end` bytes of a path, up to its last "..".  Only the kernel can do
 * that: the component before ".." may be a symbolic link, or no directory.  -ENOENT also for
 * a directory that only the shadow has.
 */
static long resolve_parents(char *buffer, size_t size, int dirfd, const char *path,
			    size_t end)
{
	bool shadow;
	long length;
	int fd;

	if (end >= size)
		return -ENAMETOOLONG;
	memcpy(buffer, path, end);
	buffer[end] = '\0';
	fd = sys_openat(dirfd, buffer, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	length = directory_name(buffer, size, fd, &shadow);
	sys_close(fd);
	return length;
}

/* Does the union view show the shadow's directory of this name? */
static COLD bool is_in_shadow(const char *path, long length)
{
	SCRATCH(char, buffer, PATH_MAX);
	const char *canonical;
	struct stat status;
	enum pyc_class class;

	if (length <= 1 || config.mode != MODE_redirect)
		return false;
	class = pyc_path_class(path, (size_t)length);
	if (class != PYC_CACHE && class != PYC_INSIDE)
		return false;
	canonical = where_is(buffer, path, (size_t)length);
	return canonical && identity_look(canonical + 1, false, &status) == 0 &&
	       S_ISDIR(status.st_mode);
}

/*
 * Replaces the directory in the buffer by the one above it, for a "..".  A directory of the
 * shadow has its parent by name; one in place is resolved first.  Returns the new length,
 * or -errno: the directory must exist.
 */
static long go_up(char *buffer, size_t size, long length, bool *shadow)
{
	long real;
	int fd;

	buffer[length] = '\0';
	if (is_in_shadow(buffer, length)) {
		*shadow = true;
	} else if (length) {
		fd = sys_openat(AT_FDCWD, buffer, O_PATH | O_DIRECTORY, 0);
		if (fd == -ENOENT || fd == -ENOTDIR)
			return fd;
		real = fd < 0 ? fd : fd_path(fd, buffer, size);
		if (fd >= 0)
			sys_close(fd);
		if (real > 0) /* without /proc the name has to do */
			length = real;
		if (buffer[0] != '/')
			return -ENOENT;
	}
	while (length > 0 && buffer[--length] != '/')
		;
	return length;
}

/* Appends the components of [path, path_end), without "." and "..": the length, or -errno. */
static long append_components(char *buffer, size_t size, size_t length, const char *path,
			      const char *path_end, bool *shadow)
{
	const char *end;
	size_t bytes;
	long above;

	for (; path < path_end; path = end) {
		while (path < path_end && *path == '/')
			path++;
		for (end = path; end < path_end && *end != '/'; end++)
			;
		bytes = (size_t)(end - path);
		if (bytes == 0 || (bytes == 1 && path[0] == '.'))
			continue;
		if (bytes == 2 && path[0] == '.' && path[1] == '.') {
			above = go_up(buffer, size, (long)length, shadow);
			if (above < 0)
				return above;
			length = (size_t)above;
			continue;
		}
		if (length + bytes + 2 > size)
			return -ENAMETOOLONG;
		buffer[length++] = '/';
		memcpy(buffer + length, path, bytes);
		length += bytes;
	}
	if (length == 0)
		buffer[length++] = '/';
	buffer[length] = '\0';
	return (long)length;
}

/* Copies an absolute path that is in the absolute form already.  Returns 0 if it is not. */
static long copy_clean(char *buffer, size_t size, const char *path)
{
	const char *slash;
	size_t length;

	for (slash = path; *slash; slash = strchrnul(slash + 1, '/'))
		if (slash[1] == '/' || slash[1] == '.' || !slash[1])
			return 0;
	length = (size_t)(slash - path);
	if (length >= size)
		return -ENAMETOOLONG;
	memcpy(buffer, path, length + 1);
	return (long)length;
}

/*
 * Writes the directory that a path is relative to, without a slash at its end.  Returns its
 * length, 0 for the root, or -errno.
 */
static long write_base(char *buffer, size_t size, int dirfd, const char *path,
		       bool *shadow)
{
	long length = path[0] == '/' ? 0 : directory_name(buffer, size, dirfd, shadow);

	while (length > 0 && buffer[length - 1] == '/')
		length--;
	return length;
}

long abspath_make(char *buffer, size_t size, int dirfd, const char *path, bool *shadow)
{
	const char *end;
	long length = 0, base;
	size_t parents;

	*shadow = false;
	if (!path[0])
		return -ENOENT;
	if (path[0] == '/') {
		length = copy_clean(buffer, size, path);
		if (length)
			return length;
	}
	end = path + strnlen(path, PATH_MAX);
	if (end - path == PATH_MAX) /* too long for the kernel, even if it gets shorter */
		return -ENAMETOOLONG;
	base = write_base(buffer, size, dirfd, path, shadow);
	parents = last_parent_end(path);
	if (base >= 0 && parents && !*shadow) {
		length = resolve_parents(buffer, size, dirfd, path, parents);
		if (length > 0)
			return append_components(buffer, size,
						 length > 1 ? (size_t)length : 0,
						 path + parents, end, shadow);
		if (length == -ENOTDIR)
			return length;
		base = write_base(buffer, size, dirfd, path, shadow);
	}
	return base < 0
		       ? base
		       : append_components(buffer, size, (size_t)base, path, end, shadow);
}
