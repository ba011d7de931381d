/* SPDX-License-Identifier: MIT */
/*
 * See launch_judge.h.
 */
#include "launch/launch_judge.h"

#include <stdlib.h>
#include <string.h>

#include "common/usage.h"
#include "common/util.h"
#include "setting.h"

static size_t length_without_slashes(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return length;
}

/* Is `path` the directory itself or something in it, as far as the strings tell? */
static bool is_within(const char *path, const char *directory)
{
	size_t length = length_without_slashes(directory);

	return strncmp(path, directory, length) == 0 &&
	       (!path[length] || path[length] == '/');
}

static bool is_same_path(const char *one, const char *other)
{
	return length_without_slashes(one) == length_without_slashes(other) &&
	       is_within(one, other);
}

/* The absolute path that the library will see, or NULL: not set, or switched off. */
static const char *place(const struct launch_options *options,
			 enum variable_index variable)
{
	const char *value = options_value(options, variable);

	return value && *value == '/' ? value : NULL;
}

/*
 * Check paths that are right each by itself, but not together.  If no option names one of
 * them, the library checks the variables.
 */
static void judge_paths(const struct launch_options *options)
{
	const char *root = place(options, VARIABLE_root);
	const char *record = place(options, VARIABLE_record);
	const char *store = place(options, VARIABLE_store);
	bool root_given = options->value[VARIABLE_root];
	bool record_given = options->value[VARIABLE_record];
	bool store_given = options->value[VARIABLE_store];

	if (root && record && (root_given || record_given) && is_same_path(root, record))
		usage_error("root and recording are the same path: %s", root);
	if (store && record && (store_given || record_given) && is_within(record, store))
		usage_error("the recording %s is in the store %s: name another place",
			    record, store);
	if (!store || !root || !(store_given || root_given))
		return;
	if (is_within(store, root))
		usage_error("the store %s is in the shadow tree %s: name a directory "
			    "beside it",
			    store, root);
	if (is_within(root, store))
		usage_error("the shadow tree %s is in the store %s: name a directory "
			    "beside it",
			    root, store);
}

static void judge_precedence(const struct launch_options *options)
{
	const char *given;
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		given = options->value[i] ? getenv(variables[i].name) : NULL;
		if (given && strcmp(given, options->value[i]) != 0)
			warn("--%s %s goes before %s=%s", variables[i].option,
			     options->value[i], variables[i].name, given);
	}
}

/* Check the files that the options name.  --print-env may be for another machine. */
static void judge_files(const struct launch_options *options)
{
	const char *problem;
	size_t i;

	for (i = 0; i < VARIABLE_COUNT; i++) {
		problem = options->value[i] ? value_file_problem(i, options->value[i])
					    : NULL;
		if (problem)
			usage_error("--%s '%s': %s", variables[i].option,
				    options->value[i], problem);
	}
}

/* --summary needs a recording. */
static void judge_summary(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);
	const char *record = options->value[VARIABLE_record];

	if (options->action != LAUNCH_RUN)
		usage_error("--summary goes with a COMMAND that is run");
	if (mode && setting_is_off(mode))
		usage_error("--summary has nothing to tell: the mode is off");
	if (record && setting_record_is_off(record))
		usage_error("--summary has nothing to tell: recording is off");
}

/* Options without effect are probably a mistake. */
static void judge_effects(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);
	const char *wait = options->value[VARIABLE_wait];
	bool redirect = mode && strcmp(mode, "redirect") == 0;
	bool off = mode && setting_is_off(mode);
	bool store = !off && place(options, VARIABLE_store);
	const char *in_mode = !mode ? "trace" : off ? "off" : mode;

	if (options->value[VARIABLE_root] && !redirect)
		warn("--root has no effect in mode %s (-m redirect?)", in_mode);
	if (options->value[VARIABLE_root_max] && !redirect)
		warn("--root-max has no effect in mode %s (-m redirect?)", in_mode);
	if (off && options->value[VARIABLE_store] && place(options, VARIABLE_store))
		warn("--store has no effect in mode off");
	if (options->value[VARIABLE_store_max] && !store)
		warn("--store-max has no effect without a store (--store DIR?)");
	if (wait && !setting_is_off(wait) && !redirect && !store)
		warn("--wait has no effect without redirect or a store "
		     "(-m redirect? --store DIR?)");
}

/* Many images set PYTHONDONTWRITEBYTECODE; redirect mode would then keep nothing. */
static void judge_dont_write(const struct launch_options *options)
{
	const char *mode = options_value(options, VARIABLE_mode);
	const char *write = options_value(options, VARIABLE_write);
	const char *dont_write = getenv("PYTHONDONTWRITEBYTECODE");

	if (mode && strcmp(mode, "redirect") == 0 && dont_write &&
	    setting_python_flag(dont_write) == SETTING_SET &&
	    !(write && setting_is_on(write)))
		warn("PYTHONDONTWRITEBYTECODE is set: Python will write no pycs that "
		     "redirect could keep (-w removes it)");
}

void judge_options(const struct launch_options *options)
{
	judge_paths(options);
	judge_precedence(options);
	if (options->summary)
		judge_summary(options);
	if (options->action == LAUNCH_PRINT_ENV || options->action == LAUNCH_PRINT_LIB ||
	    options->action == LAUNCH_BAKE || options->action == LAUNCH_COPY) {
		if (*options->command)
			usage_error(
				"--print-env, --print-lib, --bake and --copy-to take no "
				"COMMAND: '%s'",
				*options->command);
	} else if (!*options->command) {
		usage_error("no COMMAND, as in pycshim %s",
			    options->action == LAUNCH_CHECK ? "--check python3"
							    : "python3 app.py");
	} else {
		judge_files(options);
		judge_effects(options);
		judge_dont_write(options);
	}
}
