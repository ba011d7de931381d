/* SPDX-License-Identifier: MIT */
/*
 * See reader_file.h.
 */
#include "read/reader_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/user.h"

#define PIPEFS 0x50495045 /* linux/magic.h's PIPEFS_MAGIC */
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

static bool can_be_read(const struct stat *status, const struct statfs *system)
{
	switch (status->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR: /* which open() or the reader refuses */
		return true;
	case S_IFIFO:
		return system->f_type == PIPEFS;
	default:
		return false;
	}
}

int reader_file_open(const char *path)
{
	struct statfs system;
	struct stat status;
	int fd;

	/* before open(), because opening some devices starts an action (a tape, a watchdog) */
	if (stat(path, &status) < 0 || statfs(path, &system) < 0)
		return -errno;
	if (!can_be_read(&status, &system))
		return -ENOTSUP;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || fstatfs(fd, &system) < 0 ||
	    !can_be_read(&status, &system)) {
		close(fd);
		return -ENOTSUP;
	}
	if (S_ISFIFO(
		    status.st_mode)) /* reads shall wait for the writer, so no O_NONBLOCK */
		fcntl(fd, F_SETFL, O_RDONLY);
	return fd;
}

/* Why the file or directory is not trusted; NULL: it is. */
static const char *trust_problem(const struct stat *status, mode_t type)
{
	if ((status->st_mode & S_IFMT) != type)
		return type == S_IFDIR ? "its directory is none" : "no regular file";
	if (!user_is_trusted(status->st_uid))
		return type == S_IFDIR ? "its directory is another user's"
				       : "it is another user's";
	if (status->st_mode & OTHERS_WRITE)
		return type == S_IFDIR ? "others may write its directory"
				       : "others may write it";
	return NULL;
}

/* A file system that a user mounted there (FUSE) may show any owner. */
static bool is_mount(int directory, const struct stat *status)
{
	struct stat above;

	return fstatat(directory, "..", &above, 0) < 0 || above.st_dev != status->st_dev;
}

/* As reader_file_find(); closes `directory`. */
static int find_inside(int directory, struct reader_file *file)
{
	const char *name = "recording";

	if (fstat(directory, &file->status) < 0)
		file->refusal = "its directory cannot be looked at";
	else if (!(file->refusal = trust_problem(&file->status, S_IFDIR)) &&
		 is_mount(directory, &file->status))
		file->refusal = "another file system is mounted there";
	if (file->refusal)
		goto out;
	if (fstatat(directory, name, &file->status, AT_SYMLINK_NOFOLLOW) < 0) {
		close(directory);
		return -ENOENT;
	}
	file->refusal = trust_problem(&file->status, S_IFREG);
	if (file->refusal)
		goto out;
	file->fd = openat(directory, name,
			  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (file->fd < 0 || fstat(file->fd, &file->status) < 0)
		file->refusal = strerror(errno);
	else
		file->refusal = trust_problem(&file->status, S_IFREG);
out:
	close(directory);
	if (file->refusal && file->fd >= 0)
		close(file->fd);
	return file->refusal ? -EPERM : 0;
}

int reader_file_find(const char *directory, struct reader_file *file)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*file = (struct reader_file){.fd = -1};
	if (fd >= 0)
		return find_inside(fd, file);
	if (errno == ENOENT)
		return -ENOENT;
	file->refusal = errno == ENOTDIR || errno == ELOOP ? "its directory is none"
							   : strerror(errno);
	return -EPERM;
}
