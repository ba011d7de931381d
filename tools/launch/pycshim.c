/* SPDX-License-Identifier: MIT */
/*
 * pycshim, the launcher: sets the environment that loads libpycshim.so and executes
 * COMMAND, or stays as its parent with --summary.  Each step is in a launch_*.c.
 *
 * The folder tools/launch/ owns the launcher.  It runs in pycshim, which has one thread, and
 * in the children that it forks before they execute.  It includes common/ and include/, and
 * nothing of the reader: it runs pycstat as a program.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "common/util.h"
#include "launch/launch_bake.h"
#include "launch/launch_check.h"
#include "launch/launch_command.h"
#include "launch/launch_copy.h"
#include "launch/launch_environment.h"
#include "launch/launch_judge.h"
#include "launch/launch_library.h"
#include "launch/launch_options.h"
#include "launch/launch_sanitizer.h"
#include "launch/launch_summary.h"
#include "setting.h"
#include "version.h"

/* Returns the status; dies if not all output was written: a full disk is no success. */
static int check_output(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		die(EXIT_LAUNCHER, "standard output: %s", strerror(errno));
	return status;
}

/* Execute COMMAND; returns only with --summary, then COMMAND's status. */
static int run_command(struct launch_options *options, const char *library)
{
	const char *debug = options_value(options, VARIABLE_debug);
	char *path = command_find_or_die(options->command[0]);
	int status;

	options->sanitizer = sanitizer_to_preload(path, options, library);
	/* otherwise stay silent: the program shall run as it would without pycshim */
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
	setlocale(LC_CTYPE, ""); /* for escape_wants_ascii() */
	options_parse(&options, argc, argv);
	if (options.action == LAUNCH_HELP) {
		options_print_help();
		return check_output(EXIT_SUCCESS);
	}
	if (options.action == LAUNCH_VERSION) {
		puts("pycshim " VERSION_STRING " (" COMMIT_STRING ")");
		return check_output(EXIT_SUCCESS);
	}
	judge_options(&options);
	if (options.action == LAUNCH_BAKE) {
		status = bake(&options);
		options_free(&options);
		return check_output(status);
	}
	library = library_find();
	switch (options.action) {
	case LAUNCH_COPY:
		copy_to(options.target, library);
		break;
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
		status = run_command(&options, library);
	}
	free(library);
	options_free(&options);
	return check_output(status);
}
