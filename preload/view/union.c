/* SPDX-License-Identifier: MIT */
/*
 * See union.h.  Directories are in union_directory.c.
 */
#include "view/union.h"

#include <errno.h>
#include <unistd.h>

#include "host/sys.h"
#include "host/thread.h"
#include "view/elsewhere.h"
#include "view/identity.h"
#include "view/known.h"
#include "view/place.h"
#include "view/shadow.h"
#include "view/shadow_trust.h"
#include "view/union_directory.h"

/* Where the program sees the file of a call, if that is no error. */
enum { IN_SHADOW = 0, BELOW = 1 /* in place, or nowhere */ };

/* Returns IN_SHADOW, BELOW, or -errno: -ENOENT if a whiteout hides it. */
static int locate_with_status(const struct call *call, struct stat *status)
{
	int error = identity_look_call(call, false, status);

	return error == -ENOENT ? BELOW : shadow_error(error);
}

static int locate(const struct call *call)
{
	struct stat status;

	return locate_with_status(call, &status);
}

/* Lets libc make the call on the shadow's file. */
static void make_elsewhere(struct call *call)
{
	int error = elsewhere_name(call);

	if (error == 0)
		call->action = ACTION_redirect;
	else if (error != -ENAMETOOLONG) /* the directory was removed meanwhile */
		call_done(call, shadow_error(error));
}

/* A call that changes nothing. */
static void look_only(struct call *call)
{
	int place = locate(call);

	if (place == IN_SHADOW)
		make_elsewhere(call);
	else if (place != BELOW)
		call_done(call, place);
}

/*
 * The place may be on a read-only file system, or another user's, but in the union view it is
 * writable, if its owner could write it: the copy in the shadow is this user's.
 */
static void check_access(struct call *call)
{
	int mode = (int)call->detail;
	struct stat status;

	look_only(call);
	if (call->decision != CALL_PASS || !(mode & W_OK) || shadow_ready() < 0 ||
	    !identity_may_keep(call))
		return;
	if (place_look(call, &status) == 0 && status.st_mode & S_IWUSR)
		mode &= ~W_OK;
	call_done(call, place_check_access(call, mode));
}

/* Copies what is in place up.  `itself`: a symbolic link is not followed, but refused. */
static int union_copy_up(const struct call *call, const struct stat *status, bool itself,
			 bool with_content)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (itself ? O_NOFOLLOW : 0);
	int from, error;

	if (S_ISDIR(status->st_mode))
		flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	from = place_open(call, flags);
	if (from < 0)
		return from == -ELOOP && itself ? -EROFS : from;
	error = shadow_copy_up(call_rel(call), from, with_content);
	sys_close(from);
	return error;
}

/* A call that changes an existing file or directory; `itself` as in union_copy_up(). */
static void change_existing(struct call *call, bool itself)
{
	struct stat status;
	int error = locate(call);
	bool keep = call->operation == CALL_change || error == BELOW;

	if (error == BELOW && !identity_may_keep(call))
		return;
	if (error == BELOW) {
		error = place_look(call, &status);
		if (error == 0)
			error = union_copy_up(call, &status, itself, true);
	}
	if (error < 0) {
		call_done(call, error);
	} else {
		if (keep)
			identity_keep(call_rel(call));
		if (call->operation == CALL_change && call->class == PYC_FILE)
			identity_keep_times(call_rel(call));
		make_elsewhere(call);
	}
}

/* Files that others can write are not used, so the shadow's never get those permissions. */
static void change_mode(struct call *call)
{
	const char *path;
	int directory;

	change_existing(call, false);
	if (call->decision != CALL_ELSEWHERE || !(call->option & 0022))
		return;
	directory = call->directory < 0 ? AT_FDCWD : call->directory;
	path = call->directory < 0 ? call->path
				   : call_path(call) + pyc_path_base(call_path(call),
								     call->path_length);
	call_done(call, SYS3(fchmodat, directory, path, call->option & ~0022));
}

static void open_to_read(struct call *call)
{
	int flags = call->open_flags;
	struct stat status;
	int fd = shadow_open_known(call_rel(call), flags, &status,
				   call->trusted ? call->generation : 0);

	if (likely(fd == -ENOENT))
		return;
	if (unlikely(fd == SHADOW_BLOCKS)) {
		if (identity_sees(call, &status))
			make_elsewhere(call);
		return;
	}
	if (fd >= 0 && !identity_is_of_seen(&status, call->key) &&
	    !identity_sees(call, &status)) {
		sys_close(fd);
		return;
	}
	/* the program has not asked for the O_NONBLOCK of shadow_open_known() */
	call->cautious = fd >= 0 && !(flags & (O_NONBLOCK | O_PATH));
	if (fd >= 0 && S_ISREG(status.st_mode)) { /* trace/ needs the size */
		call->sized = true;
		call->pyc_bytes = (uint64_t)status.st_size;
		if (unlikely(!call->trusted))
			call->trusted = shadow_is_private(call_rel(call));
	}
	if (fd == SHADOW_HIDDEN &&
	    identity_look_call(call, false, &status) == SHADOW_HIDDEN)
		fd = -ENOENT;
	call_done(call, fd);
}

