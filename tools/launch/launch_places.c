/* SPDX-License-Identifier: MIT */
/*
 * See launch_places.h.
 */
#include "launch/launch_places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/user.h"
#include "common/util.h"
#include "setting.h"

#define NO_STATE "no directory for it can be used"

/*
 * The library's rules for STATE (preload/host/state.c).  The checks are by descriptor, since
 * the name may mean another directory a moment later.  A file system that a user mounted
 * there (FUSE) may show any owner, so STATE must be on the file system of its parent.
 */
static bool is_usable_state(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status, above;
	bool trusted;

	if (fd < 0)
		return false;
	trusted = fstat(fd, &status) == 0 && user_is_trusted(status.st_uid) &&
		  (status.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
		  fstatat(fd, "..", &above, 0) == 0 && above.st_dev == status.st_dev &&
		  user_access(fd, ".", W_OK | X_OK) == 0;
	close(fd);
	return trusted;
}

/* Make the directory if needed.  Returns it if it can be used, else frees it: NULL. */
static char *try_state(char *directory)
{
	mkdir(directory, 0700); /* it may fail: the check below decides */
	if (is_usable_state(directory))
		return directory;
	free(directory);
	return NULL;
}

char *place_in_state(const char *name)
{
	char *directory = user_find_state(try_state), *path = NULL;

	if (directory)
		path = xasprintf("%s/%s", directory, name);
	free(directory);
	return path;
}

char *place_shadow_path(const struct launch_options *options)
{
	const char *root = options_value(options, VARIABLE_root);

	return root ? xstrdup(root) : place_in_state("shadow");
}

/* ENOENT is proc's answer to a new name; its text would be misleading. */
static const char *making_error(int error)
{
	return error == ENOENT ? "nothing can be made there" : strerror(error);
}

/*
 * Why no file (and with `directories` no directory) can be made in a directory; NULL: it
 * can.  This tries it, because permissions do not tell for root, proc, sysfs or a full
 * tmpfs.  What it makes has a name of its own and is removed again.
 */
static const char *making_problem(int fd, bool directories)
{
	char *name = xasprintf(".pycshim-check-%d", (int)getpid());
	const char *problem = NULL;
	int made;

	/* left by a check that was killed, maybe in another container with the same pids */
	unlinkat(fd, name, AT_REMOVEDIR);
	unlinkat(fd, name, 0);
	if (directories) {
		if (mkdirat(fd, name, 0700) != 0)
			problem = making_error(errno);
		else
			unlinkat(fd, name, AT_REMOVEDIR);
	}
	if (!problem) {
		made = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		problem = made < 0 ? making_error(errno) : NULL;
		if (made >= 0) {
			unlinkat(fd, name, 0);
			close(made);
		}
	}
	free(name);
	return problem;
}

/* Why the library would not trust an existing directory; NULL: it would. */
static const char *trust_problem(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	if (!S_ISDIR(status.st_mode))
		return "is not a directory";
	if (!user_is_trusted(status.st_uid) || status.st_mode & 0022)
		return "made by somebody else or writable by others";
	return NULL;
}

/* Why the library would refuse an existing directory as its shadow; NULL: it would not. */
static const char *shadow_directory_problem(int fd)
{
	const char *problem = trust_problem(fd);

	return problem ? problem : making_problem(fd, true);
}

/*
 * Why the library could not use the directory at this path; NULL: it can.  Follows the path
 * component by component, as the library does; the first one that is missing must be
 * possible to make, and a directory that exists must pass `directory_problem`.
 */
static const char *path_to_directory_problem(const char *path,
					     const char *(*directory_problem)(int fd))
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	const char *problem = NULL;
	char name[NAME_MAX + 1];
	size_t length;

	for (path += strspn(path, "/"); fd >= 0 && *path; path += strspn(path, "/")) {
		length = strcspn(path, "/");
		if (length > NAME_MAX) {
			problem = strerror(ENAMETOOLONG);
			break;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		path += length;
		next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0) {
			problem = errno == ENOENT ? making_problem(fd, true)
						  : strerror(errno);
			close(fd);
			return problem;
		}
		close(fd);
		fd = next;
		if (readlinkat(fd, "", name, sizeof(name)) >= 0) {
			problem = "reached by a symbolic link";
			break;
		}
	}
	if (fd < 0)
		return strerror(errno);
	if (!problem)
		problem = directory_problem(fd);
	close(fd);
	return problem;
}

struct place place_of_shadow(const struct launch_options *options)
{
	struct place place = {place_shadow_path(options), NO_STATE};

	if (place.path)
		place.problem = path_to_directory_problem(place.path,
							  shadow_directory_problem);
	return place;
}

struct place place_of_store(const struct launch_options *options)
{
	const char *store = options_value(options, VARIABLE_store);
	struct place place = {NULL, NULL};

	if (!store || setting_is_off(store))
		return place;
	place.path = xstrdup(store);
	/* the library reads a store that it cannot write */
	place.problem = path_to_directory_problem(store, trust_problem);
	return place;
}

const char *place_filling_problem(const struct place *store)
{
	int fd = open(store->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *problem = fd < 0 ? NULL : making_problem(fd, true);

	if (fd >= 0)
		close(fd);
	return problem;
}

/* Why a recording that does not exist could not be made; NULL: it can. */
static const char *recording_making_problem(const char *path)
{
	char *directory = xasprintf("%.*s/", (int)(strrchr(path, '/') - path), path);
	int fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *problem = fd < 0 ? strerror(errno) : making_problem(fd, false);

	if (fd >= 0)
		close(fd);
	free(directory);
	return problem;
}

struct place place_of_recording(const struct launch_options *options)
{
	const char *record = options_value(options, VARIABLE_record);
	struct place place = {NULL, NO_STATE};

	if (record && setting_record_is_off(record))
		return (struct place){xstrdup("off"), NULL};
	place.path = record ? xstrdup(record) : place_in_state("recording");
	if (place.path)
		place.problem = value_file_problem(VARIABLE_record, place.path);
	if (place.path && !place.problem && access(place.path, F_OK) != 0)
		place.problem = recording_making_problem(place.path);
	return place;
}
