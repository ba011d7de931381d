/*
 * See union.h.  What is about directories is in union_directory.c.  Runs in the host: any
 * thread, any context; raw system calls only.
 */
#include "union.h"

#include <errno.h>
#include <unistd.h>

#include "identity.h"
#include "place.h"
#include "shadow.h"
#include "sys.h"
#include "union_directory.h"

#define IN_SHADOW 0
#define BELOW 1

/* IN_SHADOW, or BELOW if anywhere; -errno where the shadow says it is not to be seen. */
static int locate_with_status(const struct call *call, struct stat *status)
{
	int error = shadow_look(call_rel(call), false, status);

	return error == -ENOENT ? BELOW : shadow_error(error);
}

static int locate(const struct call *call)
{
	struct stat status;

	return locate_with_status(call, &status);
}

/* The real call, on the shadow's file. */
static void elsewhere(struct call *call)
{
	int error = call_name_elsewhere(call);

	if (error == 0)
		call->action = ACTION_redirect;
	else if (error != -ENAMETOOLONG) /* it is gone by now */
		call_done(call, shadow_error(error));
}

/* What only looks. */
static void look(struct call *call)
{
	int place = locate(call);

	if (place == IN_SHADOW)
		elsewhere(call);
	else if (place != BELOW)
		call_done(call, place);
}

/* On a read-only file system nothing may be written, but in this view it may. */
static void check_access(struct call *call)
{
	look(call);
	if (call->decision == CALL_PASS && call->detail & W_OK && shadow_ready() == 0 &&
	    identity_may_keep(call_rel(call)))
		call_done(call, place_check_access(call, (int)call->detail & ~W_OK));
}

