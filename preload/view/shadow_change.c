/* SPDX-License-Identifier: MIT */
/*
 * See shadow.h: making and changing what is in the shadow.
 */
#include "view/shadow.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "host/process.h"
#include "host/quiet.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "pyc_path.h"
#include "view/shadow_mirror.h"
#include "view/shadow_trust.h"

#define COPY_BYTES 4096 /* read and written at once */

int shadow_set_times(const char *rel, const struct timespec times[2])
{
	return SHADOW_AT(rel, spot,
			 SYS4(utimensat, spot.fd, spot.name, times, AT_SYMLINK_NOFOLLOW));
}

void shadow_drop_file(const char *rel)
{
	(void)SHADOW_AT(rel, spot, SYS3(unlinkat, spot.fd, spot.name, 0));
}

void shadow_drop_empty(const char *rel)
{
	SYS3(unlinkat, shadow_root_fd(), rel, AT_REMOVEDIR);
}

/* Returns what the program is told of an error in the shadow, and reports its cause. */
static int change_failed(const char *rel, int error)
{
	switch (error) {
	case -EPERM:
		(void)shadow_refuse(rel);
		return -EROFS;
	case -EROFS:
	case -EACCES:
	case -ENOSPC:
	case -EDQUOT:
		return shadow_root_failed(error);
	default:
		return error;
	}
}

/* As SHADOW_AT(), for an action that changes something: makes missing directories above. */
#define WITH_PARENTS(rel, spot, action)                                                  \
	({                                                                               \
		int done_ = shadow_ready();                                              \
		if (done_ == 0) {                                                        \
			done_ = SHADOW_AT(rel, spot, action);                            \
			if (done_ == -ENOENT && (done_ = shadow_make_parents(rel)) == 0) \
				done_ = SHADOW_AT(rel, spot, action);                    \
			if (unlikely(done_ < 0))                                         \
				done_ = change_failed(rel, done_);                       \
		}                                                                        \
		done_;                                                                   \
	})

/*
 * Removes a file that may not be used, before the program writes to it: the file may have a
 * second name, by which another user reads or changes it.
 */
