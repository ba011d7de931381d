/* SPDX-License-Identifier: MIT */
/*
 * See config.h.  Runs in our constructor, before the host's main(); the functions with
 * `late` also after that, in any thread.
 *
 * A reader of a variable returns NULL, or what is wrong with the value.
 */
#include "host/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "host/sys.h"
#include "host/text.h"
#include "setting.h"

#define INHERITED "PYCSHIM_INHERITED="
#define DONT_WRITE "PYTHONDONTWRITEBYTECODE"

extern char **environ;

const char *const config_modes[] = {"trace", "redirect", "deny", "off"};

struct config config = {.check_fd = -1};

static bool equals(const char *value, const char *word)
{
	return strcmp(value, word) == 0;
}

static const char *read_mode(const char *value)
{
	unsigned mode;

	for (mode = 0; mode < MODE_off; mode++)
		if (equals(value, config_modes[mode]))
			break;
	config.mode = (enum record_mode)mode;
	return mode < MODE_off || setting_is_off(value)
		       ? NULL
		       : "is not trace, redirect, deny or off";
}

static const char *read_copy(char *copy, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return "is too long";
	memcpy(copy, value, strlen(value) + 1);
	return NULL;
}

static const char *read_path(char *copy, const char *value)
{
	return value[0] != '/' ? "is not an absolute path"
			       : read_copy(copy, PATH_MAX, value);
}

static const char *read_root(const char *value)
{
	if (equals(value, ""))
		return "is empty";
	if (!value[strspn(value, "/")]) /* each file would be its own shadow */
		return "is the whole file system";
	return read_path(config.root, value);
}

static const char *read_record(const char *value)
{
	config.record_off = setting_record_is_off(value);
	return config.record_off ? NULL : read_path(config.record, value);
}

