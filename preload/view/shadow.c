/* SPDX-License-Identifier: MIT */
/*
 * See shadow.h: looking, and opening for reading.
 */
#include "view/shadow.h"

#include <errno.h>
#include <string.h>

#include "host/sys.h"
#include "pyc_path.h"
#include "view/known.h"
#include "view/shadow_root.h"
#include "view/shadow_trust.h"

/*
 * Looks at what is at the spot, if it may be used.  Where others can exchange a symbolic
 * link, it is not followed, because it may lead anywhere.
 */
static int look_there(const struct shadow_spot *spot, const char *rel, bool follow,
		      struct stat *status)
{
	int flags = follow && !spot->opened ? 0 : AT_SYMLINK_NOFOLLOW;
	int error = sys_fstatat(spot->fd, spot->name, status, flags);

	if (error == 0)
		error = shadow_check(rel, status);
	if (error < 0 || !S_ISLNK(status->st_mode))
		return error;
	if (shadow_is_whiteout(spot))
		return SHADOW_HIDDEN;
	return follow ? -EPERM : 0;
}

static int find_once(const char *rel, bool follow, struct stat *status)
{
	unsigned generation = known_generation();
	int error;

	if (shadow_is_empty())
		return -ENOENT;
	error = SHADOW_AT(rel, spot, look_there(&spot, rel, follow, status));
	if (error == 0 && S_ISDIR(status->st_mode) && !follow)
		shadow_trust(rel, status, generation);
	if (unlikely(error == -EPERM))
		error = shadow_why_refused(rel);
	return error == -EBADF ? -ENOENT : error;
}

/* O_NONBLOCK: a planted FIFO must not hang us; it does not affect regular files. */
static int open_unblocked(const struct shadow_spot *spot, int flags)
{
	return sys_openat(spot->fd, spot->name, flags | O_NONBLOCK | O_NOCTTY, 0);
}

/*
 * Opens what may be a symbolic link, and follows it if it may be used.  Whiteouts have to be
 * recognised first, because the kernel opens them like other links with O_PATH.
 */
static int open_link(const struct shadow_spot *spot, const char *rel, int flags)
{
	struct stat status;
	int error = look_there(spot, rel, false, &status);

	if (error == 0 && flags & O_NOFOLLOW && !(flags & O_PATH))
		error = -ELOOP;
	if (error == 0 && spot->opened && S_ISLNK(status.st_mode) &&
	    !(flags & O_NOFOLLOW))
		error = -EPERM;
	return error < 0 ? error : open_unblocked(spot, flags);
}

/*
 * A program may have made a FIFO, a socket or a device in a cache, and opens it as it wants.
 * A FIFO is left to the real call, because the open may block.  But a FIFO with the name of
 * a pyc is only left to an open that cannot block: a writer that waited for a reader may
 * have met our own descriptor, and be gone.
 */
static int open_special(int fd, const char *rel, int flags, const struct stat *status)
{
	bool pyc = pyc_path_class(rel, strlen(rel)) == PYC_FILE;
	char name[FD_NAME_BYTES];

	if (S_ISFIFO(status->st_mode) && (!pyc || flags & O_NONBLOCK))
		return SHADOW_BLOCKS;
	if (pyc)
		return -EPERM;
	fd_name(name, fd);
	return sys_openat(AT_FDCWD, name, flags & ~O_NOFOLLOW, 0);
}

/* The kernel has found no directory: returns the error that the program gets. */
static int explain_no_directory(const struct shadow_spot *spot, const char *rel)
{
	struct stat status;
	int error = look_there(spot, rel, false, &status);

	if (error == 0) /* a symbolic link to a directory may not be used */
		error = S_ISLNK(status.st_mode) ? -EPERM : -ENOTDIR;
	return error;
}

/* Opens what is at the spot; -EPERM if it may not be used. */
static int open_there(const struct shadow_spot *spot, const char *rel, int flags,
		      struct stat *status)
{
	bool directory = flags & O_DIRECTORY, only_named = flags & O_PATH;
	unsigned generation = known_generation();
	int fd, special, error;

	fd = only_named ? open_link(spot, rel, flags)
			: open_unblocked(spot, flags | O_NOFOLLOW);
	if (unlikely(directory && (fd == -ENOTDIR || fd == -ELOOP)))
		return explain_no_directory(spot, rel);
	if (unlikely(fd == SHADOW_HIDDEN && !only_named))
		fd = open_link(spot, rel, flags);
	if (fd < 0)
		return fd;
	error = sys_fstat(fd, status);
	if (error == 0)
		error = shadow_check(rel, status);
	if (error == 0 && directory && !only_named) /* O_NOFOLLOW: it is no link */
		shadow_trust(rel, status, generation);
	if (error == 0 &&
	    (only_named || S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)))
		return fd;
	special = error < 0 ? error : open_special(fd, rel, flags, status);
	sys_close(fd);
	return special;
}

static int open_once(const char *rel, int flags, struct stat *status, unsigned trusted)
{
	struct shadow_spot root = {.name = rel};
	int fd;

	if (shadow_is_empty())
		return -ENOENT;
	if (likely(trusted && trusted == known_generation())) {
		root.fd = shadow_root_fd();
		fd = open_there(&root, rel, flags, status);
	} else {
		fd = SHADOW_AT(
			rel, spot,
			shadow_take_number(&spot, open_there(&spot, rel, flags, status)));
	}
	if (unlikely(fd == -EPERM))
		fd = shadow_why_refused(rel);
	return fd == -EBADF ? -ENOENT : fd;
}

int shadow_open_known(const char *rel, int flags, struct stat *status, unsigned trusted)
{
	int fd = open_once(rel, flags, status, trusted);

	if (unlikely(fd == -EPERM || fd == -EACCES) && shadow_root_renew())
		fd = open_once(rel, flags, status, trusted);
	return likely(fd != -EPERM) ? fd : shadow_refuse(rel);
}

int shadow_open(const char *rel, int flags)
{
	struct stat status;

	return shadow_open_known(rel, flags, &status, 0);
}

int shadow_find(const char *rel, bool follow, struct stat *status)
{
	int error = find_once(rel, follow, status);

	if (unlikely(error == -EPERM || error == -EACCES) && shadow_root_renew())
		error = find_once(rel, follow, status);
	if (error == -EACCES)
		return -ENOENT;
	return likely(error != -EPERM) ? error : shadow_refuse(rel);
}

long shadow_read_link(const char *rel, char *text, size_t bytes, struct stat *status)
{
	return SHADOW_AT(rel, spot, ({
				 long error = sys_fstatat(spot.fd, spot.name, status,
							  AT_SYMLINK_NOFOLLOW);
				 if (error == 0)
					 error = shadow_check(rel, status);
				 error < 0 ? error
					   : sys_readlinkat(spot.fd, spot.name, text,
							    bytes);
			 }));
}

int shadow_hold(const char *rel, int *fd)
{
	struct shadow_spot spot;
	int error = shadow_reach(rel, &spot);

	*fd = error == 0 && spot.opened ? spot.fd : -1;
	return error;
}
