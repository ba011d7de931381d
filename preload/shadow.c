/*
 * See shadow.h.  The root's own business is in shadow_root.c.
 */
#include "shadow.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "process.h"
#include "shadow_root.h"
#include "state.h"
#include "sys.h"
#include "text.h"
#include "thread.h"

/* A whiteout points to its own name. */
static bool is_whiteout(const char *rel)
{
	char target[NAME_MAX + 2];
	size_t base = pyc_path_base(rel, strlen(rel));
	long length = sys_readlinkat(shadow_root_fd(), rel, target, sizeof(target));

	return length > 0 && (size_t)length == strlen(rel + base) &&
	       memcmp(target, rel + base, (size_t)length) == 0;
}

/* May what was found be used?  Somebody else's bytecode is somebody else's code. */
static bool is_trusted(const struct stat *status)
{
	if ((status->st_uid == sys_geteuid() || status->st_uid == 0) &&
	    (!S_ISREG(status->st_mode) || !(status->st_mode & 0022)) &&
	    shadow_root_has(status))
		return true;
	state_complain("", "the shadow", "holds a file made by somebody else; not used");
	return false;
}

int shadow_open(const char *rel, int flags)
{
	int fd = sys_openat(shadow_root_fd(), rel, flags, 0);
	struct stat status;
	int error;

	if (fd < 0)
		return fd == -EBADF ? -ENOENT : fd;
	error = sys_fstat(fd, &status);
	if (error == 0 && is_trusted(&status))
		return fd;
	sys_close(fd);
	return error < 0 ? error : -ENOENT;
}

int shadow_look(const char *rel, bool follow, struct stat *status)
{
	int error = sys_fstatat(shadow_root_fd(), rel, status,
				follow ? 0 : AT_SYMLINK_NOFOLLOW);

	if (error == -EBADF || error == -EACCES)
		return -ENOENT;
	if (error < 0)
		return error;
	if (S_ISLNK(status->st_mode) && is_whiteout(rel))
		return SHADOW_HIDDEN;
	return is_trusted(status) ? 0 : -ENOENT;
}

/* Give a new directory or file the attributes that the one in place has. */
static void copy_attributes(int fd, const struct stat *status)
{
	SYS2(fchmod, fd, status->st_mode & 07777);
	if (sys_geteuid() == 0)
		SYS3(fchown, fd, status->st_uid, status->st_gid);
}

/* Make one directory as it is in place; -ENOENT where there is none. */
static int mirror_directory(const char *rel)
{
	char path[PATH_MAX + 1];
	struct text name = text_in(path, sizeof(path));
	struct stat status;
	int error, fd;

	text_add(&name, "/");
	text_add(&name, rel);
	error = sys_fstatat(AT_FDCWD, path, &status, 0);
	if (error < 0)
		return error;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	error = sys_mkdirat(shadow_root_fd(), rel, 0700);
	if (error < 0)
		return error == -EEXIST ? 0 : error;
	fd = sys_openat(shadow_root_fd(), rel, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd >= 0) {
		copy_attributes(fd, &status);
		sys_close(fd);
	}
	return 0;
}

int shadow_make_parents(const char *rel)
{
	char prefix[PATH_MAX];
	size_t length = pyc_path_base(rel, strlen(rel)), end;
	struct stat status;
	int error = 0;

	if (length > sizeof(prefix) - 1)
		return -ENAMETOOLONG;
	for (end = 0; error == 0 && end < length; end++) {
		if (rel[end] != '/')
			continue;
		memcpy(prefix, rel, end);
		prefix[end] = '\0';
		if (sys_fstatat(shadow_root_fd(), prefix, &status, 0) == 0)
			continue;
		error = mirror_directory(prefix);
	}
	return error;
}

/* Do `action`, a call that needs the directories above; make them where they miss. */
#define WITH_PARENTS(rel, action)                                                        \
	({                                                                               \
		long done_ = shadow_ready();                                             \
		if (done_ == 0) {                                                        \
			done_ = (action);                                                \
			if (done_ == -ENOENT && (done_ = shadow_make_parents(rel)) == 0) \
				done_ = (action);                                        \
		}                                                                        \
		(int)done_;                                                              \
	})

