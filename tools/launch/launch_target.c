/* SPDX-License-Identifier: MIT */
/*
 * See launch_target.h.
 */
#include "launch/launch_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pyc_path.h"

/* From linux/openat2.h, which is newer than the headers of glibc 2.31 and musl. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define RESOLVE_WITHOUT_MAGIC 0x02
#define RESOLVE_AS_ROOT 0x10

struct open_parameters {
	uint64_t flags, mode, resolve;
};

#define TRIES 16 /* openat2() fails with EAGAIN when a directory is renamed meanwhile */

/* Without openat2(): open component by component and follow no symbolic link. */
static int target_open_by_components(int target, const char *path, int flags)
{
	char name[NAME_MAX + 1];
	struct stat status;
	int at = openat(target, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), next, error;
	size_t length;

	while (at >= 0) {
		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > NAME_MAX || (length == 2 && memcmp(path, "..", 2) == 0)) {
			close(at);
			return length > NAME_MAX ? -ENAMETOOLONG : -ELOOP;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		path += length;
		if (path[strspn(path, "/")])
			next = openat(at, name,
				      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		else
			next = openat(at, length ? name : ".",
				      flags | O_NOFOLLOW | O_CLOEXEC);
		error = errno;
		if (next < 0 && fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISLNK(status.st_mode))
			error = ELOOP; /* instead of ENOTDIR */
		close(at);
		if (next < 0)
			return -error;
		if (!path[strspn(path, "/")])
			return next;
		at = next;
	}
	return -errno;
}

int target_open(int target, const char *path, int flags)
{
	const struct open_parameters how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_AS_ROOT | RESOLVE_WITHOUT_MAGIC,
	};
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		long fd = syscall(SYS_openat2, target, *path ? path : ".", &how,
				  sizeof(how));

		if (fd >= 0)
			return (int)fd;
		/* a seccomp filter may answer EPERM to a system call that it does not know */
		if (errno == ENOSYS || errno == EPERM)
			return target_open_by_components(target, path, flags);
		if (errno != EAGAIN)
			break;
	}
	return -errno;
}

/* Give the file to `owner`; without the privilege for that it stays this user's. */
static int give_to(int fd, const struct stat *owner)
{
	if (fchown(fd, owner->st_uid, owner->st_gid) == 0 || errno == EPERM ||
	    errno == EINVAL)
		return 0;
	return -errno;
}

/*
 * Is it the directory that was just made, and not another one that somebody has put in its place
 * since, to have it given to him?
 */
static bool is_new(int fd, const struct stat *above)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct stat status;
	bool found = !list;

	while (list && (entry = readdir(list)))
		found |= strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	if (list)
		closedir(list);
	else if (copy >= 0)
		close(copy);
	return !found && fstat(fd, &status) == 0 && status.st_dev == above->st_dev &&
	       status.st_uid == geteuid() && !(status.st_mode & 0077);
}

int target_open_cache(int directory)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(directory, PYCACHE, flags), result;
	struct stat above;

	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	if (fstat(directory, &above) != 0 || mkdirat(directory, PYCACHE, 0700) != 0)
		return -errno;
	fd = openat(directory, PYCACHE, flags);
	if (fd < 0)
		return -errno;
	if (!is_new(fd, &above)) {
		close(fd);
		return -EBUSY;
	}
	result = give_to(fd, &above);
	if (result == 0 && fchmod(fd, above.st_mode & 07777) != 0)
		result = -errno;
	if (result == 0)
		return fd;
	unlinkat(directory, PYCACHE, AT_REMOVEDIR);
	close(fd);
	return result;
}

static int copy_bytes(int from, int to, off_t bytes)
{
	char buffer[65536];
	ssize_t got, put, done;

	for (; bytes > 0; bytes -= got) {
		got = read(from, buffer,
			   bytes < (off_t)sizeof(buffer) ? (size_t)bytes
							 : sizeof(buffer));
		if (got <= 0)
			return got < 0 ? -errno : -EIO; /* the file has become shorter */
		for (done = 0; done < got; done += put) {
			put = write(to, buffer + done, (size_t)(got - done));
			if (put < 0)
				return -errno;
		}
	}
	return 0;
}

/* Write content, owner, mode and time of the new file `to`. */
static int fill_file(int to, int from, const struct stat *status,
		     const struct stat *directory, struct timespec mtime)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, mtime};
	int result = copy_bytes(from, to, status->st_size);

	if (result == 0)
		result = give_to(to, directory);
	if (result == 0 && (fchmod(to, 0644) != 0 || futimens(to, times) != 0))
		result = -errno;
	return result;
}

int target_write(int directory, const char *name, int from, const struct stat *status,
		 struct timespec mtime)
{
	struct stat owner;
	char temporary[32];
	int to, result;

	snprintf(temporary, sizeof(temporary), ".pycshim-bake-%d", (int)getpid());
	if (fstat(directory, &owner) != 0)
		return -errno;
	unlinkat(directory, temporary, 0); /* left by a run that was killed */
	to = openat(directory, temporary,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	result = fill_file(to, from, status, &owner, mtime);
	if (close(to) != 0 && result == 0)
		result = -errno;
	if (result == 0 && renameat(directory, temporary, directory, name) != 0)
		result = -errno;
	if (result != 0)
		unlinkat(directory, temporary, 0);
	return result;
}
