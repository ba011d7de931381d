/*
 * See union.h: what has two paths.  Runs in the host: any thread, any context; raw system
 * calls only.
 */
#include <errno.h>
#include <string.h>

#include "abspath.h"
#include "identity.h"
#include "place.h"
#include "pyc_path.h"
#include "shadow.h"
#include "sys.h"
#include "union.h"
#include "union_directory.h"
#include "union_source.h"
#include "whole.h"

#define RENAME_NOREPLACE_FLAG 1

struct side {
	const struct call *call;
	const char *path, *rel;
	int shadow; /* shadow_look(): 0, SHADOW_HIDDEN, -ENOENT */
	int below;  /* in place: 0, or -errno */
	bool below_is_directory;
	char as_directory;
	struct stat status; /* of what is to be seen */
};

static void look_at(struct side *side, const struct call *call)
{
	struct stat below;

	side->call = call;
	side->path = call_path(call);
	side->rel = side->path + 1;
	side->as_directory = call->as_directory;
	side->shadow = call->covered ? shadow_look(side->rel, false, &side->status)
				     : -ENOENT;
	side->below = place_look(call, &below);
	side->below_is_directory = side->below == 0 && S_ISDIR(below.st_mode);
	if (side->shadow != 0)
		side->status = below;
}

/* Is there something to be seen? */
static bool is_there(const struct side *side)
{
	return side->shadow == 0 || (side->shadow == -ENOENT && side->below == 0);
}

/* After a file was moved in the shadow: what is in place must not come back. */
static int forget_below(const struct side *from)
{
	int error;

	if (from->below < 0)
		return 0;
	error = place_remove(from->call, 0);
	return error < 0 && error != -ENOENT ? shadow_hide(from->rel) : 0;
}

static int move_directory(const struct side *from, const struct side *to)
{
	int error;

	/* as overlayfs: what is merged, or below, does not move; the caller copies */
	if (from->shadow != 0 ||
	    (from->below_is_directory && !union_is_opaque(from->path)))
		return -EXDEV;
	if (to->shadow == SHADOW_HIDDEN)
		error = shadow_remove(to->rel, 0);
	else
		error = is_there(to) ? union_is_empty(to->call) : 0;
	if (error == 0 && is_there(to))
		shadow_drop_tree(to->rel);
	if (error == 0)
		union_drop_unseen(from->rel);
	if (error == 0)
		error = shadow_rename(from->rel, to->rel);
	if (error < 0)
		return error;
	union_keep_all(to->rel);
	if (from->below_is_directory)
		shadow_drop_whiteouts(to->rel);
	if (to->below_is_directory)
		union_hide_below(to->call);
	return from->below_is_directory ? shadow_hide(from->rel) : forget_below(from);
}

/* Bring a file that is only in place into the shadow; what is none, the caller copies. */
static int copy_up(const struct side *from, const char *rel)
{
	int error, fd = place_open(from->call,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd == -ELOOP ? -EXDEV : fd;
	error = shadow_copy_up(rel, fd, true);
	sys_close(fd);
	return error;
}

static int move_file(const struct side *from, const struct side *to, bool from_covered)
{
	bool stamped = false;
	int error;

	if (from->shadow == 0) {
		stamped = identity_stamp(from->rel, to->rel);
		/* what could not be written whole does not come into place */
		error = -whole_error(from->status.st_dev, from->status.st_ino);
		if (error == 0)
			error = shadow_rename(from->rel, to->rel);
	} else {
		error = copy_up(from, to->rel);
	}
	if (error < 0)
		return error;
	if (!stamped)
		identity_keep(to->rel);
	if (from->shadow == 0 && pyc_path_class(from->rel, strlen(from->rel)) == PYC_FILE)
		identity_forget(from->rel);
	return from_covered ? forget_below(from) : place_remove(from->call, 0);
}

/* Is `path` below the directory `above`? */
static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(path), above_length = strlen(above);

	return length > above_length &&
	       abspath_is_within(path, length, above, above_length);
}

/* The directory that a name is in must be there: with a dot behind it, what it names. */
static int check_parent(const struct side *side)
{
	int error = union_parent(side->path);

	if (error < 0 || side->as_directory != '.')
		return error;
	if (!is_there(side))
		return -ENOENT;
	return S_ISDIR(side->status.st_mode) ? 0 : -ENOTDIR;
}

