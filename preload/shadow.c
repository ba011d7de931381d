/*
 * See shadow.h.  The root's own business is in shadow_root.c.
 */
#include "shadow.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "identity.h"
#include "process.h"
#include "pyc_path.h"
#include "quiet.h"
#include "scratch.h"
#include "shadow_root.h"
#include "shadow_trust.h"
#include "sys.h"
#include "text.h"
#include "thread.h"

#define COPY_BYTES 4096

/* Do `action`, which names what it is about by `spot`. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a name stands in none. */
#define AT(rel, spot, action)                                                            \
	({                                                                               \
		struct shadow_spot spot;                                                 \
		long at_##spot = shadow_reach(rel, &spot);                               \
		if (at_##spot == 0) {                                                    \
			at_##spot = (action);                                            \
			shadow_leave(&spot);                                             \
		}                                                                        \
		(int)at_##spot;                                                          \
	})
/* NOLINTEND(bugprone-macro-parentheses) */

/* A link where others can exchange it may lead anywhere: it is not followed. */
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

static int look_at(const char *rel, bool follow, struct stat *status)
{
	unsigned now = shadow_trust_now();
	int error;

	if (shadow_is_empty())
		return -ENOENT;
	error = AT(rel, spot, look_there(&spot, rel, follow, status));
	if (error == 0 && S_ISDIR(status->st_mode) && !follow)
		shadow_trust(rel, status, now);
	if (unlikely(error == -EPERM))
		error = shadow_why_refused(rel);
	return error == -EBADF ? -ENOENT : error;
}

/*
 * The program expects the lowest number that is free, and that is the directory's: give that
 * to what was opened in it.
 */
static int take_number(struct shadow_spot *spot, int fd)
{
	if (likely(!spot->opened) || fd < spot->fd ||
	    SYS3(dup3, fd, spot->fd, O_CLOEXEC) < 0)
		return fd;
	sys_close(fd);
	spot->opened = false;
	return spot->fd;
}

/* On what may be used O_NONBLOCK means nothing; what may not must not block. */
static int open_as_is(const struct shadow_spot *spot, int flags)
{
	return sys_openat(spot->fd, spot->name, flags | O_NONBLOCK | O_NOCTTY, 0);
}

/*
 * There may be a link at the end of the path: follow it if it may be used.  With O_PATH the
 * kernel would open a whiteout, too.
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
	return error < 0 ? error : open_as_is(spot, flags);
}

/*
 * What a program has made in a cache besides files, it opens as it wants.  A pyc is a FIFO
 * only if the program has made it so, and only for an open that cannot block: one that waits
 * for a writer may have lost it to the look that we have taken.
 */
static int open_special(int fd, const char *rel, int flags, const struct stat *status)
{
	bool pyc = pyc_path_class(rel, strlen(rel)) == PYC_FILE;
	char name[FD_NAME_BYTES];

	if (S_ISFIFO(status->st_mode) && (!pyc || flags & O_NONBLOCK) &&
	    identity_sees(rel, status))
		return SHADOW_BLOCKS;
	if (pyc)
		return -EPERM;
	fd_name(name, fd);
	return sys_openat(AT_FDCWD, name, flags & ~O_NOFOLLOW, 0);
}

/* What is there is no directory: how that is told. */
static int refuse_as_directory(const struct shadow_spot *spot, const char *rel)
{
	struct stat status;
	int error = look_there(spot, rel, false, &status);

	if (error == 0) /* a link to one may not be used */
		error = S_ISLNK(status.st_mode) ? -EPERM : -ENOTDIR;
	return error;
}

/* A file that is there, and may be used; -EPERM if it may not. */
static int open_there(const struct shadow_spot *spot, const char *rel, int flags,
		      struct stat *status)
{
	bool directory = flags & O_DIRECTORY, only_named = flags & O_PATH;
	unsigned now = shadow_trust_now();
	int fd, special, error;

	fd = only_named ? open_link(spot, rel, flags)
			: open_as_is(spot, flags | O_NOFOLLOW);
	if (unlikely(directory && (fd == -ENOTDIR || fd == -ELOOP)))
		return refuse_as_directory(spot, rel);
	if (unlikely(fd == SHADOW_HIDDEN && !only_named))
		fd = open_link(spot, rel, flags);
	if (fd < 0)
		return fd;
	error = sys_fstat(fd, status);
	if (error == 0)
		error = shadow_check(rel, status);
	if (error == 0 && directory && !only_named) /* what is so opened is no link */
		shadow_trust(rel, status, now);
	if (error == 0 &&
	    (only_named || S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)))
		return fd;
	special = error < 0 ? error : open_special(fd, rel, flags, status);
	sys_close(fd);
	return special;
}

static int open_file(const char *rel, int flags, struct stat *status, unsigned trusted)
{
	struct shadow_spot root = {.name = rel};
	int fd;

	if (shadow_is_empty())
		return -ENOENT;
	if (likely(trusted && trusted == shadow_trust_now())) {
		root.fd = shadow_root_fd();
		fd = open_there(&root, rel, flags, status);
	} else {
		fd = AT(rel, spot,
			take_number(&spot, open_there(&spot, rel, flags, status)));
	}
	if (unlikely(fd == -EPERM))
		fd = shadow_why_refused(rel);
	return fd == -EBADF ? -ENOENT : fd;
}

