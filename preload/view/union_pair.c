/* SPDX-License-Identifier: MIT */
/*
 * See union_pair.h.
 */
#include "view/union_pair.h"

#include <errno.h>
#include <string.h>

#include "host/listing.h"
#include "host/sys.h"
#include "host/thread.h"
#include "host/whole.h"
#include "path/name.h"
#include "pyc_path.h"
#include "view/elsewhere.h"
#include "view/identity.h"
#include "view/known.h"
#include "view/place.h"
#include "view/shadow.h"
#include "view/shadow_tree.h"
#include "view/shadow_trust.h"
#include "view/union_directory.h"
#include "view/union_source.h"

/* One of the two paths. */
struct side {
	const struct call *call;
	const char *path, *rel;
	int shadow; /* identity_look(): 0, SHADOW_HIDDEN, -ENOENT */
	int below;  /* place_look(): 0, or -errno */
	bool below_is_directory;
	char as_directory;
	struct stat status; /* of what the program sees, if is_there() */
};

static void side_look(struct side *side, const struct call *call)
{
	struct stat below;

	side->call = call;
	side->path = call_path(call);
	side->rel = side->path + 1;
	side->as_directory = call->as_directory;
	side->shadow = call->covered ? identity_look_call(call, false, &side->status)
				     : -ENOENT;
	side->below = place_look(call, &below);
	side->below_is_directory = side->below == 0 && S_ISDIR(below.st_mode);
	if (side->shadow != 0)
		side->status = below;
}

/* Does the program see something at this path? */
static bool is_there(const struct side *side)
{
	return side->shadow == 0 || (side->shadow == -ENOENT && side->below == 0);
}

/* After a move in the shadow: keeps what is in place from showing again. */
static int forget_below(const struct side *from)
{
	int error;

	if (from->below < 0)
		return 0;
	error = place_remove(from->call, 0);
	return error < 0 && error != -ENOENT ? shadow_hide(from->rel) : 0;
}

