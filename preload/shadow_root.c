/*
 * The part of shadow.h that is about the root: finding, trusting and keeping it.
 */
#include "shadow_root.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "abspath.h"
#include "config.h"
#include "fd_path.h"
#include "own_fd.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "shadow_trust.h"
#include "state.h"
#include "sys.h"
#include "thread.h"
#include "turn.h"
#include "where.h"

#define RETRY_NS 1000000000u

/* The size of an empty directory on a tmpfs, which counts 20 for each name: "." and "..". */
#define TMPFS_EMPTY_BYTES 40

/*
 * The root's own name.  Other threads may be reading it: it is never changed, but replaced,
 * and stays in memory; only a root that was found under another name makes a new one.
 */
struct root_name {
	size_t length;
	char path[PATH_MAX];
};

static const struct root_name no_name;

static struct {
	struct own_fd fd;
	const struct root_name *name;
	unsigned user;	   /* who it was opened for, or refused to */
	bool given_up;	   /* for good */
	bool may_be_empty; /* on a tmpfs, and nothing has been seen in it */
	uint64_t retry_ns; /* not before this time; the turn's owner's */
	struct turn turn;
} root = {.fd = OWN_FD_NONE, .name = &no_name};

static const struct root_name *get_name(void)
{
	return __atomic_load_n(&root.name, __ATOMIC_ACQUIRE);
}

static bool is_users(void)
{
	return __atomic_load_n(&root.user, __ATOMIC_RELAXED) == sys_geteuid();
}

#define MOST_LINKS 40 /* in one path, as the kernel has it */

/* A path that is walked, and the directory that the walk has come to. */
struct way {
	int fd;
	bool roots_alone; /* only root can write in it, and in all above */
	unsigned links;
	char rest[PATH_MAX];
};

/* Open the next component below `directory`, making it where it is missing. */
static int step(int directory, const char *name)
{
	const int flags = O_DIRECTORY | O_NOFOLLOW | O_RDONLY;
	int fd = sys_openat(directory, name, flags, 0);
	char link[8];

	if (fd == -ENOTDIR && sys_readlinkat(directory, name, link, sizeof(link)) > 0)
		return -ELOOP;
	if (fd == -EACCES) /* may be passed, not read */
		fd = sys_openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd != -ENOENT)
		return fd;
	fd = sys_mkdirat(directory, name, 0700);
	return fd < 0 && fd != -EEXIST ? fd : sys_openat(directory, name, flags, 0);
}

/* Go on from this directory, or give up with an -errno. */
static int go_to(struct way *way, int fd)
{
	struct stat status;

	if (way->fd >= 0)
		sys_close(way->fd);
	way->fd = fd;
	if (fd < 0)
		return fd;
	if (sys_fstat(fd, &status) < 0 || status.st_uid != 0 || status.st_mode & 0022)
		way->roots_alone = false;
	return 0;
}

static int go_to_top(struct way *way)
{
	way->roots_alone = true;
	return go_to(way, sys_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0));
}

/*
 * There is a symbolic link: what it leads to comes before the rest of the path.  Nobody but
 * root can have made it where root alone can write.
 */
static int follow_link(struct way *way, const char *name)
{
	SCRATCH(char, target, PATH_MAX);
	size_t rest = strlen(way->rest) + 1;
	struct stat status;
	long length;

	if (!way->roots_alone || ++way->links > MOST_LINKS ||
	    sys_fstatat(way->fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
	    status.st_uid != 0)
		return -ELOOP;
	length = sys_readlinkat(way->fd, name, target, PATH_MAX);
	if (length <= 0)
		return length < 0 ? (int)length : -ENOENT;
	if ((size_t)length + 1 + rest > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(way->rest + length + 1, way->rest, rest);
	memcpy(way->rest, target, (size_t)length);
	way->rest[length] = '/';
	return target[0] == '/' ? go_to_top(way) : 0;
}

/* Take the next component from the rest of the path; -ENAMETOOLONG. */
static int next_name(struct way *way, char name[NAME_MAX + 1])
{
	size_t start = strspn(way->rest, "/");
	size_t length = strcspn(way->rest + start, "/");

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, way->rest + start, length);
	name[length] = '\0';
	start += length;
	memmove(way->rest, way->rest + start, strlen(way->rest + start) + 1);
	return 0;
}

/*
 * Open an absolute path, component by component, and make what is missing.  Only links that
 * root has made are followed, as /var/run is one, and systemd's for DynamicUser=.
 */
static int open_path(const char *path)
{
	SCRATCH(struct way, way, sizeof(*way));
	char name[NAME_MAX + 1];
	int error, fd;

	way->fd = -1;
	way->links = 0;
	memcpy(way->rest, path, strlen(path) + 1);
	error = go_to_top(way);
	while (error == 0 && (error = next_name(way, name)) == 0 && name[0]) {
		fd = step(way->fd, name);
		error = fd == -ELOOP ? follow_link(way, name) : go_to(way, fd);
	}
	if (error < 0 && way->fd >= 0)
		sys_close(way->fd);
	return error < 0 ? error : way->fd;
}

static int open_default(void)
{
	int state = state_open_directory(), fd, error;

	if (state < 0)
		return state;
	fd = step(state, "shadow");
	error = fd < 0 ? fd : state_check_mount(fd, state, ".");
	sys_close(state);
	if (error == 0)
		return fd;
	if (fd >= 0)
		sys_close(fd);
	return error;
}

static const char *why_not(int error)
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

/* Its own name: a shadow without one could be looked into, but not named to a call. */
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
		__atomic_store_n(&root.name, name, __ATOMIC_RELEASE);
	else
		sys_unmap(name, sizeof(*name));
	return length > 0 ? 0 : -ENOSYS;
}

