/* SPDX-License-Identifier: MIT */
/*
 * See shadow_root.h.
 */
#include "view/shadow_root.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/config.h"
#include "host/fd_path.h"
#include "host/own_file.h"
#include "host/scratch.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/thread.h"
#include "path/name.h"
#include "pyc_path.h"
#include "view/known.h"
#include "view/shadow_path.h"

/* The size of an empty directory on a tmpfs: 20 bytes for each of "." and "..". */
#define TMPFS_EMPTY_BYTES 40

/*
 * The root's real path.  Other threads may read it at any time.  Therefore it is never
 * changed: a root that has another path gets a new name, and the old one stays in memory.
 */
struct root_name {
	size_t length;
	char path[PATH_MAX];
};

static const struct root_name no_name;

static int open_root(struct own_fd *own);

static struct own_file root = {.fd = OWN_FD_NONE, .open = open_root};
static const struct root_name *root_name = &no_name;
static bool may_be_empty; /* it is on a tmpfs, and nothing was seen in it yet */

static const struct root_name *get_name(void)
{
	return __atomic_load_n(&root_name, __ATOMIC_ACQUIRE);
}

static void set_name(const struct root_name *name)
{
	__atomic_store_n(&root_name, name, __ATOMIC_RELEASE);
	state_tell_root(name->path);
}

/* Opens the default root, "shadow" in the state directory: a descriptor, or -errno. */
static int open_default(void)
{
	int state = state_open_directory(), fd, error;

	if (state < 0)
		return state;
	fd = shadow_path_step(state, "shadow");
	error = fd < 0 ? fd : state_check_mount(fd, state, ".");
	sys_close(state);
	if (error == 0)
		return fd;
	if (fd >= 0)
		sys_close(fd);
	return error;
}

/* Returns what is wrong with the root, in words for the user. */
static const char *explain_error(int error)
{
	switch (error) {
	case -ELOOP:
		return "reached by a symbolic link; nothing is redirected";
	case -ENOTDIR:
		return "is not a directory; nothing is redirected";
	case -EPERM:
		return "made by somebody else or writable by others; nothing is redirected";
	case -EROFS:
		return "on a read-only file system; nothing is redirected";
	case -EACCES:
		return "permission denied; nothing is redirected";
	case -ENAMETOOLONG:
		return "is too long; nothing is redirected";
	case -ENOSYS:
		return "cannot be used without /proc; nothing is redirected";
	case -ENOSPC:
	case -EDQUOT:
		return "no space left on device; no more pycs are kept";
	default:
		return "cannot be opened; nothing is redirected";
	}
}

/*
 * Finds the root's real path.  Without it, and so without /proc, no shadow is used: libc
 * could not be given the name of a file in it.
 */
static int remember_path(int fd)
{
	const struct root_name *known = get_name();
	struct root_name *name = sys_map(sizeof(*name), MAP_PRIVATE);
	long length;

	if (!name)
		return -ENOMEM;
	length = fd_path(fd, name->path, sizeof(name->path) - 1);
	name->length = length > 0 ? (size_t)length : 0;
	if (length > 0 && strcmp(name->path, known->path) != 0)
		set_name(name);
	else
		sys_unmap(name, sizeof(*name));
	return length > 0 ? 0 : -ENOSYS;
}