/* Renames a directory in the shadow: 0, or -errno. */
static int move_directory(const struct side *from, const struct side *to)
{
	int error;

	/* as on overlayfs, a merged or lower directory does not move: tools copy it */
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

/* A search for a descriptor of this process that is open to write the file. */
struct writer {
	struct stat file;
	bool found;
};

static bool is_writer(const struct listing_entry *entry, void *argument)
{
	struct writer *writer = argument;
	const char *digit = entry->name;
	struct stat status;
	int fd = 0;

	for (; *digit >= '0' && *digit <= '9'; digit++)
		fd = fd * 10 + *digit - '0';
	writer->found = digit > entry->name && sys_fstat(fd, &status) == 0 &&
			status.st_dev == writer->file.st_dev &&
			status.st_ino == writer->file.st_ino &&
			(sys_fcntl(fd, F_GETFL, 0) & O_ACCMODE) != O_RDONLY;
	return !writer->found;
}

/*
 * What the program writes by such a descriptor after the file was copied would be lost,
 * because the descriptor stays where it is.
 */
static bool is_being_written(int fd)
{
	struct writer writer = {.found = false};
	int descriptors;

	if (sys_fstat(fd, &writer.file) < 0)
		return false;
	descriptors = sys_openat(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0);
	if (descriptors < 0)
		return false;
	(void)listing_each(descriptors, is_writer, &writer);
	sys_close(descriptors);
	return writer.found;
}

/*
 * Copies a regular file up to `rel`; -EXDEV for other kinds, and for one that is being
 * written, which tools then copy.
 */
static int side_copy_up(const struct side *from, const char *rel)
{
	int error, fd = place_open(from->call,
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd == -ELOOP ? -EXDEV : fd;
	error = is_being_written(fd) ? -EXDEV : shadow_copy_up(rel, fd, true);
	sys_close(fd);
	return error;
}

/* Renames a file: 0, or -errno. */
static int move_file(const struct side *from, const struct side *to, bool from_covered)
{
	bool stamped = false;
	int error;

	if (from->shadow == 0) {
		/* every interpreter gives its temporary file such a name; a copy has another */
		stamped = from->call->class == PYC_TEMPORARY &&
			  identity_stamp(from->rel, to->rel);
		/* a pyc with a failed or short write must not get its final name */
		error = -whole_error(from->status.st_dev, from->status.st_ino);
		if (error == 0)
			error = shadow_rename(from->rel, to->rel);
	} else {
		error = side_copy_up(from, to->rel);
	}
	if (error < 0)
		return error;
	if (!stamped)
		identity_keep(to->rel);
	if (from->shadow == 0 && from->call->class == PYC_FILE)
		identity_forget(from->rel);
	return from_covered ? forget_below(from) : place_remove(from->call, 0);
}

/* Is `path` below the directory `above`? */
static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(path), above_length = strlen(above);

	return length > above_length && name_is_within(path, length, above, above_length);
}

/* A path that ends in "/." is looked up as a whole, so what it names must be a directory. */
static int check_dot(const struct side *side)
{
	if (side->as_directory != '.')
		return 0;
	if (!is_there(side))
		return -ENOENT;
	return S_ISDIR(side->status.st_mode) ? 0 : -ENOTDIR;
}

/* Checks that the directory above exists, and what "/." asks for.  0, or -errno. */
static int check_parent(const struct side *side)
{
	int error = union_parent(side->path);

	return error < 0 ? error : check_dot(side);
}

static bool are_in_one_directory(const char *path, const char *other)
{
	size_t base = pyc_path_base(path, strlen(path));

	return pyc_path_base(other, strlen(other)) == base &&
	       memcmp(path, other, base) == 0;
}

/* Checks the parents of a rename, which mostly are one. */
static int check_parents(const struct side *from, const struct side *to)
{
	int error = check_parent(from);

	if (error < 0)
		return error;
	return are_in_one_directory(from->path, to->path) ? check_dot(to)
							  : check_parent(to);
}

/* The errors that the kernel finds before it asks a file system, in its order. */
static int check_rename(const struct side *from, const struct side *to, intptr_t flags)
{
	bool directory = S_ISDIR(from->status.st_mode);
	int error = check_parents(from, to);

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

/* rename(), if the new name is covered: 0, or -errno. */
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
		return 0; /* of two names of one file rename() removes none */
	return move_file(from, to, from_covered);
}

/* Checks that a link may get this name: 0, or -errno. */
static int check_free(const struct side *to)
{
	int error = check_parent(to);

	if (error == 0 && is_there(to))
		error = -EEXIST;
	return error == 0 && to->as_directory ? -ENOENT : error;
}

/* link(), if both names are covered: 0, or -errno. */
static int link_here(const struct side *from, const struct side *to)
{
	int error = check_parent(from);

	if (error == 0 && !is_there(from))
		error = -ENOENT;
	if (error == 0 && from->as_directory && !S_ISDIR(from->status.st_mode))
		error = -ENOTDIR;
	if (error == 0)
		error = check_free(to);
	if (error < 0)
		return error;
	if (S_ISDIR(from->status.st_mode))
		return -EPERM;
	if (from->shadow != 0) {
		error = side_copy_up(from, from->rel);
		if (error == 0)
			identity_keep(from->rel);
	}
	if (error == 0 && to->shadow == SHADOW_HIDDEN)
		error = shadow_remove(to->rel, 0);
	else if (error == 0)
		shadow_drop_file(to->rel); /* a pyc of another source */
	if (error == 0)
		error = shadow_link(from->rel, to->rel);
	if (error == 0)
		identity_keep(to->rel);
	return error;
}

/* From a cache to a path that is not covered: the shadow is another file system. */
static void leave_cache(struct call_pair *pair, const struct side *from)
{
	if (from->shadow != -ENOENT)
		call_done(&pair->from,
			  from->shadow == 0 ? -EXDEV : shadow_error(from->shadow));
}

/*
 * Is the new name that of a pyc without a source, which belongs in place?  If so, the call
 * is done, or is left to libc, when this returns.
 */
static bool goes_in_place(struct call_pair *pair, const struct side *from,
			  const struct side *to)
{
	int error;

	if (to->shadow == 0 || identity_may_keep(to->call))
		return false;
	if (to->shadow == SHADOW_HIDDEN) { /* hidden: it could not be removed */
		call_done(&pair->from, -EROFS);
	} else if (from->shadow == 0 && pair->from.operation == CALL_link) {
		call_done(&pair->from, -EXDEV); /* tools then copy it */
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

/*
 * Is this the end of a pyc's writing, as every interpreter does it: the thread renames what it
 * has just made in the shadow, with nothing of that name in place?
 */
static bool finishes_pyc(const struct call_pair *pair)
{
	const struct call *from = &pair->from, *to = &pair->to;

	return from->operation == CALL_rename && !from->detail && from->covered &&
	       to->covered && from->class == PYC_TEMPORARY && to->class == PYC_FILE &&
	       !from->as_directory && !to->as_directory &&
	       thread->temporary == known_hash(call_path(from), from->path_length) &&
	       are_in_one_directory(call_path(from), call_path(to)) &&
	       pyc_path_below_cache(call_path(to), to->path_length);
}

/*
 * Renames it, with few system calls: its directories are there, and what the new name had in
 * the shadow is replaced.  False: the caller has to find out more.
 */
static bool finish_pyc(struct call_pair *pair)
{
	struct side from = {.rel = call_rel(&pair->from), .call = &pair->from};
	struct side to = {.rel = call_rel(&pair->to), .call = &pair->to};
	struct stat below;

	from.below = -ENOENT;
	/* it may have been removed since, and a whiteout be there */
	if (shadow_find(from.rel, false, &from.status) != 0 ||
	    !S_ISREG(from.status.st_mode) ||
	    (place_look(to.call, &below) == 0 && S_ISDIR(below.st_mode)))
		return false;
	call_done(&pair->from, move_file(&from, &to, true));
	return true;
}

void union_pair(struct call_pair *pair)
{
	bool links = pair->from.operation == CALL_link;
	struct side from, to;
	int result;

	if (finishes_pyc(pair) && finish_pyc(pair))
		return;
	side_look(&from, &pair->from);
	side_look(&to, &pair->to);
	if (!pair->to.covered) {
		leave_cache(pair, &from);
		return;
	}
	if (goes_in_place(pair, &from, &to))
		return;
	if (links && !pair->from.covered) {
		/* perhaps of a file that open() has made with O_TMPFILE */
		result = from.below < 0 ? from.below : check_free(&to);
		if (result == 0)
			result = shadow_make_parents(to.rel);
		if (result == 0) {
			(void)elsewhere_name(&pair->to);
			return;
		}
	} else if (links) {
		result = link_here(&from, &to);
	} else {
		result = rename_here(&from, &to, pair->from.covered, pair->from.detail);
	}
	call_done(&pair->from, result);
}
