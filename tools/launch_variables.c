/*
 * See launch_variables.h.  Runs in the launcher only.
 */
#include "launch_variables.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording.h"
#include "setting.h"
#include "util.h"

const struct variable variables[VARIABLE_COUNT] = {
#define VARIABLE(field, name, letter, option, argument, fallback, what)                  \
	{name, letter, option, argument, fallback, what},
#include "environment.def"
#undef VARIABLE
};

static bool is_one_of(const char *value, size_t length, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == length && memcmp(*words, value, length) == 0)
			return true;
	return false;
}

uint64_t value_size(const char *value)
{
	uint64_t size = 0;
	unsigned shift = 0;

	for (; *value >= '0' && *value <= '9'; value++)
		if (__builtin_mul_overflow(size, 10, &size) ||
		    __builtin_add_overflow(size, (unsigned)(*value - '0'), &size))
			return 0;
	if (*value) {
		static const char suffixes[] = "KMG";
		const char *suffix = strchr(suffixes, toupper((unsigned char)*value));

		if (!suffix || value[1])
			return 0;
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	return size > UINT64_MAX >> shift ? 0 : size << shift;
}

static const char *mode_problem(const char *value)
{
	static const char *const words[] = {"trace", "redirect", "deny", NULL};

	if (setting_is_off(value) || is_one_of(value, strlen(value), words))
		return NULL;
	return "not a mode: trace, redirect, deny or off";
}

/* What the library has room for. */
#define GLOBS_MAX 2048

static const char *globs_problem(const char *value)
{
	const char *glob;

	for (glob = value; *glob; glob += strcspn(glob, ":"), glob += *glob == ':')
		if (!strchr("/*?:", *glob))
			return "not absolute: globs begin with / or *";
	return strlen(value) < GLOBS_MAX ? NULL : "too long";
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

	if (is_one_of(value, strlen(value), words))
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
		if (!is_one_of(value, length, words))
			return "not a list of topics: config, process, record, all";
		if (!value[length])
			return NULL;
	}
}

static const char *size_problem(const char *value)
{
	uint64_t size = value_size(value);

	if (!size)
		return "not a size: a number with K, M or G, such as 64M";
	return size >= RECORD_MAX_LEAST ? NULL : RECORD_MAX_TOO_SMALL;
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
		return size_problem(value);
	case VARIABLE_processes:
		return processes_problem(value);
	case VARIABLE_write:
		return write_problem(value);
	case VARIABLE_debug:
		return debug_problem(value);
	case VARIABLE_only:
	case VARIABLE_skip:
		return globs_problem(value);
	case VARIABLE_COUNT:
		break;
	}
	return NULL;
}

char *value_normalise(enum variable_index variable, const char *value)
{
	char directory[PATH_MAX];

	if (variable == VARIABLE_mode
		    ? setting_is_off(value)
		    : variable == VARIABLE_record && setting_record_is_off(value))
		return xstrdup("off");
	if ((variable != VARIABLE_record && variable != VARIABLE_root) || *value == '/' ||
	    !*value)
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

/* Of what is there already, opened as the library does it. */
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
	if (variable == VARIABLE_root && stat(value, &status) == 0 &&
	    !S_ISDIR(status.st_mode))
		return strerror(ENOTDIR);
	return NULL;
}
