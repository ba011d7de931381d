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

#include "dirset.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "shadow_root.h"
#include "state.h"
#include "sys.h"
#include "text.h"

#define WRITABLE_BY_OTHERS 0022

/* Directories that may be used, with all those above. */
static struct dirset known;

void shadow_forget_trust(void)
{
	dirset_clear(&known);
}

bool shadow_is_whiteout(const char *rel)
{
	char target[NAME_MAX + 2];
	size_t base = pyc_path_base(rel, strlen(rel));
	long length = sys_readlinkat(shadow_root_fd(), rel, target, sizeof(target));

	return length > 0 && (size_t)length == strlen(rel + base) &&
	       memcmp(target, rel + base, (size_t)length) == 0;
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
	return status->st_uid == 0 || status->st_uid == sys_geteuid();
}

/* A directory that is not ours alone: is the one in place as open as it is? */
static bool is_as_in_place(const char *rel, const struct stat *status)
{
	struct stat place;

	return look_in_place(rel, &place) == 0 && S_ISDIR(place.st_mode) &&
	       (is_made_by_us(status) || status->st_uid == place.st_uid) &&
	       !(status->st_mode & WRITABLE_BY_OTHERS & ~place.st_mode) &&
	       (!(status->st_mode & S_IWGRP) || status->st_gid == place.st_gid);
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

void shadow_trust(const char *rel, unsigned now)
{
	dirset_add(&known, dirset_hash(rel, strlen(rel)), now);
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
static int check_directory(const char *rel)
{
	struct stat status;
	int error = sys_fstatat(shadow_root_fd(), rel, &status, AT_SYMLINK_NOFOLLOW);

	if (error == 0)
		error = shadow_check(rel, &status);
	if (error < 0 || S_ISDIR(status.st_mode))
		return error;
	if (!S_ISLNK(status.st_mode))
		return -ENOTDIR;
	return shadow_is_whiteout(rel) ? SHADOW_HIDDEN : -EPERM;
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
	struct stat status;
	int error = look_in_place(rel, &status);

	if (error == 0 && !S_ISDIR(status.st_mode))
		error = -ENOTDIR;
	return error < 0 ? error : shadow_mirror(rel, &status);
}

/* From the top down; `make` makes what is missing, as it is in place. */
static int go_down(const char *rel, size_t length, bool make)
{
	SCRATCH(char, prefix, PATH_MAX);
	unsigned now = dirset_now(&known);
	size_t end;
	int error = 0;

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(prefix, rel, length);
	for (end = make ? 1 : known_end(rel, length) + 1; error == 0 && end <= length;
	     end++) {
		if (rel[end] != '/')
			continue;
		prefix[end] = '\0';
		error = check_directory(prefix);
		if (error == -ENOENT && make && (error = mirror_place(prefix)) == 0)
			error = check_directory(prefix);
		if (error == 0)
			shadow_trust(prefix, now);
		prefix[end] = '/';
	}
	return error;
}

int shadow_check_above(const char *rel)
{
	size_t base = pyc_path_base(rel, strlen(rel));

	if (base == 0)
		return 0;
	return likely(dirset_has(&known, dirset_hash(rel, base - 1)))
		       ? 0
		       : go_down(rel, base - 1, false);
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
	size_t base = pyc_path_base(rel, strlen(rel));

	return base == 0 ? 0 : go_down(rel, base - 1, true);
}

/*
 * Copying the tree onto the places gives these their attributes, so they are the same
 * here, as far as that makes no file or directory that may not be used.
 */
void shadow_copy_attributes(int fd, const struct stat *status)
{
	unsigned mode = status->st_mode & 07777;
	struct stat new;

	if (!S_ISDIR(status->st_mode))
		mode &= ~(unsigned)WRITABLE_BY_OTHERS;
	else if (sys_geteuid() == 0)
		SYS3(fchown, fd, status->st_uid, status->st_gid);
	else if (sys_fstat(fd, &new) == 0)
		mode = (mode | S_IRWXU) &
		       ~(new.st_gid == status->st_gid ? 0u : (unsigned)S_IWGRP);
	SYS2(fchmod, fd, mode);
}

int shadow_mirror(const char *rel, const struct stat *place)
{
	int error = sys_mkdirat(shadow_root_fd(), rel, 0700), fd;

	if (error < 0)
		return error == -EEXIST ? 0 : error;
	fd = sys_openat(shadow_root_fd(), rel, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd >= 0) {
		shadow_copy_attributes(fd, place);
		sys_close(fd);
	}
	return 0;
}
