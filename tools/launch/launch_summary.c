/* SPDX-License-Identifier: MIT */
/*
 * See launch_summary.h.
 *
 * A recording that the user names, by option or variable, is emptied first.  Otherwise
 * COMMAND records into a new file beside the default recording, which is renamed to that
 * in the end.  So runs at the same time do not mix, and pycstat shows the same run as the
 * summary.
 */
#include "launch/launch_summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "common/usage.h"
#include "common/util.h"
#include "launch/launch_command.h"
#include "launch/launch_environment.h"
#include "launch/launch_library.h"
#include "launch/launch_places.h"
#include "launch/launch_program.h"
#include "launch/launch_supervise.h"
#include "setting.h"

static void empty_recording(const char *file)
{
	/* O_NONBLOCK: a FIFO must not block us */
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	const char *problem;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		usage_error("recording %s: %s", file, strerror(errno));
	if (!S_ISREG(status.st_mode))
		usage_error("recording %s: --summary needs a plain file", file);
	problem = recording_problem(fd);
	if (problem)
		usage_error("recording '%s': %s", file, problem);
	if (ftruncate(fd, 0) != 0)
		usage_error("recording %s: %s", file, strerror(errno));
	close(fd);
}

/*
 * Choose the recording and set it in the options.  Returns the path to which it must be
 * renamed in the end, which the caller frees; NULL: it stays.
 */
static char *prepare_recording(struct launch_options *options)
{
	const char *named = options_value(options, VARIABLE_record);
	char *place;
	int fd;

	if (named && *named != '/' && !setting_is_off(named))
		usage_error("PYCSHIM_RECORD=%s: is not an absolute path", named);
	if (named && *named == '/' && !setting_record_is_off(named)) {
		empty_recording(named);
		return NULL;
	}
	place = place_in_state("recording");
	if (!place)
		die(EXIT_LAUNCHER,
		    "no directory for a recording: name a file with --record");
	/* an option's value, so that COMMAND's library gets it as PYCSHIM_RECORD */
	options->value[VARIABLE_record] = xasprintf("%s.summary-XXXXXX", place);
	fd = mkostemp(options->value[VARIABLE_record], O_CLOEXEC);
	if (fd < 0)
		die(EXIT_LAUNCHER, "recording %s: %s", options->value[VARIABLE_record],
		    strerror(errno));
	close(fd);
	return place;
}

static pid_t fork_or_die(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die(EXIT_LAUNCHER, "fork: %s", strerror(errno));
	if (pid == 0)
		supervise_release();
	return pid;
}

/* Is the command a program that runs another one as another user? */
static bool changes_user(const char *command)
{
	static const char *const names[] = {"setpriv",	 "gosu", "su-exec", "su",
					    "runuser",	 "sudo", "doas",    "chpst",
					    "setuidgid", NULL};
	const char *name = text_base_name(command);

	return text_is_one_of(name, strlen(name), names);
}

/* Separate the summary from COMMAND's output; warn if the reason for an empty one is clear. */
static void begin_summary(const char *recording, const char *command)
{
	struct stat status;

	if (stat(recording, &status) != 0)
		return;
	if (status.st_size)
		fputc('\n', stderr);
	else if (changes_user(command))
		warn("%s ran its program as a user who may not write the recording, or "
		     "without the library: put pycshim behind it (%s ... pycshim -s)",
		     command, command);
}

/* Run pycstat with its output on standard error: standard output belongs to COMMAND. */
static void print_summary(const char *recording)
{
	char *reader = library_find_reader();
	char *file = xstrdup(recording);
	char *argv[] = {(char[]){"pycstat"}, (char[]){"summary"}, file, NULL};
	pid_t pid;
	int status;

	if (!reader) {
		warn("no pycstat beside pycshim: run pycstat summary %s", recording);
		goto out;
	}
	pid = fork_or_die();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(reader, argv);
		die(EXIT_LAUNCHER, "%s: %s", reader, strerror(errno));
	}
	status = supervise(pid);
	if (status > 1) /* 1: it has reported what is wrong with the recording */
		warn("%s ended with status %d; the recording is %s", reader, status,
		     recording);
out:
	free(file);
	free(reader);
}

int summary_run(struct launch_options *options, const char *library, const char *path)
{
	char *place = prepare_recording(options);
	const char *recording = options_value(options, VARIABLE_record);
	pid_t pid;
	int status;

	supervise_begin();
	pid = fork_or_die();
	if (pid == 0) {
		environment_apply(options, library);
		command_exec(path, options->command);
	}
	status = supervise(pid);
	if (place && rename(recording, place) == 0)
		recording = place;
	begin_summary(recording, options->command[0]);
	print_summary(recording);
	free(place);
	return status;
}

void summary_warn(const char *path, const char *library)
{
	struct program program, ours;
	struct program_obstacle obstacle;

	if (program_inspect(path, &program) == 0 && program.kind == PROGRAM_ELF &&
	    program_inspect(library, &ours) == 0 &&
	    program_has_obstacle(&program, &ours.elf, &obstacle))
		warn("%s: the library will not be active: %s", path, obstacle.why);
}