static const char *read_size(uint64_t *size, const char *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix;
	uint64_t bytes = 0;
	unsigned shift = 0;

	if (*value < '0' || *value > '9')
		return "is not a size such as 64M";
	for (; *value >= '0' && *value <= '9'; value++)
		if (__builtin_mul_overflow(bytes, 10, &bytes) ||
		    __builtin_add_overflow(bytes, (unsigned)(*value - '0'), &bytes))
			return "is too large";
	if (*value) {
		suffix = strchr(suffixes, *value & ~0x20);
		if (!suffix || value[1])
			return "is not a size such as 64M (suffixes: K, M, G)";
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	if (bytes > (uint64_t)INT64_MAX >> shift)
		return "is too large";
	*size = bytes << shift;
	return NULL;
}

static const char *read_record_max(const char *value)
{
	const char *wrong = read_size(&config.record_max_bytes, value);

	if (!wrong && config.record_max_bytes < RECORD_MAX_LEAST)
		wrong = "is " RECORD_MAX_TOO_SMALL;
	return wrong;
}

static const char *read_store(const char *value)
{
	if (setting_is_off(value))
		return NULL;
	if (!value[strspn(value, "/")])
		return "is the whole file system";
	return read_path(config.store, value);
}

static const char *read_store_max(const char *value)
{
	return read_size(&config.store_max_bytes, value);
}

static const char *read_root_max(const char *value)
{
	config.root_max_bytes = 0;
	return setting_is_off(value) ? NULL : read_size(&config.root_max_bytes, value);
}

static const char *read_wait(const char *value)
{
	config.wait_ms = 0;
	if (setting_is_off(value))
		return NULL;
	for (; *value >= '0' && *value <= '9' && config.wait_ms <= SETTING_WAIT_MS_MOST;
	     value++)
		config.wait_ms = config.wait_ms * 10 + (unsigned)(*value - '0');
	if (*value && config.wait_ms <= SETTING_WAIT_MS_MOST)
		return "is not a number of milliseconds";
	return config.wait_ms <= SETTING_WAIT_MS_MOST ? NULL : "is more than a minute";
}

static const char *read_processes(const char *value)
{
	config.all_processes = equals(value, "all");
	return config.all_processes || equals(value, "python") ? NULL
							       : "is not python or all";
}

static const char *read_write(const char *value)
{
	config.write = setting_is_on(value);
	return config.write || setting_is_off(value) ? NULL : "is not 1 or off";
}

/* The globs are compared with absolute paths, so a relative one would match nothing. */
static const char *read_globs(char *field, size_t size, const char *value)
{
	const char *glob;

	for (glob = value; *glob; glob += strcspn(glob, ":"), glob += *glob == ':')
		if (!strchr("/*?:", *glob))
			return "is not absolute: globs begin with / or *";
	return read_copy(field, size, value);
}

static const char *read_only(const char *value)
{
	return read_globs(config.only, sizeof(config.only), value);
}

static const char *read_skip(const char *value)
{
	return read_globs(config.skip, sizeof(config.skip), value);
}

static const char *read_debug(const char *value)
{
	static const struct {
		const char *name;
		unsigned topics;
	} topics[] = {{"config", DEBUG_CONFIG},
		      {"process", DEBUG_PROCESS},
		      {"record", DEBUG_RECORD},
		      {"all", ~0u},
		      {"off", 0},
		      {"0", 0},
		      {"no", 0}};
	size_t length, i;

	for (; *value; value += length + (value[length] == ',')) {
		length = strcspn(value, ",");
		for (i = 0; i < ARRAY_SIZE(topics); i++)
			if (strlen(topics[i].name) == length &&
			    memcmp(topics[i].name, value, length) == 0)
				break;
		if (i == ARRAY_SIZE(topics))
			return "has a topic that is not config, process, record or all";
		config.debug |= topics[i].topics;
	}
	return NULL;
}

static const struct variable {
	const char *name;
	const char *standard; /* the default */
	const char *(*read)(const char *value);
} variables[] = {
#define VARIABLE(field, name, letter, option, argument, standard, what)                  \
	{name "=", standard, read_##field},
#include "environment.def"
#undef VARIABLE
};

/* Set the numbers to their defaults.  Other defaults are the zeros of `config`, or places. */
static void read_defaults(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(variables); i++)
		if (*variables[i].standard >= '0' && *variables[i].standard <= '9')
			(void)!variables[i].read(variables[i].standard);
}

/* Read "USER.RUN", which config_tell_children() has put behind "python". */
static void read_started_by(const char *value)
{
	uint64_t user;
	const char *end = text_read_number(value, &user);

	config.started_by_user = end != value && user == sys_geteuid();
	if (*end == '.')
		text_read_number(end + 1, &config.run);
}

/* Read a variable that only our own programs set.  False if it is not one of them. */
static bool read_internal(const char *entry)
{
	static const char check[] = "PYCSHIM_CHECK=";
	uint64_t fd;

	if (strncmp(entry, INHERITED, strlen(INHERITED)) == 0) {
		entry += strlen(INHERITED);
		config.started_by_python = strncmp(entry, "python", 6) == 0;
		if (config.started_by_python)
			read_started_by(entry + 6);
		config.complained = equals(entry, "off");
		return true;
	}
	if (strncmp(entry, check, strlen(check)) != 0)
		return false;
	text_read_number(entry + strlen(check), &fd);
	config.check_fd = fd <= INT_MAX ? (int)fd : -1;
	return true;
}

/* Remove trailing slashes: with them, open() would follow a symbolic link there. */
static void read_runtime(const char *value)
{
	char *copy = config.runtime_directory;
	size_t length = strlen(value);

	while (length > 1 && value[length - 1] == '/')
		length--;
	if (*value != '/' || length >= sizeof(config.runtime_directory))
		length = 0;
	memcpy(copy, value, length);
	copy[length] = '\0';
}

/* Is the path this directory, or below it?  As they are written. */
static bool is_at_or_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	while (length > 1 && directory[length - 1] == '/')
		length--;
	return strncmp(path, directory, length) == 0 &&
	       (!path[length] || path[length] == '/');
}

