/*
 * See launch_places.h.  Runs in the launcher only.
 */
#include "launch_places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch_state.h"
#include "setting.h"
#include "user.h"
#include "util.h"

/* proc answers ENOENT, which would be the name's that is not there yet. */
static const char *reason(int error)
{
	return error == ENOENT ? "nothing can be made there" : strerror(error);
}

/*
 * Why nothing can be made in a directory, by making it: permissions say nothing to root,
 * nor of proc, sysfs and a full tmpfs.  What is made has a name of our own and is removed.
 */
static const char *making_problem(int fd, bool directories)
{
	char *name = xasprintf(".pycshim-check-%d", (int)getpid());
	const char *problem = NULL;
	int made;

	/* of a check that was killed, in another container maybe, where pids are the same */
	unlinkat(fd, name, AT_REMOVEDIR);
	unlinkat(fd, name, 0);
	if (directories) {
		if (mkdirat(fd, name, 0700) != 0)
			problem = reason(errno);
		else
			unlinkat(fd, name, AT_REMOVEDIR);
	}
	if (!problem) {
		made = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		problem = made < 0 ? reason(errno) : NULL;
		if (made >= 0) {
			unlinkat(fd, name, 0);
			close(made);
		}
	}
	free(name);
	return problem;
}

/* Of a directory that is there; the library's rules. */
static const char *directory_problem(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return strerror(errno);
	if (!S_ISDIR(status.st_mode))
		return "is not a directory";
	if (!user_is_trusted(status.st_uid) || status.st_mode & 0022)
		return "made by somebody else or writable by others";
	return making_problem(fd, true);
}

/* Component by component, as the library does it; what is missing can be made, or not. */
static const char *shadow_problem(const char *path)
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

/* A place in the state directory. */
static struct place default_place(const char *name)
{
	struct place place = {NULL, "no directory for it can be used"};
	char *directory = state_directory();

	if (directory)
		place = (struct place){xasprintf("%s/%s", directory, name), NULL};
	free(directory);
	return place;
}

struct place place_of_shadow(const struct launch_options *options)
{
	const char *root = options_value(options, VARIABLE_root);
	struct place place;

	if (root)
		place = (struct place){xstrdup(root), NULL};
	else
		place = default_place("shadow");
	if (place.path)
		place.problem = shadow_problem(place.path);
	return place;
}

/* Of a recording that is not there yet. */
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
	struct place place;

	if (record && setting_record_is_off(record))
		return (struct place){xstrdup("off"), NULL};
	if (record)
		place = (struct place){xstrdup(record), NULL};
	else
		place = default_place("recording");
	if (place.path)
		place.problem = value_file_problem(VARIABLE_record, place.path);
	if (place.path && !place.problem && access(place.path, F_OK) != 0)
		place.problem = recording_making_problem(place.path);
	return place;
}