/* Only on a tmpfs does the size of a directory show whether it is empty. */
static bool is_on_tmpfs(int fd)
{
	struct statfs status;

	return SYS2(fstatfs, fd, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

/* Opens the root, and reports on standard error why that fails.  Returns 0 or -errno. */
static int open_root(struct own_fd *own)
{
	bool named = config.root[0];
	struct stat status;
	int fd = named ? shadow_path_open(config.root) : open_default();
	int error = fd < 0 ? fd : state_look_trusted(fd, S_IFDIR, 0022, &status);

	if (error >= 0)
		error = remember_path(fd);
	if (error >= 0) /* this user may have no right to search root's directory */
		error = sys_fstatat(fd, ".", &status, 0);
	if (error < 0) {
		if (fd >= 0)
			sys_close(fd);
		if (error == -EAGAIN || error == -EMFILE || error == -ENFILE)
			return error; /* not the user's mistake, and it may pass */
		if (named)
			state_complain("PYCSHIM_ROOT=", config.root,
				       explain_error(error));
		else
			state_complain(
				"no directory for the shadow in ",
				"$XDG_RUNTIME_DIR, /dev/shm or /tmp",
				"nothing is redirected; PYCSHIM_ROOT may name one");
		return error;
	}
	fd = state_move_high(fd);
	if (fd < 0)
		return fd;
	__atomic_store_n(&may_be_empty, is_on_tmpfs(fd), __ATOMIC_RELAXED);
	/* before any thread learns something about the new root */
	known_new_generation();
	own_fd_take(own, fd, &status);
	return 0;
}

int shadow_ready(void)
{
	return own_file_ready(&root) < 0 ? -EROFS : 0;
}

int shadow_root_fd(void)
{
	int fd = own_fd_number(&root.fd);

	/* opened at the first look; a read needs no more than the number */
	if (likely(fd >= 0))
		return fd;
	return shadow_ready() < 0 ? -EBADF : own_fd_number(&root.fd);
}

bool shadow_may_be_empty(void)
{
	return __atomic_load_n(&may_be_empty, __ATOMIC_RELAXED);
}

bool shadow_is_empty(void)
{
	int fd = shadow_root_fd();
	struct stat status;

	if (fd < 0)
		return true;
	if (!shadow_may_be_empty())
		return false;
	/* look it up by a name: a user who may not search it then gets "false" */
	if (sys_fstatat(fd, ".", &status, 0) < 0 || !own_fd_is_on(&root.fd, &status))
		return false;
	if (status.st_size == TMPFS_EMPTY_BYTES)
		return true;
	__atomic_store_n(&may_be_empty, false, __ATOMIC_RELAXED);
	return false;
}

bool shadow_root_renew(void)
{
	return own_file_renew(&root);
}

int shadow_root_failed(int error)
{
	bool closed = SYS3(faccessat, own_fd_number(&root.fd), ".", W_OK) < 0;

	if (closed || error == -ENOSPC || error == -EDQUOT)
		state_complain("", get_name()->path, explain_error(error));
	return closed ? -EROFS : error;
}

void shadow_write_failed(dev_t device, int error)
{
	if (own_fd_number(&root.fd) >= 0 && device == own_fd_device(&root.fd) &&
	    (error == ENOSPC || error == EDQUOT))
		state_complain("", get_name()->path, explain_error(-error));
}

bool shadow_root_has(const struct stat *status)
{
	return status->st_dev == own_fd_device(&root.fd);
}

const char *shadow_root(size_t *length)
{
	const struct root_name *name = get_name();

	*length = name->length;
	return name->path;
}

size_t shadow_root_name(char name[FD_NAME_BYTES])
{
	return fd_name(name, shadow_root_fd()).length;
}

/* As name_is_within(); false for a directory "", which is not known or not set. */
static bool is_within(const char *path, size_t length, const char *directory,
		      size_t above)
{
	return above && name_is_within(path, length, directory, above);
}

bool shadow_contains(const char *path, size_t length)
{
	const struct root_name *name = get_name();

	return is_within(path, length, name->path, name->length) ||
	       is_within(path, length, config.root, strlen(config.root));
}

void shadow_wanted(const char *path, long length)
{
	if (config.mode == MODE_redirect && !get_name()->length && length > 0 &&
	    pyc_path_class(path, (size_t)length) != PYC_NONE)
		(void)!shadow_ready();
}

long shadow_strip(char *path, long length)
{
	const struct root_name *name = get_name();
	enum pyc_class class;

	if (length <= (long)name->length ||
	    !is_within(path, (size_t)length, name->path, name->length))
		return length;
	/* the program sees nothing else of the shadow in the union view */
	class = pyc_path_class(path, (size_t)length);
	if (class == PYC_NONE || class == PYC_SOURCE)
		return length;
	length -= (long)name->length;
	memmove(path, path + name->length, (size_t)length);
	return length;
}

void shadow_give_up(void)
{
	own_file_give_up(&root);
	set_name(&no_name);
}