/* If this is one of Python's own variables, `flag` becomes what its value sets. */
static void read_flag(const char *entry, const char *name, enum setting_flag *flag)
{
	size_t length = strlen(name);

	if (strncmp(entry, name, length) == 0)
		*flag = setting_python_flag(entry + length);
}

const char *config_read(char *const *environment, const char **value, const char **why)
{
	static const char runtime[] = "XDG_RUNTIME_DIR=";
	static const char dpkg[] = "DPKG_MAINTSCRIPT_NAME=";
	const struct variable *variable;
	const char *name = NULL, *wrong, *entry;

	read_defaults();
	for (; environment && *environment; environment++) {
		entry = *environment;
		if (strncmp(entry, dpkg, strlen(dpkg)) == 0)
			config.maintainer_script = true;
		read_flag(entry, DONT_WRITE "=", &config.dont_write);
		read_flag(entry, "PYTHONNODEBUGRANGES=", &config.no_debug_ranges);
		read_flag(entry, "PYTHONOPTIMIZE=", &config.optimise);
		if (strncmp(entry, runtime, strlen(runtime)) == 0) {
			entry += strlen(runtime);
			read_runtime(entry);
			continue;
		}
		if (strncmp(entry, "PYCSHIM_", 8) != 0 || read_internal(entry))
			continue;
		for (variable = variables; variable < variables + ARRAY_SIZE(variables);
		     variable++) {
			if (strncmp(entry, variable->name, strlen(variable->name)) != 0)
				continue;
			wrong = variable->read(entry + strlen(variable->name));
			if (wrong && !name) {
				name = variable->name;
				*value = entry + strlen(variable->name);
				*why = wrong;
			}
		}
	}
	if (!name && config.root[0] && strcmp(config.root, config.record) == 0) {
		name = "PYCSHIM_ROOT=";
		*value = config.root;
		*why = "is the recording's path too";
	}
	if (!name && config.store[0] && config.root[0] &&
	    (is_at_or_below(config.store, config.root) ||
	     is_at_or_below(config.root, config.store))) {
		name = "PYCSHIM_STORE=";
		*value = config.store;
		*why = "is in the shadow tree, or the shadow tree in it";
	}
	return name;
}

/*
 * Replace `environ` by a copy without the entries that begin with `prefix`, and with
 * `entry` at the end unless that is NULL.
 */
static void replace_environment(const char *prefix, char *entry)
{
	char **old = environ, **copy;
	size_t count = 0, i, used = 0;

	while (old && old[count])
		count++;
	copy = sys_map((count + 2) * sizeof(*copy), MAP_PRIVATE);
	if (!copy)
		return;
	for (i = 0; i < count; i++)
		if (strncmp(old[i], prefix, strlen(prefix)) != 0)
			copy[used++] = old[i];
	copy[used] = entry;
	environ = copy;
}

void config_tell_children(const char *what, bool late)
{
	static char entry[sizeof(INHERITED) + 48];
	struct text text = text_in(entry, sizeof(entry));

	text_add(&text, INHERITED);
	text_add(&text, what);
	if (equals(what, "python")) {
		text_add_number(&text, sys_geteuid());
		text_add(&text, ".");
		text_add_number(&text, config.run);
	}
	if (late)
		putenv(entry);
	else
		replace_environment(INHERITED, entry);
}

void config_remove_dont_write(bool late)
{
	char *const *entry;

	if (late) {
		unsetenv(DONT_WRITE);
		return;
	}
	for (entry = environ; entry && *entry; entry++)
		if (strncmp(*entry, DONT_WRITE "=", strlen(DONT_WRITE "=")) == 0) {
			replace_environment(DONT_WRITE "=", NULL);
			return;
		}
}