/* Does its size tell whether there is anything in it? */
static bool tells_emptiness(int fd)
{
	struct statfs status;

	return SYS2(fstatfs, fd, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

static int open_root(void)
{
	bool named = config.root[0];
	struct stat status;
	int fd = named ? open_path(config.root) : open_default();
	int error = fd < 0 ? fd : sys_fstat(fd, &status);

	__atomic_store_n(&root.user, sys_geteuid(), __ATOMIC_RELAXED);
	if (error >= 0)
		error = state_check_trust(fd, S_IFDIR, 0022);
	if (error >= 0)
		error = remember_path(fd);
	if (error >= 0) /* another user's, though root's, may be closed to us */
		error = sys_fstatat(fd, ".", &status, 0);
	if (error < 0) {
		if (fd >= 0)
			sys_close(fd);
		if (error == -EAGAIN || error == -EMFILE || error == -ENFILE)
			return error; /* no mistake in a setting, and maybe over soon */
		if (named)
			state_complain("PYCSHIM_ROOT=", config.root, why_not(error));
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
	__atomic_store_n(&root.may_be_empty, tells_emptiness(fd), __ATOMIC_RELAXED);
	/* before anybody finds out something by the new one */
	shadow_forget_trust();
	where_forget();
	own_fd_take(&root.fd, fd, &status);
	return 0;
}

bool shadow_owns(int fd)
{
	return own_fd_owns(&root.fd, fd);
}

/* Is the descriptor still our root, with a name, and are we still who it was opened for? */
static bool is_good(void)
{
	struct stat status;

	return own_fd_look(&root.fd, &status) && status.st_nlink > 0 && is_users();
}

int shadow_ready(void)
{
	uint64_t now;
	int error = 0;

	if (__atomic_load_n(&root.given_up, __ATOMIC_RELAXED))
		return -EROFS;
	if (is_good())
		return 0;
	if (!turn_take(&root.turn))
		return -EROFS;
	if (!is_good()) {
		now = sys_clock_ns(CLOCK_MONOTONIC);
		own_fd_close(&root.fd);
		if (now < root.retry_ns && is_users())
			error = -EROFS;
		else if ((error = open_root()) < 0)
			root.retry_ns = now + RETRY_NS;
	}
	turn_end(&root.turn);
	return error < 0 ? -EROFS : 0;
}

int shadow_root_fd(void)
{
	/* opened at the first look; a read needs no more than the number */
	if (unlikely(own_fd_number(&root.fd) < 0) && shadow_ready() < 0)
		return -EBADF;
	return own_fd_number(&root.fd);
}

bool shadow_may_be_empty(void)
{
	return __atomic_load_n(&root.may_be_empty, __ATOMIC_RELAXED);
}

bool shadow_is_empty(void)
{
	int fd = shadow_root_fd();
	struct stat status;

	if (fd < 0)
		return true;
	if (!shadow_may_be_empty())
		return false;
	/* by a name: who may not look into it shall hear so, from the call that follows */
	if (sys_fstatat(fd, ".", &status, 0) < 0 || !own_fd_is_on(&root.fd, &status))
		return false;
	if (status.st_size == TMPFS_EMPTY_BYTES)
		return true;
	__atomic_store_n(&root.may_be_empty, false, __ATOMIC_RELAXED);
	return false;
}

bool shadow_root_renew(void)
{
	bool changed = own_fd_number(&root.fd) >= 0 && !is_good();

	if (changed)
		(void)!shadow_ready();
	return changed;
}

int shadow_root_failed(int error)
{
	bool closed = SYS3(faccessat, own_fd_number(&root.fd), ".", W_OK) < 0;

	if (closed || error == -ENOSPC || error == -EDQUOT)
		state_complain("", get_name()->path, why_not(error));
	return closed ? -EROFS : error;
}

void shadow_write_failed(dev_t device, int error)
{
	if (own_fd_number(&root.fd) >= 0 && device == own_fd_device(&root.fd) &&
	    (error == ENOSPC || error == EDQUOT))
		state_complain("", get_name()->path, why_not(-error));
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

/* Of no directory at all (it is not known, or not set) nothing is below. */
static bool is_below(const char *path, size_t length, const char *directory, size_t above)
{
	return above && abspath_is_within(path, length, directory, above);
}

bool shadow_contains(const char *path, size_t length)
{
	const struct root_name *name = get_name();

	return is_below(path, length, name->path, name->length) ||
	       is_below(path, length, config.root, strlen(config.root));
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
	    !is_below(path, (size_t)length, name->path, name->length))
		return length;
	/* the view shows nothing else from here */
	class = pyc_path_class(path, (size_t)length);
	if (class == PYC_NONE || class == PYC_SOURCE)
		return length;
	length -= (long)name->length;
	memmove(path, path + name->length, (size_t)length);
	return length;
}

void shadow_move_descriptor(int fd)
{
	own_fd_give_way(&root.fd, fd);
}

void shadow_give_up(void)
{
	__atomic_store_n(&root.given_up, true, __ATOMIC_RELAXED);
	own_fd_close(&root.fd);
	__atomic_store_n(&root.name, &no_name, __ATOMIC_RELEASE);
}
