/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an environment, of strings that end in a newline (preload/host/config.c): what
 * is taken is within bounds, what is not is named, and what the launcher passes on to the
 * library (tools/launch/launch_variables.c) is taken by it.
 */
#include "fuzz.h"

#include "attributes.h"
#include "host/config.h"
#include "launch/launch_variables.h"

#define ENTRIES_MAX 32

static const struct config defaults = {.record_max_bytes = 64u << 20, .check_fd = -1};

#define MUST_END(field)                                                                  \
	must(memchr(config.field, '\0', sizeof(config.field)) != NULL,                   \
	     #field " has no end")

static const char *read_environment(char *const *environment)
{
	const char *value = NULL, *why = NULL, *name;

	config = defaults;
	name = config_read(environment, &value, &why);
	must(!name || (value && why && *why), "mistaken, and nobody is told why");
	must(!name || (strncmp(name, "PYCSHIM_", 8) == 0 && strchr(name, '=')),
	     "another's variable");
	must((unsigned)config.mode <= MODE_off, "no mode");
	MUST_END(root);
	MUST_END(record);
	MUST_END(only);
	MUST_END(skip);
	MUST_END(runtime_directory);
	must(!config.runtime_directory[0] || config.runtime_directory[0] == '/',
	     "a relative XDG_RUNTIME_DIR");
	must(config.check_fd >= -1, "no descriptor");
	must(config.record_max_bytes <= INT64_MAX, "larger than a file can be");
	if (!name) {
		must(config.record_max_bytes >= RECORD_MAX_LEAST,
		     "too small a recording");
		must(!config.root[0] || config.root[0] == '/', "a relative root");
		must(!config.record[0] || config.record[0] == '/',
		     "a relative recording");
	}
	return name;
}

/* What the launcher finds nothing wrong with, the library must take. */
static void pass_on(const char *value)
{
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		char *normal = value_normalise((enum variable_index)i, value);
		const char *problem = value_problem((enum variable_index)i, normal);
		char *entry, *environment[2] = {NULL, NULL};

		must(asprintf(&entry, "%s=%s", variables[i].name, normal) > 0,
		     "no memory");
		environment[0] = entry;
		if (!problem && read_environment(environment)) {
			fprintf(stderr, "fuzz: the library refuses %s\n", entry);
			abort();
		}
		free(entry);
		free(normal);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = copy_as_string(data, size), *rest = text, *line;
	char *environment[ENTRIES_MAX + 1];
	size_t count = 0;

	while (count < ENTRIES_MAX && (line = strsep(&rest, "\n")))
		environment[count++] = strdup(line);
	environment[count] = NULL;
	(void)read_environment(environment);
	while (count > 0)
		free(environment[--count]);
	pass_on(text);
	free(text);
	return 0;
}