/* Bring what is in place into the shadow.  `itself`: a symbolic link is not followed. */
static int copy_up(const struct call *call, const struct stat *status, bool itself,
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

/* What changes a file or directory that must be there; `itself` as in copy_up(). */
static void change(struct call *call, bool itself)
{
	struct stat status;
	int error = locate(call);
	bool keep = call->operation == CALL_change || error == BELOW;

	if (error == BELOW && !identity_may_keep(call_rel(call)))
		return;
	if (error == BELOW) {
		error = place_look(call, &status);
		if (error == 0)
			error = copy_up(call, &status, itself, true);
	}
	if (error < 0) {
		call_done(call, error);
	} else {
		if (keep)
			identity_keep(call_rel(call));
		elsewhere(call);
	}
}

/* What others can write may not be used; here they never can. */
static void change_mode(struct call *call)
{
	const char *path;
	int directory;

	change(call, false);
	if (call->decision != CALL_ELSEWHERE || !(call->option & 0022))
		return;
	directory = call->directory < 0 ? AT_FDCWD : call->directory;
	path = call->directory < 0 ? call->path
				   : call_path(call) + pyc_path_base(call_path(call),
								     call->path_length);
	call_done(call, SYS3(fchmodat, directory, path, call->option & ~0022));
}

static void open_to_read(struct call *call, int flags)
{
	unsigned now = shadow_trust_now();
	struct stat status;
	int fd = shadow_open_known(call_rel(call), flags, &status, call->trusted);

	if (likely(fd == -ENOENT))
		return;
	if (unlikely(fd == SHADOW_BLOCKS)) {
		elsewhere(call);
		return;
	}
	if (fd >= 0 && !identity_is_of_seen(&status, call->key) &&
	    !identity_sees(call_rel(call), &status)) {
		sys_close(fd);
		return;
	}
	/* that was our caution, not the program's */
	call->cautious = fd >= 0 && !(flags & (O_NONBLOCK | O_PATH));
	if (fd >= 0 && S_ISREG(status.st_mode)) { /* trace need not ask again */
		call->sized = true;
		call->pyc_bytes = (uint64_t)status.st_size;
		if (unlikely(call->trusted != now) && shadow_is_private(call_rel(call)))
			call_look_trusts(call, now);
	}
	if (fd == SHADOW_HIDDEN &&
	    shadow_look(call_rel(call), false, &status) == SHADOW_HIDDEN)
		fd = -ENOENT;
	call_done(call, fd);
}

/* Create what is not there, or not to be seen. */
static int create(struct call *call, int flags, bool hidden)
{
	int error;

	error = union_parent(call_path(call));
	if (error < 0)
		return error;
	if (!(flags & O_CREAT))
		return -ENOENT;
	if (hidden) {
		error = shadow_remove(call_rel(call), 0);
		if (error < 0)
			return error;
	} else if (call->class == PYC_FILE) {
		shadow_drop_file(call_rel(call)); /* one that is not valid */
	}
	return shadow_create(call_rel(call), flags, (unsigned)call->option);
}

static int open_to_write(struct call *call, int flags)
{
	bool temporary = (flags & O_TMPFILE) == O_TMPFILE, there;
	struct stat status;
	int error = locate_with_status(call, &status);

	if (error == IN_SHADOW && S_ISFIFO(status.st_mode))
		return flags & O_EXCL && flags & O_CREAT ? -EEXIST : SHADOW_BLOCKS;
	if (error == IN_SHADOW)
		return shadow_create(call_rel(call), flags, (unsigned)call->option);
	if (error != BELOW)
		return error == -ENOENT ? create(call, flags, true) : error;
	there = place_look(call, &status) == 0;
	if (!there)
		return create(call, flags, false);
	if (flags & O_CREAT && flags & O_EXCL && !temporary)
		return -EEXIST;
	if (S_ISDIR(status.st_mode) && !temporary)
		return -EISDIR;
	error = copy_up(call, &status, flags & O_NOFOLLOW, !(flags & O_TRUNC));
	return error < 0 ? error
			 : shadow_create(call_rel(call), flags, (unsigned)call->option);
}

/*
 * Is it a pyc beside no source?  That is no cache: it is written in place, or not at all,
 * as the file system decides.
 */
static bool opens_in_place(struct call *call, int flags)
{
	int place;

	if (identity_may_keep(call_rel(call)))
		return false;
	place = locate(call);
	if (place == -ENOENT && flags & O_CREAT) /* hidden, for it could not be removed */
		call_done(call, -EROFS);
	else if (place < 0)
		call_done(call, place);
	return place != IN_SHADOW;
}

static void open_file(struct call *call)
{
	bool stream = call->operation == CALL_fopen;
	int flags = call_open_flags(call);

	if (stream)
		call->option = 0666;
	if (!call_opens_for_writing(flags)) {
		open_to_read(call, flags);
	} else if (!opens_in_place(call, flags)) {
		call_done(call, open_to_write(call, flags));
		if (unlikely(call->result == SHADOW_BLOCKS)) {
			elsewhere(call);
			return;
		}
		/* what this thread has compiled is stamped when it is closed */
		if (call->result >= 0 && call->class == PYC_FILE &&
		    !identity_compiles(call_rel(call)))
			identity_keep(call_rel(call));
	}
	/* the raw call has set close-on-exec, whatever the program wants */
	if (call->decision == CALL_DONE && call->result >= 0 && !(flags & O_CLOEXEC))
		sys_fcntl((int)call->result, F_SETFD, 0);
}

static bool may_be_hidden_instead(int error)
{
	return error == -EROFS || error == -EACCES || error == -EPERM;
}

/* Remove in place; where that is not allowed, hide.  `shadowed`: it is in the shadow too. */
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
	int shadow = shadow_look(call_rel(call), false, &status);
	int error = shadow_error(shadow);

	if (shadow == -ENOENT)
		error = place_look(call, &status);
	if (error < 0)
		call_done(call, error);
	else if (!S_ISDIR(status.st_mode))
		call_done(call, call->as_directory ? -ENOTDIR /* a link to nowhere */
						   : remove_below(call, shadow == 0));
	else if (call->operation == CALL_remove)
		union_rmdir(call);
	else
		call_done(call, -EISDIR);
}

/* Is the name free, in this view, for what is no directory?  0, or -EEXIST. */
static int is_free(struct call *call)
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
		shadow_drop_file(call_rel(call)); /* one that is not valid */
	return 0;
}

/* What is neither a file nor a directory. */
static void make_special(struct call *call)
{
	int error;

	if (!identity_may_keep(call_rel(call)) && locate(call) == BELOW)
		return;
	error = is_free(call);
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

/* With a slash behind a name that is to be made: what cannot be a directory is no error yet. */
static bool makes_name(const struct call *call)
{
	return call->as_directory == '/' &&
	       (call->operation == CALL_mkdir || call->operation == CALL_symlink ||
		call->operation == CALL_mknod);
}

/* Does the call open a file, and make it where it is missing? */
static bool opens_new(const struct call *call)
{
	return (call->operation == CALL_open || call->operation == CALL_fopen) &&
	       call_open_flags(call) & O_CREAT;
}

/* With a slash behind it only a directory may be meant. */
static bool is_no_directory(struct call *call)
{
	struct stat status;
	int error;

	if (!call->as_directory || makes_name(call))
		return false;
	error = shadow_look(call_rel(call), true, &status);
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
	if (is_no_directory(call))
		return;
	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		open_file(call);
		break;
	case CALL_access:
		check_access(call);
		break;
	case CALL_change:
		change(call, call->option & AT_SYMLINK_NOFOLLOW);
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
		look(call);
		break;
	}
}