/* Opens, and creates, a file that the program does not see.  `hidden`: by a whiteout. */
static int create_unseen(struct call *call, bool hidden)
{
	int error;

	error = union_parent(call_path(call));
	if (error < 0)
		return error;
	if (!(call->open_flags & O_CREAT))
		return -ENOENT;
	if (hidden) {
		error = shadow_remove(call_rel(call), 0);
		if (error < 0)
			return error;
	} else if (call->class == PYC_FILE) {
		shadow_drop_file(call_rel(call)); /* a pyc of another source */
	}
	return shadow_create(call_rel(call), call->open_flags, (unsigned)call->option);
}

/*
 * Creates what the shadow is not expected to have: the temporary file of a pyc.  The thread
 * remembers it for the rename that follows (union_pair.c).  -EAGAIN: it is something else.
 */
static int create_temporary(struct call *call)
{
	int wanted = O_CREAT | O_EXCL, fd, error = 0;
	struct stat status;

	if (call->class != PYC_TEMPORARY || (call->open_flags & wanted) != wanted ||
	    call->open_flags & O_DIRECTORY)
		return -EAGAIN;
	if (place_look(call, &status) == 0) /* perhaps below a whiteout */
		return -EAGAIN;
	/* of a source that it has just opened the directory is there */
	if (!identity_compiles(call_rel(call)) || !shadow_knows_above(call_rel(call)))
		error = union_parent(call_path(call));
	if (error < 0)
		return error;
	fd = shadow_create(call_rel(call), call->open_flags, (unsigned)call->option);
	if (fd == -EEXIST ||
	    fd == -ELOOP) /* there it is, or a whiteout of it or above it */
		return -EAGAIN;
	thread->temporary = fd < 0 ? 0 : known_hash(call_path(call), call->path_length);
	return fd;
}

/* Returns a descriptor, -errno, or SHADOW_BLOCKS if libc has to open it. */
static int open_to_write(struct call *call)
{
	int flags = call->open_flags;
	bool temporary = (flags & O_TMPFILE) == O_TMPFILE, there;
	struct stat status;
	int error, fd = create_temporary(call);

	if (fd != -EAGAIN)
		return fd;
	error = locate_with_status(call, &status);
	if (error == IN_SHADOW && S_ISFIFO(status.st_mode))
		return flags & O_EXCL && flags & O_CREAT ? -EEXIST : SHADOW_BLOCKS;
	if (error == IN_SHADOW)
		return shadow_create(call_rel(call), flags, (unsigned)call->option);
	if (error != BELOW)
		return error == -ENOENT ? create_unseen(call, true) : error;
	there = place_look(call, &status) == 0;
	if (!there)
		return create_unseen(call, false);
	if (flags & O_CREAT && flags & O_EXCL && !temporary)
		return -EEXIST;
	if (S_ISDIR(status.st_mode) && !temporary)
		return -EISDIR;
	error = union_copy_up(call, &status, flags & O_NOFOLLOW, !(flags & O_TRUNC));
	return error < 0 ? error
			 : shadow_create(call_rel(call), flags, (unsigned)call->option);
}

/*
 * Does the open act on the place?  It does for a pyc without a source, which is no cache and
 * does not come into the shadow: whether it can be written is the file system's decision.
 * If a whiteout is in the way, the call is done when this returns.
 */
static bool opens_in_place(struct call *call)
{
	int place;

	if (identity_may_keep(call))
		return false;
	place = locate(call);
	if (place == -ENOENT &&
	    call->open_flags & O_CREAT) /* hidden: it could not be removed */
		call_done(call, -EROFS);
	else if (place < 0)
		call_done(call, place);
	return place != IN_SHADOW;
}

static void union_open(struct call *call)
{
	if (call->operation == CALL_fopen)
		call->option = 0666;
	if (call_opens_to_read(call)) {
		open_to_read(call);
	} else if (!opens_in_place(call)) {
		call_done(call, open_to_write(call));
		if (unlikely(call->result == SHADOW_BLOCKS)) {
			make_elsewhere(call);
			return;
		}
		/* one that this thread has compiled is stamped, too, when it is closed */
		if (call->result >= 0 && call->class == PYC_FILE)
			identity_keep(call_rel(call));
	}
	call_inherit(call);
}

