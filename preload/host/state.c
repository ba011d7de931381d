/* SPDX-License-Identifier: MIT */
/*
 * See state.h.
 */
#include "host/state.h"

#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include "host/config.h"
#include "host/fd_path.h"
#include "host/owner.h"
#include "host/say.h"
#include "host/sys.h"
#include "host/text.h"
#include "recording.h"
#include "setting.h"

/* Above the numbers of daemons and shells, below 1024, where the kernel's table grows. */
#define HIGH_DESCRIPTOR 1000
/* If the host may have fewer descriptors than these, leave them all to it. */
#define FEW_DESCRIPTORS 16

/* Has something been reported?  Since state_start(), fork children share this. */
static int said_here, *said = &said_here;

static const char *root_path = "";

void state_tell_root(const char *path)
{
	__atomic_store_n(&root_path, path, __ATOMIC_RELEASE);
}

const char *state_root(void)
{
	return __atomic_load_n(&root_path, __ATOMIC_ACQUIRE);
}

void state_start(void)
{
	int *shared = sys_map(sizeof(*said), MAP_SHARED);

	if (shared)
		said = shared;
}

void state_complain(const char *subject, const char *path, const char *why)
{
	if (!config.started_by_user && !__atomic_exchange_n(said, 1, __ATOMIC_RELAXED))
		say_complain(subject, path, why);
}

static const char *recording_error(int error)
{
	switch (error) {
	case -ENOENT:
		return "no such directory; nothing is recorded";
	case -EACCES:
	case -EPERM:
		return "permission denied; nothing is recorded";
	case -EROFS:
		return "on a read-only file system; nothing is recorded";
	case -EEXIST:
		return "is a file, but no recording; it is left alone, nothing is recorded";
	case -EISDIR:
		return "is a directory; nothing is recorded";
	case -EINVAL:
		return "is not a regular file; nothing is recorded";
	case -EXDEV:
		return "another file system is mounted there; nothing is recorded";
	case -ELOOP:
		return "is a symbolic link; nothing is recorded";
	case -ENOSPC:
		return "no space left on device; nothing is recorded";
	default:
		return "cannot be opened; nothing is recorded";
	}
}

/* The host may rely on getting the lowest numbers. */
int state_move_high(int fd)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	long least = HIGH_DESCRIPTOR;
	int high;

	if (fd < 0)
		return fd;
	SYS2(getrlimit, RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < FEW_DESCRIPTORS) {
		sys_close(fd);
		return -EMFILE;
	}
	if (limit.rlim_cur < HIGH_DESCRIPTOR + 8)
		least = (long)limit.rlim_cur - 8;
	high = sys_fcntl(fd, F_DUPFD_CLOEXEC, least);
	if (high < 0)
		high = sys_fcntl(fd, F_DUPFD_CLOEXEC, 3);
	sys_close(fd);
	return high;
}

int state_look_trusted(int fd, mode_t type, unsigned forbidden, struct stat *status)
{
	int error = sys_fstat(fd, status);

	if (error < 0)
		return error;
	if ((status->st_mode & S_IFMT) != type)
		return -EINVAL;
	if (!owner_is_trusted(status->st_uid))
		return -EPERM;
	return status->st_mode & forbidden ? -EPERM : 0;
}

int state_check_trust(int fd, mode_t type, unsigned forbidden)
{
	struct stat status;

	return state_look_trusted(fd, type, forbidden, &status);
}

static bool is_on_overlay(int fd)
{
	struct statfs status;

	return SYS2(fstatfs, fd, &status) == 0 && status.f_type == OVERLAYFS_SUPER_MAGIC;
}

int state_check_mount(int fd, int directory, const char *name)
{
	struct stat status, above;
	int error = sys_fstat(fd, &status);

	if (error == 0)
		error = sys_fstatat(directory, name, &above, 0);
	if (error < 0 || status.st_dev == above.st_dev)
		return error;
	/* on overlayfs, a file may have another device than its directory; a user who is
	   not root cannot mount one */
	return S_ISREG(status.st_mode) && is_on_overlay(fd) && is_on_overlay(directory)
		       ? 0
		       : -EXDEV;
}

/* Open or make the state directory `name` in `directory`; `path` is for messages. */
static int open_candidate(int directory, const char *name, const char *path)
{
	int fd, error = sys_mkdirat(directory, name, 0700);

	if (error < 0 && error != -EEXIST)
		return error;
	fd = sys_openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	error = fd < 0 ? fd : state_check_trust(fd, S_IFDIR, 0077);
	if (error == 0)
		error = state_check_mount(fd, fd, "..");
	if (error == 0)
		return fd;
	if (fd >= 0)
		sys_close(fd);
	state_complain("", path,
		       error == -EXDEV
			       ? "another file system is mounted there; not used"
			       : "made by somebody else or open to others; not used");
	return error;
}

