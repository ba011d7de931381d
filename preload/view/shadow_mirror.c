/* SPDX-License-Identifier: MIT */
/*
 * See shadow_mirror.h.
 */
#include "view/shadow_mirror.h"

#include <errno.h>
#include <stdbool.h>

#include "host/listing.h"
#include "host/sys.h"
#include "view/shadow_root.h"

/*
 * Root gives a directory to the owner of its place.  Where root may not do that (it has no
 * CAP_CHOWN, or the owner is not mapped in its user namespace), the directory stays root's,
 * and nobody else may write in it.
 */
void shadow_copy_attributes(int fd, const struct stat *place)
{
	unsigned mode = place->st_mode & 07777;
	struct stat new;

	if (!S_ISDIR(place->st_mode))
		mode &= ~(unsigned)WRITABLE_BY_OTHERS;
	else if (sys_geteuid() == 0 && SYS3(fchown, fd, place->st_uid, place->st_gid) < 0)
		mode = (mode & 0755) | S_IRWXU;
	else if (sys_geteuid() != 0 && sys_fstat(fd, &new) == 0)
		mode = (mode | S_IRWXU) &
		       ~(new.st_gid == place->st_gid ? 0u : (unsigned)S_IWGRP);
	SYS2(fchmod, fd, mode);
}

static bool note_entry(const struct listing_entry *entry, void *argument)
{
	(void)entry;
	*(bool *)argument = true;
	return false;
}

/*
 * Is this the directory that shadow_mirror() has just made?  Somebody who can write in the
 * directory above could have exchanged it.  The new one is this user's, closed to others
 * and empty.
 */
static bool is_new(int fd)
{
	struct stat status;
	bool found = false;

	return sys_fstat(fd, &status) == 0 && shadow_root_has(&status) &&
	       status.st_uid == sys_geteuid() && !(status.st_mode & 0077) &&
	       listing_each(fd, note_entry, &found) == 0 && !found;
}

int shadow_mirror(int directory, const char *name, const struct stat *place)
{
	int error = sys_mkdirat(directory, name, 0700), fd = -1;

	if (error == 0)
		fd = sys_openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd >= 0) {
		if (is_new(fd))
			shadow_copy_attributes(fd, place);
		sys_close(fd);
	}
	return error == -EEXIST ? 0 : error;
}