/* What the kernel finds wrong before a file system is asked, in its order. */
static int check_rename(const struct side *from, const struct side *to, intptr_t flags)
{
	bool directory = S_ISDIR(from->status.st_mode);
	int error = check_parent(from);

	if (error == 0)
		error = check_parent(to);
	if (error < 0)
		return error;
	if (flags & ~(intptr_t)RENAME_NOREPLACE_FLAG)
		return -EINVAL;
	if (from->as_directory == '.' || to->as_directory == '.')
		return -EBUSY;
	if (!is_there(from))
		return -ENOENT;
	if (flags && is_there(to))
		return -EEXIST;
	if (!directory && (from->as_directory || to->as_directory))
		return -ENOTDIR;
	if (is_below(to->path, from->path))
		return -EINVAL;
	if (is_below(from->path, to->path))
		return -ENOTEMPTY;
	if (is_there(to) && directory && !S_ISDIR(to->status.st_mode))
		return -ENOTDIR;
	return is_there(to) && !directory && S_ISDIR(to->status.st_mode) ? -EISDIR : 0;
}

static int rename_here(const struct side *from, const struct side *to, bool from_covered,
		       intptr_t flags)
{
	int error = check_rename(from, to, flags);

	if (error < 0)
		return error;
	if (strcmp(from->path, to->path) == 0)
		return 0;
	if (S_ISDIR(from->status.st_mode))
		return from_covered ? move_directory(from, to) : -EXDEV;
	if (from->shadow == 0 && to->shadow == 0 &&
	    from->status.st_ino == to->status.st_ino)
		return 0; /* two names of one file: rename does nothing */
	return move_file(from, to, from_covered);
}

/* May a link get this name?  0, or -errno. */
static int name_is_free(const struct side *to)
{
	int error = check_parent(to);

	if (error == 0 && is_there(to))
		error = -EEXIST;
	return error == 0 && to->as_directory ? -ENOENT : error;
}

static int link_here(const struct side *from, const struct side *to)
{
	int error = check_parent(from);

	if (error == 0 && !is_there(from))
		error = -ENOENT;
	if (error == 0 && from->as_directory && !S_ISDIR(from->status.st_mode))
		error = -ENOTDIR;
	if (error == 0)
		error = name_is_free(to);
	if (error < 0)
		return error;
	if (S_ISDIR(from->status.st_mode))
		return -EPERM;
	if (from->shadow != 0) {
		error = copy_up(from, from->rel);
		if (error == 0)
			identity_keep(from->rel);
	}
	if (error == 0 && to->shadow == SHADOW_HIDDEN)
		error = shadow_remove(to->rel, 0);
	else if (error == 0)
		shadow_drop_file(to->rel); /* one that is not valid */
	if (error == 0)
		error = shadow_link(from->rel, to->rel);
	if (error == 0)
		identity_keep(to->rel);
	return error;
}

/* Out of the cache: what is in the shadow is on another file system. */
static void leave(struct call_pair *pair, const struct side *from)
{
	if (from->shadow == -ENOENT)
		return;
	call_done(&pair->from, from->shadow == 0 ? -EXDEV : -ENOENT);
}

/*
 * To the name of a pyc that has no source, which belongs in place.  True: the call is done,
 * or left to the real function.
 */
static bool goes_in_place(struct call_pair *pair, const struct side *from,
			  const struct side *to)
{
	int error;

	if (to->shadow == 0 || identity_may_keep(to->rel))
		return false;
	if (to->shadow == SHADOW_HIDDEN) { /* what is there could not be removed */
		call_done(&pair->from, -EROFS);
	} else if (from->shadow == 0 && pair->from.operation == CALL_link) {
		call_done(&pair->from, -EXDEV); /* tools copy then */
	} else if (from->shadow == 0) {
		error = check_rename(from, to, pair->from.detail);
		if (error == 0)
			error = S_ISREG(from->status.st_mode)
					? union_bring_out(from->rel, to->path, to->call)
					: -EXDEV;
		if (error == 0)
			error = forget_below(from);
		call_done(&pair->from, error);
	} else if (from->shadow != -ENOENT) {
		call_done(&pair->from, shadow_error(from->shadow));
	}
	return true;
}

void union_pair(struct call_pair *pair)
{
	bool links = pair->from.operation == CALL_link;
	struct side from, to;
	int result;

	look_at(&from, &pair->from);
	look_at(&to, &pair->to);
	if (!pair->to.covered) {
		leave(pair, &from);
		return;
	}
	if (goes_in_place(pair, &from, &to))
		return;
	if (links && !pair->from.covered) {
		/* a name for what open(O_TMPFILE) made, maybe */
		result = from.below < 0 ? from.below : name_is_free(&to);
		if (result == 0)
			result = shadow_make_parents(to.rel);
		if (result == 0) {
			(void)call_name_elsewhere(&pair->to);
			return;
		}
	} else if (links) {
		result = link_here(&from, &to);
	} else {
		result = rename_here(&from, &to, pair->from.covered, pair->from.detail);
	}
	call_done(&pair->from, result);
}
