/* SPDX-License-Identifier: MIT */
/*
 * See shadow_trust.h.
 */
#include "view/shadow_trust.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/owner.h"
#include "host/scratch.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/text.h"
#include "pyc_path.h"
#include "view/beneath.h"
#include "view/known.h"
#include "view/shadow_mirror.h"
#include "view/shadow_root.h"
#include "view/whiteout.h"

/* Is this fact known about the directory that the first `length` bytes name? */
static bool knows(const char *rel, size_t length, enum known_fact fact)
{
	return known_has(known_hash(rel, length), fact, known_generation());
}

bool shadow_is_whiteout(const struct shadow_spot *spot)
{
	char target[NAME_MAX + 2];
	const char *name = spot->name;
	long length = sys_readlinkat(spot->fd, name, target, sizeof(target));

	name += pyc_path_base(name, strlen(name));
	return length > 0 && (size_t)length == strlen(name) &&
	       memcmp(target, name, (size_t)length) == 0;
}

/* Is this directory known to be private?  The root, of length 0, always is. */
static bool is_private(const char *rel, size_t length)
{
	return length == 0 || knows(rel, length, KNOWN_PRIVATE);
}

/* Is it known that nobody else can rename this user's entries of the directory? */
static bool protects_entries(const char *rel, size_t length)
{
	return is_private(rel, length) || knows(rel, length, KNOWN_STICKY);
}

/* Returns the length of the parent directory's path, without a slash; 0 for the root. */
static size_t parent_length(const char *rel)
{
	size_t base = pyc_path_base(rel, strlen(rel));

	return base ? base - 1 : 0;
}

bool shadow_is_private(const char *rel)
{
	return is_private(rel, parent_length(rel));
}

/* Opens the parent directory, whose path has `length` bytes, without following links. */
static COLD int open_above(const char *rel, size_t length, struct shadow_spot *spot)
{
	SCRATCH(char, above, PATH_MAX);

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(above, rel, length);
	above[length] = '\0';
	spot->fd = beneath_open(spot->fd, above, O_PATH | O_DIRECTORY);
	spot->name = rel + length + 1;
	spot->opened = spot->fd >= 0;
	return spot->fd < 0 ? spot->fd : 0;
}

/* As shadow_reach(), but does not ask whether the directories above may be used. */
static int find_spot(const char *rel, struct shadow_spot *spot)
{
	size_t length = parent_length(rel);

	*spot = (struct shadow_spot){.fd = shadow_root_fd(), .name = rel};
	if (likely(is_private(rel, length)))
		return 0;
	return spot->fd < 0 ? -EBADF : open_above(rel, length, spot);
}

void shadow_leave(const struct shadow_spot *spot)
{
	if (unlikely(spot->opened))
		sys_close(spot->fd);
}

static int stat_place(const char *rel, struct stat *status)
{
	SCRATCH(char, path, PATH_MAX + 1);
	struct text name = text_in(path, PATH_MAX + 1);

	text_add(&name, "/");
	text_add(&name, rel);
	return sys_fstatat(AT_FDCWD, path, status, 0);
}

/* Is it this user's or root's? */
static bool has_trusted_owner(const struct stat *status)
{
	return owner_is_trusted(status->st_uid);
}

/*
 * Is a directory that others can write, or own, no more open than the one in place?  A user
 * or group that stands for all unmapped ones (owner.h) is never the same as another.
 */
static bool is_as_in_place(const char *rel, const struct stat *status)
{
	struct stat place;

	return stat_place(rel, &place) == 0 && S_ISDIR(place.st_mode) &&
	       (has_trusted_owner(status) ||
		(status->st_uid == place.st_uid && owner_is_one_user(place.st_uid))) &&
	       !(status->st_mode & WRITABLE_BY_OTHERS & ~place.st_mode) &&
	       (!(status->st_mode & S_IWGRP) ||
		(status->st_gid == place.st_gid && owner_is_one_group(place.st_gid)));
}

int shadow_check(const char *rel, const struct stat *status)
{
	unsigned others = status->st_mode & WRITABLE_BY_OTHERS;

	if (!shadow_root_has(status))
		return -EPERM;
	switch (status->st_mode & S_IFMT) {
	case S_IFLNK: /* a link has no permissions of its own */
		return has_trusted_owner(status) ? 0 : -EPERM;
	case S_IFDIR:
		return (has_trusted_owner(status) && !others) ||
				       is_as_in_place(rel, status)
			       ? 0
			       : -EPERM;
	default:
		return has_trusted_owner(status) && !others ? 0 : -EPERM;
	}
}

void shadow_trust(const char *rel, const struct stat *status, unsigned generation)
{
	uint64_t hash = known_hash(rel, strlen(rel));

	if (has_trusted_owner(status) && protects_entries(rel, parent_length(rel))) {
		if (!(status->st_mode & WRITABLE_BY_OTHERS))
			known_add(hash, KNOWN_PRIVATE, generation);
		else if (status->st_mode & S_ISVTX)
			known_add(hash, KNOWN_STICKY, generation);
	}
	known_add(hash, KNOWN_TRUSTED, generation);
}

