/*
 * pycshim, the launcher: sets the environment that loads libpycshim.so and becomes
 * COMMAND, or stays as its parent with --summary.  It owns no state but its command
 * line; see launch_*.h for the steps.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch_bake.h"
#include "launch_check.h"
#include "launch_command.h"
#include "launch_environment.h"
#include "launch_library.h"
#include "launch_options.h"
#include "launch_sanitizer.h"
#include "launch_summary.h"
#include "setting.h"
#include "util.h"
#include "version.h"

/* A full disk must not look like success. */
static int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		die(EXIT_LAUNCHER, "standard output: %s", strerror(errno));
	return status;
}

/* Returns only with --summary. */
static int run(struct launch_options *options, const char *library)
{
	const char *debug = options_value(options, VARIABLE_debug);
	char *path = command_find_or_die(options->command[0]);
	int status;

	options->sanitizer = sanitizer_to_preload(path, options, library);
	/* otherwise nothing is said: the program runs as it would without us */
	if (options->summary || (debug && !setting_is_off(debug)))
		summary_warn(path, library);
	if (!options->summary) {
		environment_apply(options, library);
		command_exec(path, options->command);
	}
	status = summary_run(options, library, path);
	free(path);
	return status;
}

int main(int argc, char **argv)
{
	struct launch_options options;
	char *library;
	int status = EXIT_SUCCESS;

	failure_status = EXIT_LAUNCHER;
	setlocale(LC_CTYPE, ""); /* which names a message may have as they are */
	options_parse(&options, argc, argv);
	if (options.action == LAUNCH_HELP) {
		options_print_help();
		return finish(EXIT_SUCCESS);
	}
	if (options.action == LAUNCH_VERSION) {
		puts("pycshim " VERSION_STRING);
		return finish(EXIT_SUCCESS);
	}
	if (options.action == LAUNCH_BAKE) {
		status = bake(&options);
		options_free(&options);
		return finish(status);
	}
	library = library_find();
	switch (options.action) {
	case LAUNCH_PRINT_LIB:
		puts(library);
		break;
	case LAUNCH_PRINT_ENV:
		environment_print(&options, library);
		break;
	case LAUNCH_CHECK:
		status = check_command(&options, library);
		break;
	default:
		status = run(&options, library);
	}
	free(library);
	options_free(&options);
	return finish(status);
}
