/* SPDX-License-Identifier: MIT */
/*
 * See launch_variables.h.
 */
#include "launch/launch_variables.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/size.h"
#include "common/text.h"
#include "common/util.h"
#include "recording.h"
#include "setting.h"

const struct variable variables[VARIABLE_COUNT] = {
#define VARIABLE(field, name, letter, option, argument, fallback, what)                  \
	{name, letter, option, argument, fallback, what},
#include "environment.def"
#undef VARIABLE
};

static const char *mode_problem(const char *value)
{
	static const char *const words[] = {"trace", "redirect", "deny", NULL};

	if (setting_is_off(value) || text_is_one_of(value, strlen(value), words))
		return NULL;
	return "not a mode: trace, redirect, deny or off";
}

static const char *globs_problem(const char *value)
{
	const char *glob;

	for (glob = value; *glob; glob += strcspn(glob, ":"), glob += *glob == ':')
		if (!strchr("/*?:", *glob))
			return "not absolute: globs begin with / or *";
	return strlen(value) < SETTING_GLOBS_MAX ? NULL : "too long";
}

static const char *path_problem(const char *value)
{
	if (strlen(value) >= PATH_MAX)
		return "longer than a path can be";
	return NULL;
}

static const char *root_problem(const char *value)
{
	if (!*value)
		return "empty: a directory is needed";
	if (*value != '/')
		return "not absolute: it must begin with /";
	if (!value[strspn(value, "/")])
		return "the whole file system: an empty directory is needed";
	return path_problem(value);
}

static const char *processes_problem(const char *value)
{
	static const char *const words[] = {"python", "all", NULL};

	if (text_is_one_of(value, strlen(value), words))
		return NULL;
	return "neither python nor all";
}

static const char *write_problem(const char *value)
{
	return setting_is_on(value) || setting_is_off(value) ? NULL : "neither 1 nor off";
}

static const char *debug_problem(const char *value)
{
	static const char *const words[] = {"config", "process", "record", "all", NULL};
	size_t length;

	if (setting_is_off(value))
		return NULL;
	for (;; value += length + 1) {
		length = strcspn(value, ",");
		if (!text_is_one_of(value, length, words))
			return "not a list of topics: config, process, record, all";
		if (!value[length])
			return NULL;
	}
}

static const char *store_problem(const char *value)
{
	if (*value != '/')
		return "not absolute: it must begin with /";
	if (!value[strspn(value, "/")])
		return "the whole file system: a directory is needed";
	return path_problem(value);
}

static const char *wait_problem(const char *value)
{
	char *end;
	unsigned long long ms;

	if (setting_is_off(value))
		return NULL;
	errno = 0;
	ms = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)*value) || *end)
		return "not a number of milliseconds";
	return errno || ms > SETTING_WAIT_MS_MOST ? "more than a minute" : NULL;
}

static const char *size_problem(const char *value)
{
	uint64_t size = size_parse(value);

	if (!size)
		return "not a size: a number with K, M or G, such as 64M";
	return size > INT64_MAX ? "larger than a file can be" : NULL;
}

static const char *record_max_problem(const char *value)
{
	const char *problem = size_problem(value);

	if (problem || size_parse(value) >= RECORD_MAX_LEAST)
		return problem;
	return RECORD_MAX_TOO_SMALL;
}

const char *value_problem(enum variable_index variable, const char *value)
{
	switch (variable) {
	case VARIABLE_mode:
		return mode_problem(value);
	case VARIABLE_root:
		return root_problem(value);
	case VARIABLE_record:
		return path_problem(value);
	case VARIABLE_record_max:
		return record_max_problem(value);
	case VARIABLE_processes:
		return processes_problem(value);
	case VARIABLE_write:
		return write_problem(value);
	case VARIABLE_debug:
		return debug_problem(value);
	case VARIABLE_store:
		return setting_is_off(value) ? NULL : store_problem(value);
	case VARIABLE_store_max:
		return size_problem(value);
	case VARIABLE_root_max:
		return setting_is_off(value) ? NULL : size_problem(value);
	case VARIABLE_wait:
		return wait_problem(value);
	case VARIABLE_only:
	case VARIABLE_skip:
		return globs_problem(value);
	case VARIABLE_COUNT:
		break;
	}
	return NULL;
}

/* Is the value one of the words for off, of a variable that has them and is no switch? */
static bool value_is_off(enum variable_index variable, const char *value)
{
	if (variable == VARIABLE_record)
		return setting_record_is_off(value);
	return (variable == VARIABLE_mode || variable == VARIABLE_store ||
		variable == VARIABLE_root_max) &&
	       setting_is_off(value);
}

static bool is_path_variable(enum variable_index variable)
{
	return variable == VARIABLE_record || variable == VARIABLE_root ||
	       variable == VARIABLE_store;
}

char *value_normalise(enum variable_index variable, const char *value)
{
	char directory[PATH_MAX];

	if (value_is_off(variable, value))
		return xstrdup("off");
	if (!is_path_variable(variable) || *value == '/' || !*value)
		return xstrdup(value);
	if (!getcwd(directory, sizeof(directory)))
		die(EXIT_LAUNCHER, "%s: the current directory: %s", value,
		    strerror(errno));
	return xasprintf("%s/%s", strcmp(directory, "/") == 0 ? "" : directory, value);
}

const char *recording_problem(int fd)
{
	uint32_t magic = 0;
	ssize_t got = pread(fd, &magic, sizeof(magic), 0);

	if (got == 0 ||
	    (got == sizeof(magic) && ((magic ^ RECORD_MAGIC) & RECORD_MAGIC_MASK) == 0))
		return NULL;
	return "is a file, but no recording; name another one";
}

/* What is wrong with an existing file for a recording.  Opens it as the library does. */
static const char *old_file_problem(const char *value, const struct stat *status)
{
	int fd = open(value, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *problem = NULL;

	if (fd < 0)
		return strerror(errno);
	if (S_ISREG(status->st_mode))
		problem = recording_problem(fd);
	close(fd);
	return problem;
}

static const char *record_file_problem(const char *value)
{
	char *directory;
	const char *slash = strrchr(value, '/');
	struct stat status;
	int result;

	if (stat(value, &status) == 0)
		return old_file_problem(value, &status);
	if (errno != ENOENT)
		return strerror(errno);
	directory = xasprintf("%.*s/", (int)(slash - value), value);
	result = access(directory, W_OK | X_OK);
	free(directory);
	return result == 0	 ? NULL
	       : errno == ENOENT ? "its directory does not exist"
				 : strerror(errno);
}

const char *value_file_problem(enum variable_index variable, const char *value)
{
	struct stat status;

	if (variable == VARIABLE_record && !setting_record_is_off(value))
		return record_file_problem(value);
	if (variable == VARIABLE_store && setting_is_off(value))
		return NULL;
	if ((variable == VARIABLE_root || variable == VARIABLE_store) &&
	    stat(value, &status) == 0 && !S_ISDIR(status.st_mode))
		return strerror(ENOTDIR);
	return NULL;
}