/*
 * Open or make the state directory in $XDG_RUNTIME_DIR.  su and sudo -E pass on the
 * variable of the user who called them, so nothing is made there unless the directory is
 * this user's.
 */
static int open_in_runtime(struct text *path)
{
	int fd = sys_openat(AT_FDCWD, config.runtime_directory,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
	int error = fd < 0 ? fd : 0, state;
	struct stat status = {0};

	if (error == 0)
		error = sys_fstat(fd, &status);
	if (error == 0 && !owner_is_this_user(status.st_uid))
		error = -EPERM;
	if (error < 0) {
		say_debug(DEBUG_CONFIG, "XDG_RUNTIME_DIR",
			  "is no directory of this user's own");
		if (fd >= 0)
			sys_close(fd);
		return error;
	}
	text_add(path, config.runtime_directory);
	text_add(path, "/pycshim");
	state = open_candidate(fd, "pycshim", path->at);
	sys_close(fd);
	return state;
}

int state_open_directory(void)
{
	static const char *const places[] = SETTING_STATE_PLACES;
	char path[sizeof(config.runtime_directory) + 16];
	struct text name = text_in(path, sizeof(path));
	int fd = -ENOENT;
	unsigned i;

	if (config.runtime_directory[0])
		fd = open_in_runtime(&name);
	for (i = 0; fd < 0 && i < ARRAY_SIZE(places); i++) {
		name = text_in(path, sizeof(path));
		text_add(&name, places[i]);
		text_add_number(&name, sys_geteuid());
		fd = open_candidate(AT_FDCWD, path, path);
	}
	if (fd >= 0)
		say_debug(DEBUG_CONFIG, "STATE", path);
	return fd;
}

/* Is the file a recording, or empty?  Any other content is somebody's data. */
static bool is_recording(int fd, const struct stat *status)
{
	uint32_t magic = 0;

	return status->st_size == 0 ||
	       (sys_pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) &&
		magic == RECORD_MAGIC);
}

/* Open a recording with a high number; `ours`: it must pass the checks for our files. */
static int open_regular(int directory, const char *path, int flags, bool ours)
{
	int fd = sys_openat(directory, path, flags | O_RDWR | O_NOCTTY | O_NONBLOCK,
			    0600);
	struct stat status;
	int error;

	if (fd < 0)
		return fd;
	error = sys_fstat(fd, &status);
	if (error == 0 && !S_ISREG(status.st_mode))
		error = -EINVAL;
	if (error == 0 && ours)
		error = state_check_trust(fd, S_IFREG, 0022);
	if (error == 0 && ours)
		error = state_check_mount(fd, directory, ".");
	if (error == 0 && !is_recording(fd, &status))
		error = -EEXIST;
	if (error == 0)
		return state_move_high(fd);
	sys_close(fd);
	return error;
}

/*
 * Report why the recording cannot be opened, if the user can do something about it.  Too
 * many open files is no wrong setting, and may be over soon.  For the default recording,
 * which nobody has set, report only that another file or mount is in the way.
 */
static void complain_of_recording(int directory, bool named, int error)
{
	char path[256]; /* a longer path is cut, as the whole line is */
	struct text place = text_in(path, sizeof(path));
	long length;

	if (named) {
		if (error != -EMFILE && error != -ENFILE)
			state_complain("PYCSHIM_RECORD=", config.record,
				       recording_error(error));
	} else if (error == -EEXIST || error == -EXDEV) {
		length = fd_path(directory, path, sizeof(path) - sizeof("/recording"));
		place.length = length > 0 ? (size_t)length : 0;
		text_add(&place, length > 0 ? "/recording" : "the default recording");
		state_complain("", path, recording_error(error));
	}
}

void state_complain_of_room(void)
{
	if (config.record[0])
		state_complain("PYCSHIM_RECORD=", config.record,
			       recording_error(-ENOSPC));
}

int state_open_recording(int *append, int *totals)
{
	bool named = config.record[0];
	const char *path = named ? config.record : "recording";
	int directory = named ? AT_FDCWD : state_open_directory();
	int follow = named ? 0 : O_NOFOLLOW;

	*totals = -1;
	if (directory < 0 && !named)
		return directory;
	*append = open_regular(directory, path, O_APPEND | O_CREAT | follow, !named);
	if (*append >= 0)
		*totals = open_regular(directory, path, follow, !named);
	else
		complain_of_recording(directory, named, *append);
	if (!named)
		sys_close(directory);
	return *append < 0 ? *append : 0;
}