/* Removing in place failed so: does a whiteout serve instead? */
static bool may_be_hidden_instead(int error)
{
	return error == -EROFS || error == -EACCES || error == -EPERM;
}

/*
 * Removes a file in place and in the shadow, or hides it if the place does not permit that.
 * `shadowed`: the program sees the shadow's file.
 */
static int remove_below(struct call *call, bool shadowed)
{
	int error = place_remove(call, 0);

	if (shadowed && call->class == PYC_FILE)
		identity_forget(call_rel(call));
	if (may_be_hidden_instead(error))
		return shadow_hide(call_rel(call));
	if (!shadowed)
		return error;
	return error < 0 && error != -ENOENT && error != -ENOTDIR
		       ? error
		       : shadow_remove(call_rel(call), 0);
}

static void unlink_file(struct call *call)
{
	struct stat status;
	int shadow = identity_look_call(call, false, &status);
	int error = shadow_error(shadow);

	if (shadow == -ENOENT)
		error = place_look(call, &status);
	if (error < 0)
		call_done(call, error);
	else if (!S_ISDIR(status.st_mode))
		call_done(call, call->as_directory ? -ENOTDIR /* a dangling link */
						   : remove_below(call, shadow == 0));
	else if (call->operation == CALL_remove)
		union_rmdir(call);
	else
		call_done(call, -EISDIR);
}

/*
 * Makes the name of a call free for something new that is no directory: 0, or -errno, which
 * is -EEXIST if the program sees a file of this name.
 */
static int free_name(struct call *call)
{
	struct stat status;
	int place = locate(call), error = union_parent(call_path(call));

	if (error < 0)
		return error;
	if (place == IN_SHADOW || (place == BELOW && place_look(call, &status) == 0))
		return -EEXIST;
	if (place != BELOW && place != -ENOENT)
		return place;
	if (call->as_directory)
		return -ENOENT;
	if (place != BELOW)
		return shadow_remove(call_rel(call), 0); /* a whiteout */
	if (call->class == PYC_FILE)
		shadow_drop_file(call_rel(call)); /* a pyc of another source */
	return 0;
}

/* symlink() and mknod(). */
static void make_special(struct call *call)
{
	int error;

	if (!identity_may_keep(call) && locate(call) == BELOW)
		return;
	error = free_name(call);
	if (error == 0)
		error = call->operation == CALL_symlink
				? shadow_symlink((const char *)call->detail,
						 call_rel(call))
				: shadow_mknod(call_rel(call), (unsigned)call->option,
					       (dev_t)call->detail);
	if (error == 0)
		identity_keep(call_rel(call));
	call_done(call, error);
}

/*
 * Does the call make a new name, written with a slash at its end?  For these the kernel
 * reports later that the name is no directory's.
 */
static bool makes_name(const struct call *call)
{
	return call->as_directory == '/' &&
	       (call->operation == CALL_mkdir || call->operation == CALL_symlink ||
		call->operation == CALL_mknod);
}

/* Is it an open that creates a missing file? */
static bool opens_new(const struct call *call)
{
	return call_opens(call) && call->open_flags & O_CREAT;
}

/*
 * A path with a slash at its end can name only a directory.  Reports the kernel's error if
 * it names something else; returns whether the call is done by that.
 */
static bool refuse_no_directory(struct call *call)
{
	struct stat status;
	int error;

	if (!call->as_directory || makes_name(call))
		return false;
	error = identity_look_call(call, true, &status);
	if (error == -ENOENT)
		error = sys_fstatat(AT_FDCWD, call_path(call), &status, 0);
	else
		error = shadow_error(error);
	if (call->as_directory == '/' && opens_new(call)) {
		error = union_parent(call_path(call));
		call_done(call, error < 0 ? error : -EISDIR);
	} else if (error == 0 && !S_ISDIR(status.st_mode))
		call_done(call, -ENOTDIR);
	else if (error < 0 && call->as_directory == '.')
		call_done(call, error);
	return call->decision == CALL_DONE;
}

void union_call(struct call *call)
{
	if (refuse_no_directory(call))
		return;
	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		union_open(call);
		break;
	case CALL_access:
		check_access(call);
		break;
	case CALL_change:
		change_existing(call, call->option & AT_SYMLINK_NOFOLLOW);
		break;
	case CALL_chmod:
		change_mode(call);
		break;
	case CALL_mkdir:
		union_mkdir(call);
		break;
	case CALL_rmdir:
		union_rmdir(call);
		break;
	case CALL_unlink:
	case CALL_remove:
		if (call->option & AT_REMOVEDIR)
			union_rmdir(call);
		else
			unlink_file(call);
		break;
	case CALL_symlink:
	case CALL_mknod:
		make_special(call);
		break;
	default:
		look_only(call);
		break;
	}
}
