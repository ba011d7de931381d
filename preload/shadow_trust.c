/*
 * See shadow_trust.h.
 *
 * A file counts if it is this user's or root's and nobody else can write it.  A directory
 * counts if the same is true of it, or if it is no more open than the one that it mirrors:
 * who can write that one can change the sources, too.  No directory is reached through a
 * link.
 */
#include "shadow_trust.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "beneath.h"
#include "dirset.h"
#include "listing.h"
#include "owner.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "shadow_root.h"
#include "state.h"
#include "sys.h"
#include "text.h"

#define WRITABLE_BY_OTHERS 0022

/*
 * Directories that may be used, with all those above.  Under a second hash are those whose
 * path nobody but this user and root can change.  Private ones can be written by nobody else,
 * either.  In sticky ones others can make new names, but not exchange what is ours.
 */
static struct dirset known;

#define PRIVATE(hash) ((hash) ^ 2) /* the lowest bit is the same in all hashes */
#define STICKY(hash) ((hash) ^ 4)

void shadow_forget_trust(void)
{
	dirset_clear(&known);
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

/* Is the directory that ends there known to be private?  The root is. */
static bool is_private(const char *rel, size_t length)
{
	return length == 0 || dirset_has(&known, PRIVATE(dirset_hash(rel, length)));
}

/* Can nobody else exchange a directory of ours in the one that ends there? */
static bool keeps_what_is_ours(const char *rel, size_t length)
{
	return is_private(rel, length) ||
	       dirset_has(&known, STICKY(dirset_hash(rel, length)));
}

/* The length of the directory that a name is in, without the slash; 0: the root. */
static size_t parent_length(const char *rel)
{
	size_t base = pyc_path_base(rel, strlen(rel));

	return base ? base - 1 : 0;
}

bool shadow_is_private(const char *rel)
{
	return is_private(rel, parent_length(rel));
}

/* Open the directory above, whose path ends at `length`. */
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

/* The place of a name, whether or not the directories above may be used. */
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

static int look_in_place(const char *rel, struct stat *status)
{
	SCRATCH(char, path, PATH_MAX + 1);
	struct text name = text_in(path, PATH_MAX + 1);

	text_add(&name, "/");
	text_add(&name, rel);
	return sys_fstatat(AT_FDCWD, path, status, 0);
}

static bool is_made_by_us(const struct stat *status)
{
	return owner_is_trusted(status->st_uid);
}

/* A directory that is not ours alone: is the one in place as open as it is? */
static bool is_as_in_place(const char *rel, const struct stat *status)
{
	struct stat place;

	return look_in_place(rel, &place) == 0 && S_ISDIR(place.st_mode) &&
	       (is_made_by_us(status) ||
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
		return is_made_by_us(status) ? 0 : -EPERM;
	case S_IFDIR:
		return (is_made_by_us(status) && !others) || is_as_in_place(rel, status)
			       ? 0
			       : -EPERM;
	default:
		return is_made_by_us(status) && !others ? 0 : -EPERM;
	}
}

unsigned shadow_trust_now(void)
{
	return dirset_now(&known);
}

void shadow_trust(const char *rel, const struct stat *status, unsigned now)
{
	uint64_t hash = dirset_hash(rel, strlen(rel));

	if (is_made_by_us(status) && keeps_what_is_ours(rel, parent_length(rel))) {
		if (!(status->st_mode & WRITABLE_BY_OTHERS))
			dirset_add(&known, PRIVATE(hash), now);
		else if (status->st_mode & S_ISVTX)
			dirset_add(&known, STICKY(hash), now);
	}
	dirset_add(&known, hash, now);
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

/* Is there a directory that may be used, below others that may be? */
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

/* The end of the lowest directory that is known, at or above `length`; 0: none is. */
static size_t known_end(const char *rel, size_t length)
{
	size_t base;

	while (length && !dirset_has(&known, dirset_hash(rel, length))) {
		base = pyc_path_base(rel, length);
		length = base ? base - 1 : 0;
	}
	return length;
}

/* Make one directory as it is in place; -ENOENT where there is none. */
static int mirror_place(const char *rel)
{
	struct shadow_spot spot = {0};
	struct stat status;
	int error = look_in_place(rel, &status);

	if (error == 0 && !S_ISDIR(status.st_mode))
		error = -ENOTDIR;
	if (error == 0)
		error = find_spot(rel, &spot);
	if (error < 0)
		return error;
	error = shadow_mirror(&spot, &status);
	shadow_leave(&spot);
	return error;
}

/* How to go down to a directory. */
enum descent {
	FROM_KNOWN, /* from the lowest directory that is known */
	FROM_TOP,   /* from the root, though all may be known */
	MAKING,	    /* the same, and make what is missing, as it is in place */
};

static int go_down(const char *rel, size_t length, enum descent how)
{
	SCRATCH(char, prefix, PATH_MAX);
	unsigned now = dirset_now(&known);
	struct stat status;
	size_t end;
	int error = 0;

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(prefix, rel, length);
	for (end = how == FROM_KNOWN ? known_end(rel, length) + 1 : 1;
	     error == 0 && end <= length; end++) {
		if (rel[end] != '/')
			continue;
		prefix[end] = '\0';
		error = check_directory(prefix, &status);
		if (error == -ENOENT && how == MAKING &&
		    (error = mirror_place(prefix)) == 0)
			error = check_directory(prefix, &status);
		if (error == 0)
			shadow_trust(prefix, &status, now);
		prefix[end] = '/';
	}
	return error;
}

int shadow_check_above(const char *rel)
{
	size_t length = parent_length(rel);

	if (length == 0)
		return 0;
	return likely(dirset_has(&known, dirset_hash(rel, length)))
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
	if (unlikely(error == -ELOOP)) { /* a whiteout by now, or somebody's link */
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
	return dirset_has(&known, dirset_hash(rel, strlen(rel)));
}

int shadow_make_parents(const char *rel)
{
	size_t length = parent_length(rel);

	return length == 0 ? 0 : go_down(rel, length, MAKING);
}

/*
 * Copying the tree onto the places gives these their attributes, so they are the same
 * here, as far as that makes no file or directory that may not be used.  A directory is
 * given to the owner of its place where root may do that; where it may not (it has no
 * CAP_CHOWN, or the owner is unknown in its user namespace) the directory stays ours, and
 * opens nothing to others.
 */
void shadow_copy_attributes(int fd, const struct stat *status)
{
	unsigned mode = status->st_mode & 07777;
	struct stat new;

	if (!S_ISDIR(status->st_mode))
		mode &= ~(unsigned)WRITABLE_BY_OTHERS;
	else if (sys_geteuid() == 0 &&
		 SYS3(fchown, fd, status->st_uid, status->st_gid) < 0)
		mode = (mode & 0755) | S_IRWXU;
	else if (sys_geteuid() != 0 && sys_fstat(fd, &new) == 0)
		mode = (mode | S_IRWXU) &
		       ~(new.st_gid == status->st_gid ? 0u : (unsigned)S_IWGRP);
	SYS2(fchmod, fd, mode);
}

static bool note_name(const struct listing_entry *entry, void *argument)
{
	(void)entry;
	*(bool *)argument = true;
	return false;
}

/*
 * Is this the directory that was just made, and not what somebody who can write in the one
 * above has put there instead?  Then it is ours, closed to others and empty.
 */
static bool is_new(int fd)
{
	struct stat status;
	bool found = false;

	return sys_fstat(fd, &status) == 0 && shadow_root_has(&status) &&
	       status.st_uid == sys_geteuid() && !(status.st_mode & 0077) &&
	       listing_each(fd, note_name, &found) == 0 && !found;
}

int shadow_mirror(const struct shadow_spot *spot, const struct stat *place)
{
	int error = sys_mkdirat(spot->fd, spot->name, 0700), fd = -1;

	if (error == 0)
		fd = sys_openat(spot->fd, spot->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW,
				0);
	if (fd >= 0) {
		if (is_new(fd))
			shadow_copy_attributes(fd, place);
		sys_close(fd);
	}
	return error == -EEXIST ? 0 : error;
}