static void remove_unusable(const struct shadow_spot *spot, const char *rel)
{
	struct stat status;

	if (sys_fstatat(spot->fd, spot->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(status.st_mode) && shadow_check(rel, &status) < 0)
		SYS3(unlinkat, spot->fd, spot->name, 0);
}

/*
 * Opens a file for writing where another user can put one at any time: checks what was
 * opened before it is truncated.
 */
static int create_checked(const struct shadow_spot *spot, const char *rel, int flags,
			  unsigned mode)
{
	struct stat status;
	int fd = sys_openat(spot->fd, spot->name, (flags & ~O_TRUNC) | O_NOFOLLOW, mode);
	int error = fd < 0 ? fd : sys_fstat(fd, &status);

	if (error >= 0)
		error = shadow_check(rel, &status);
	if (error == 0 && flags & O_TRUNC)
		error = (int)SYS2(ftruncate, fd, 0);
	if (error < 0 && fd >= 0)
		sys_close(fd);
	return error < 0 ? error : fd;
}

static int create_at(const struct shadow_spot *spot, const char *rel, int flags,
		     unsigned mode)
{
	if (flags & O_CREAT && !(flags & O_EXCL))
		remove_unusable(spot, rel);
	return spot->opened ? create_checked(spot, rel, flags, mode)
			    : sys_openat(spot->fd, spot->name, flags, mode);
}

int shadow_create(const char *rel, int flags, unsigned mode)
{
	return WITH_PARENTS(
		rel, spot,
		shadow_take_number(&spot, create_at(&spot, rel, flags, mode & ~0022u)));
}

int shadow_make_directory(const char *rel, unsigned mode)
{
	return WITH_PARENTS(rel, spot, sys_mkdirat(spot.fd, spot.name, mode & ~0022u));
}

int shadow_symlink(const char *target, const char *rel)
{
	return WITH_PARENTS(rel, spot, SYS3(symlinkat, target, spot.fd, spot.name));
}

int shadow_mknod(const char *rel, unsigned mode, dev_t device)
{
	return WITH_PARENTS(rel, spot,
			    SYS4(mknodat, spot.fd, spot.name, mode & ~0022u, device));
}

int shadow_link(const char *from, const char *to)
{
	return WITH_PARENTS(to, there,
			    SHADOW_AT(from, here,
				      sys_call6(SYS_linkat, here.fd, (long)here.name,
						there.fd, (long)there.name, 0, 0)));
}

int shadow_rename(const char *from, const char *to)
{
	return WITH_PARENTS(
		to, there,
		SHADOW_AT(from, here,
			  sys_renameat(here.fd, here.name, there.fd, there.name)));
}

int shadow_exchange(const char *one, const char *other)
{
	return SHADOW_AT(one, here,
			 SHADOW_AT(other, there,
				   sys_renameat2(here.fd, here.name, there.fd, there.name,
						 RENAME_EXCHANGE_FLAG)));
}

int shadow_remove(const char *rel, int flags)
{
	int error = shadow_ready();

	if (error == 0)
		error = SHADOW_AT(rel, spot, SYS3(unlinkat, spot.fd, spot.name, flags));
	return error < 0 ? change_failed(rel, error) : 0;
}

/*
 * Makes up a name beside `rel` that no other thread uses.  It has no pid, because containers
 * that share a shadow may have equal ones.
 */
static int temporary_beside(char *buffer, size_t size, const char *rel)
{
	struct text name = text_in(buffer, size);

	text_add_bytes(&name, rel, pyc_path_base(rel, strlen(rel)));
	text_add(&name, SHADOW_NAME);
	text_add_number(&name, process->number);
	text_add(&name, "-");
	text_add_number(&name, (unsigned)thread->tid);
	return name.cut ? -ENAMETOOLONG : 0;
}

int shadow_hide(const char *rel)
{
	SCRATCH(char, temporary, PATH_MAX);
	int error = temporary_beside(temporary, PATH_MAX, rel);

	if (error < 0)
		return error;
	error = shadow_symlink(rel + pyc_path_base(rel, strlen(rel)), temporary);
	if (error < 0)
		return error;
	error = shadow_rename(temporary, rel);
	if (error < 0)
		(void)shadow_remove(temporary, 0);
	return error;
}

int shadow_copy_content(int from, int to)
{
	SCRATCH(char, block, COPY_BYTES);
	long bytes, at, done;

	while ((bytes = sys_read(from, block, COPY_BYTES)) > 0)
		for (at = 0; at < bytes; at += done)
			if ((done = quiet_write(to, block + at, (size_t)(bytes - at),
						SIGXFSZ)) <= 0)
				return done < 0 ? (int)done : -ENOSPC;
	return (int)bytes;
}

/* Copies to a temporary file first, so that `rel` is never seen half written. */
static int copy_by_rename(const char *temporary, int from, const struct stat *status,
			  bool content, const char *rel)
{
	struct timespec times[2] = {status->st_atim, status->st_mtim};
	int to = shadow_create(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW,
			       0600);
	int error = to < 0 ? to : 0;

	if (error == 0 && content)
		error = shadow_copy_content(from, to);
	if (error == 0) {
		shadow_copy_attributes(to, status);
		SYS4(utimensat, to, NULL, times, 0);
	}
	if (to >= 0)
		sys_close(to);
	if (error == 0)
		error = shadow_rename(temporary, rel);
	if (error < 0 && to >= 0)
		(void)shadow_remove(temporary, 0);
	return error;
}

int shadow_copy_up(const char *rel, int from, bool with_content)
{
	SCRATCH(char, temporary, PATH_MAX);
	struct stat status;
	int error = sys_fstat(from, &status);

	if (error == 0 && S_ISDIR(status.st_mode))
		return WITH_PARENTS(rel, spot,
				    shadow_mirror(spot.fd, spot.name, &status));
	if (error == 0 && !S_ISREG(status.st_mode))
		error = -EXDEV;
	if (error == 0)
		error = temporary_beside(temporary, PATH_MAX, rel);
	return error < 0 ? error
			 : copy_by_rename(temporary, from, &status, with_content, rel);
}