int shadow_create(const char *rel, int flags, unsigned mode)
{
	return WITH_PARENTS(rel, sys_openat(shadow_root_fd(), rel, flags, mode));
}

int shadow_make_directory(const char *rel, unsigned mode)
{
	return WITH_PARENTS(rel, sys_mkdirat(shadow_root_fd(), rel, mode));
}

int shadow_symlink(const char *target, const char *rel)
{
	return WITH_PARENTS(rel, SYS3(symlinkat, target, shadow_root_fd(), rel));
}

int shadow_mknod(const char *rel, unsigned mode, dev_t device)
{
	return WITH_PARENTS(rel, SYS4(mknodat, shadow_root_fd(), rel, mode, device));
}

int shadow_link(const char *from, const char *to)
{
	return WITH_PARENTS(to, sys_call6(SYS_linkat, shadow_root_fd(), (long)from,
					  shadow_root_fd(), (long)to, 0, 0));
}

int shadow_rename(const char *from, const char *to)
{
	return WITH_PARENTS(to,
			    SYS4(renameat, shadow_root_fd(), from, shadow_root_fd(), to));
}

int shadow_remove(const char *rel, int flags)
{
	int error = shadow_ready();

	return error < 0 ? error : (int)SYS3(unlinkat, shadow_root_fd(), rel, flags);
}

/* A name beside `rel` that nobody else uses. */
static int temporary_name(char *buffer, size_t size, const char *rel)
{
	struct text name = text_in(buffer, size);

	text_add_bytes(&name, rel, pyc_path_base(rel, strlen(rel)));
	text_add(&name, SHADOW_NAME);
	text_add_number(&name, (unsigned)thread.pid);
	text_add(&name, "-");
	text_add_number(&name, (unsigned)thread.tid);
	return name.cut ? -ENAMETOOLONG : 0;
}

int shadow_hide(const char *rel)
{
	char temporary[PATH_MAX];
	int error = temporary_name(temporary, sizeof(temporary), rel);

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

static int copy_content(int from, int to)
{
	char block[4096];
	long bytes, at, done;

	while ((bytes = sys_read(from, block, sizeof(block))) > 0)
		for (at = 0; at < bytes; at += done)
			if ((done = sys_write(to, block + at, (size_t)(bytes - at))) <= 0)
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
		error = copy_content(from, to);
	if (error == 0) {
		copy_attributes(to, status);
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

int shadow_copy_file(const char *path, const char *rel, bool with_content)
{
	char temporary[PATH_MAX];
	struct stat status;
	int from, error = temporary_name(temporary, sizeof(temporary), rel);

	if (error < 0)
		return error;
	from = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (from < 0)
		return from;
	error = sys_fstat(from, &status);
	if (error == 0 && !S_ISREG(status.st_mode))
		error = -EXDEV;
	if (error == 0)
		error = copy_into(temporary, from, &status, with_content, rel);
	sys_close(from);
	return error;
}

int shadow_copy_up(const char *rel, bool with_content)
{
	char path[PATH_MAX + 1];
	struct text name = text_in(path, sizeof(path));
	struct stat status;
	int error;

	text_add(&name, "/");
	text_add(&name, rel);
	error = sys_fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW);
	if (error < 0)
		return error;
	if (!S_ISDIR(status.st_mode))
		return shadow_copy_file(path, rel, with_content);
	error = shadow_ready();
	if (error == 0)
		error = mirror_directory(rel);
	return error == -ENOENT && (error = shadow_make_parents(rel)) == 0
		       ? mirror_directory(rel)
		       : error;
}

long shadow_name(char *buffer, size_t size, const char *rel)
{
	struct text name = text_in(buffer, size);

	text_add(&name, "/proc/self/fd/");
	text_add_number(&name, (unsigned)shadow_root_fd());
	text_add(&name, "/");
	text_add(&name, rel);
	return name.cut ? -ENAMETOOLONG : (long)name.length;
}