int shadow_refuse(const char *rel)
{
	SCRATCH(char, path, PATH_MAX + 1);
	struct text name = text_in(path, PATH_MAX + 1);
	size_t length;

	text_add(&name, shadow_root(&length));
	text_add(&name, "/");
	text_add(&name, rel);
	state_complain("", path, "made by somebody else or writable by others; not used");
	return -ENOENT;
}

/*
 * Is there a directory at `rel` that may be used, if those above may be?  0, SHADOW_HIDDEN
 * or -errno.
 */
static int check_directory(const char *rel, struct stat *status)
{
	struct shadow_spot spot;
	int error = find_spot(rel, &spot);

	if (error < 0)
		return error;
	error = sys_fstatat(spot.fd, spot.name, status, AT_SYMLINK_NOFOLLOW);
	if (error == 0)
		error = shadow_check(rel, status);
	if (error == 0 && S_ISLNK(status->st_mode))
		error = shadow_is_whiteout(&spot) ? SHADOW_HIDDEN : -EPERM;
	else if (error == 0 && !S_ISDIR(status->st_mode))
		error = -ENOTDIR;
	shadow_leave(&spot);
	return error;
}

/*
 * Returns the length of the longest path, of at most `length` bytes, that names a directory
 * known to be usable; 0 if there is none but the root.
 */
static size_t known_length(const char *rel, size_t length)
{
	size_t base;

	while (length && !knows(rel, length, KNOWN_TRUSTED)) {
		base = pyc_path_base(rel, length);
		length = base ? base - 1 : 0;
	}
	return length;
}

/* Makes the directory `rel` with the attributes in place; -ENOENT if there is no place. */
static int mirror_place(const char *rel)
{
	struct shadow_spot spot;
	struct stat status;
	int error = stat_place(rel, &status);

	if (error < 0)
		return error;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	error = find_spot(rel, &spot);
	if (error < 0)
		return error;
	error = shadow_mirror(spot.fd, spot.name, &status);
	shadow_leave(&spot);
	return error;
}

enum descent {
	FROM_KNOWN, /* begin below the last directory that is known to be usable */
	FROM_TOP,   /* check every directory again */
	MAKING,	    /* the same, and make directories that are missing */
};

/* Checks the directories on the way to the one that the first `length` bytes name. */
static int go_down(const char *rel, size_t length, enum descent how)
{
	SCRATCH(char, prefix, PATH_MAX);
	unsigned generation = known_generation();
	struct stat status;
	size_t end;
	int error = 0;

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(prefix, rel, length);
	for (end = how == FROM_KNOWN ? known_length(rel, length) + 1 : 1;
	     error == 0 && end <= length; end++) {
		if (rel[end] != '/')
			continue;
		prefix[end] = '\0';
		error = check_directory(prefix, &status);
		if (error == -ENOENT && how == MAKING &&
		    (error = mirror_place(prefix)) == 0)
			error = check_directory(prefix, &status);
		if (error == 0)
			shadow_trust(prefix, &status, generation);
		prefix[end] = '/';
	}
	return error;
}

int shadow_check_above(const char *rel)
{
	size_t length = parent_length(rel);

	if (length == 0)
		return 0;
	return likely(knows(rel, length, KNOWN_TRUSTED))
		       ? 0
		       : go_down(rel, length, FROM_KNOWN);
}

int shadow_reach(const char *rel, struct shadow_spot *spot)
{
	int error = 0;

	if (unlikely(!shadow_is_private(rel)))
		error = shadow_check_above(rel);
	if (error == 0)
		error = find_spot(rel, spot);
	/* a known directory has become a link: a whiteout, or another user's */
	if (unlikely(error == -ELOOP)) {
		error = go_down(rel, parent_length(rel), FROM_TOP);
		if (error == 0)
			error = -EPERM;
	}
	return error;
}

int shadow_why_refused(const char *rel)
{
	struct shadow_spot spot;
	struct stat status;
	int error = find_spot(rel, &spot);

	if (error == 0) {
		error = sys_fstatat(spot.fd, spot.name, &status, AT_SYMLINK_NOFOLLOW);
		shadow_leave(&spot);
	}
	return error == -ENOENT ? -ENOENT : -EPERM;
}

bool shadow_has_above(const char *rel)
{
	return !shadow_may_be_empty() && shadow_check_above(rel) == 0;
}

bool shadow_knows(const char *rel)
{
	return knows(rel, strlen(rel), KNOWN_TRUSTED);
}

bool shadow_knows_above(const char *rel)
{
	return knows(rel, parent_length(rel), KNOWN_TRUSTED);
}

int shadow_make_parents(const char *rel)
{
	size_t length = parent_length(rel);

	return length == 0 ? 0 : go_down(rel, length, MAKING);
}

int shadow_take_number(struct shadow_spot *spot, int fd)
{
	if (likely(!spot->opened) || fd < spot->fd ||
	    SYS3(dup3, fd, spot->fd, O_CLOEXEC) < 0)
		return fd;
	sys_close(fd);
	spot->opened = false;
	return spot->fd;
}