int shadow_open_known(const char *rel, int flags, struct stat *status, unsigned trusted)
{
	int fd = open_file(rel, flags, status, trusted);

	if (unlikely(fd == -EPERM || fd == -EACCES) && shadow_root_renew())
		fd = open_file(rel, flags, status, trusted);
	return likely(fd != -EPERM) ? fd : shadow_refuse(rel);
}

int shadow_open(const char *rel, int flags)
{
	struct stat status;

	return shadow_open_known(rel, flags, &status, 0);
}

int shadow_find(const char *rel, bool follow, struct stat *status)
{
	int error = look_at(rel, follow, status);

	if (unlikely(error == -EPERM || error == -EACCES) && shadow_root_renew())
		error = look_at(rel, follow, status);
	if (error == -EACCES)
		return -ENOENT;
	return likely(error != -EPERM) ? error : shadow_refuse(rel);
}

int shadow_look(const char *rel, bool follow, struct stat *status)
{
	int error = shadow_find(rel, follow, status);

	return error == 0 && !identity_sees(rel, status) ? -ENOENT : error;
}

long shadow_read_link(const char *rel, char *text, size_t bytes, struct stat *status)
{
	return AT(rel, spot, ({
			  long error = sys_fstatat(spot.fd, spot.name, status,
						   AT_SYMLINK_NOFOLLOW);
			  if (error == 0)
				  error = shadow_check(rel, status);
			  error < 0 ? error
				    : sys_readlinkat(spot.fd, spot.name, text, bytes);
		  }));
}

int shadow_set_times(const char *rel, const struct timespec times[2])
{
	return AT(rel, spot,
		  SYS4(utimensat, spot.fd, spot.name, times, AT_SYMLINK_NOFOLLOW));
}

void shadow_drop_file(const char *rel)
{
	(void)AT(rel, spot, SYS3(unlinkat, spot.fd, spot.name, 0));
}

int shadow_hold(const char *rel, int *fd)
{
	struct shadow_spot spot;
	int error = shadow_reach(rel, &spot);

	*fd = error == 0 && spot.opened ? spot.fd : -1;
	return error;
}

void shadow_drop_empty(const char *rel)
{
	SYS3(unlinkat, shadow_root_fd(), rel, AT_REMOVEDIR);
}

/* Where nothing comes into the shadow, the program is on a read-only file system. */
static int failed(const char *rel, int error)
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

/* The same, for a call that needs the directories above: make them where they miss. */
#define WITH_PARENTS(rel, spot, action)                                                  \
	({                                                                               \
		int done_ = shadow_ready();                                              \
		if (done_ == 0) {                                                        \
			done_ = AT(rel, spot, action);                                   \
			if (done_ == -ENOENT && (done_ = shadow_make_parents(rel)) == 0) \
				done_ = AT(rel, spot, action);                           \
			if (unlikely(done_ < 0))                                         \
				done_ = failed(rel, done_);                              \
		}                                                                        \
		done_;                                                                   \
	})

/* What may not be used must not be written to either: it may have another name. */
static void make_way(const struct shadow_spot *spot, const char *rel)
{
	struct stat status;

	if (sys_fstatat(spot->fd, spot->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(status.st_mode) && shadow_check(rel, &status) < 0)
		SYS3(unlinkat, spot->fd, spot->name, 0);
}

/* The same where others can put something there at any time: look at what was opened. */
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

static int create(const struct shadow_spot *spot, const char *rel, int flags,
		  unsigned mode)
{
	if (flags & O_CREAT && !(flags & O_EXCL))
		make_way(spot, rel);
	return spot->opened ? create_checked(spot, rel, flags, mode)
			    : sys_openat(spot->fd, spot->name, flags, mode);
}

int shadow_create(const char *rel, int flags, unsigned mode)
{
	return WITH_PARENTS(rel, spot,
			    take_number(&spot, create(&spot, rel, flags, mode & ~0022u)));
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
			    AT(from, here,
			       sys_call6(SYS_linkat, here.fd, (long)here.name, there.fd,
					 (long)there.name, 0, 0)));
}

int shadow_rename(const char *from, const char *to)
{
	return WITH_PARENTS(
		to, there,
		AT(from, here, SYS4(renameat, here.fd, here.name, there.fd, there.name)));
}

int shadow_remove(const char *rel, int flags)
{
	int error = shadow_ready();

	if (error == 0)
		error = AT(rel, spot, SYS3(unlinkat, spot.fd, spot.name, flags));
	return error < 0 ? failed(rel, error) : 0;
}

/*
 * A name beside `rel` that nobody else uses: not by the pid, for containers that share a
 * shadow have equal ones.
 */
static int temporary_name(char *buffer, size_t size, const char *rel)
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
	int error = temporary_name(temporary, PATH_MAX, rel);

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

/* Fill the temporary file with what `from` has, and put it in its place. */
static int copy_into(const char *temporary, int from, const struct stat *status,
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
		return WITH_PARENTS(rel, spot, shadow_mirror(&spot, &status));
	if (error == 0 && !S_ISREG(status.st_mode))
		error = -EXDEV;
	if (error == 0)
		error = temporary_name(temporary, PATH_MAX, rel);
	return error < 0 ? error : copy_into(temporary, from, &status, with_content, rel);
}
