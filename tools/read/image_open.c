/* SPDX-License-Identifier: MIT */
/*
 * See image_open.h.
 */
#include "read/image_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/util.h"
#include "pyc_path.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

/* From <linux/openat2.h>, which older systems do not have. */
struct open_how_1 {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_IN_ROOT_1 0x10
#define RESOLVE_NO_MAGICLINKS_1 0x02

/* Without openat2() (Linux before 5.6), only paths without links can be confined. */
static int open_without_links(int root, const char *path, int flags)
{
	char *copy = xstrdup(path), *next, *save = NULL;
	int fd = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), inner;

	for (next = strtok_r(copy, "/", &save); next && fd >= 0;) {
		char *name = next;

		next = strtok_r(NULL, "/", &save);
		if (strcmp(name, "..") == 0) {
			close(fd);
			free(copy);
			return -ELOOP;
		}
		inner = openat(fd, name,
			       (next ? O_PATH | O_DIRECTORY : flags) | O_NOFOLLOW |
				       O_CLOEXEC);
		if (inner < 0)
			inner = -errno;
		close(fd);
		fd = inner;
	}
	free(copy);
	return fd;
}

int image_open_path(const struct image_root *root, const char *path, int flags)
{
	struct open_how_1 how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT_1 | RESOLVE_NO_MAGICLINKS_1,
	};
	int fd;

	if (!root->confined) {
		fd = openat(root->fd, path, flags | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
	if (fd >= 0)
		return fd;
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	return open_without_links(root->fd, path, flags);
}

int image_status(const struct image_root *root, int directory, const char *name,
		 const char *path, struct stat *status)
{
	int fd, error = 0;

	if (fstatat(directory, name, status, AT_SYMLINK_NOFOLLOW) != 0)
		return -errno;
	if (!S_ISLNK(status->st_mode))
		return 0;
	if (!root->confined)
		return fstatat(directory, name, status, 0) == 0 ? 0 : -errno;
	fd = image_open_path(root, path, O_PATH);
	if (fd < 0)
		return fd;
	if (fstat(fd, status) != 0)
		error = -errno;
	close(fd);
	return error;
}

int image_open_file(const struct image_root *root, int directory, const char *name,
		    const char *path, struct stat *status)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int error = image_status(root, directory, name, path, status), fd;

	if (error)
		return error;
	if (!S_ISREG(status->st_mode))
		return -EINVAL;
	fd = openat(directory, name, flags | O_NOFOLLOW);
	if (fd < 0 && errno == ELOOP)
		fd = root->confined ? image_open_path(root, path, flags)
				    : openat(directory, name, flags);
	else if (fd < 0)
		fd = -errno;
	if (fd < 0)
		return fd == -1 ? -errno : fd;
	if (fstat(fd, status) != 0 || !S_ISREG(status->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

int image_open_cache(const struct image_root *root, int directory, const char *path)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(directory, PYCACHE, flags | O_NOFOLLOW);

	if (fd >= 0)
		return fd;
	if (errno != ELOOP && errno != ENOTDIR)
		return -errno;
	if (root->confined)
		return image_open_path(root, path, flags);
	fd = openat(directory, PYCACHE, flags);
	return fd < 0 ? -errno : fd;
}
