/*
 * See launch_summary.h.  Runs in the launcher only.
 *
 * A recording that is named, by option or variable, is emptied first.  Without a name,
 * COMMAND gets a new file beside the default recording, which takes that one's place in
 * the end: runs at the same time do not mix, and pycstat goes on where the summary ends.
 */
#include "launch_summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch_command.h"
#include "launch_environment.h"
#include "launch_library.h"
#include "launch_program.h"
#include "launch_state.h"
#include "launch_supervise.h"
#include "setting.h"
#include "usage.h"
#include "util.h"

static void empty_recording(const char *file)
{
	/* it may be a FIFO, which must not stop us */
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

/* Choose the recording; returns its last place if it must be moved there, or NULL. */
static char *prepare_recording(struct launch_options *options)
{
	const char *named = options_value(options, VARIABLE_record);
	char *directory, *place;
	int fd;

	if (named && *named != '/' && !setting_is_off(named))
		usage_error("PYCSHIM_RECORD=%s: is not an absolute path", named);
	if (named && *named == '/' && !setting_record_is_off(named)) {
		empty_recording(named);
		return NULL;
	}
	directory = state_directory();
	if (!directory)
		die(EXIT_LAUNCHER,
		    "no directory for a recording: name a file with --record");
	place = xasprintf("%s/recording", directory);
	/* the library may have to name it, and nobody has set that */
	options->value[VARIABLE_record] = xasprintf("%s.summary-XXXXXX", place);
	fd = mkostemp(options->value[VARIABLE_record], O_CLOEXEC);
	if (fd < 0)
		die(EXIT_LAUNCHER, "recording %s: %s", options->value[VARIABLE_record],
		    strerror(errno));
	close(fd);
	free(directory);
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

/* Programs that run another one as somebody else. */
static bool changes_user(const char *command)
{
	static const char *const names[] = {"setpriv", "gosu",	  "su-exec",
					    "su",      "runuser", "sudo",
					    "doas",    "chpst",	  "setuidgid"};
	const char *slash = strrchr(command, '/');
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(slash ? slash + 1 : command, names[i]) == 0)
			return true;
	return false;
}

/* The summary stands apart from what COMMAND said; and what may be wrong without any. */
static void announce(const char *recording, const char *command)
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

/* pycstat, its output among the messages: standard output is COMMAND's. */
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
	if (status > 1) /* 1: it has said what is wrong with the recording */
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
	announce(recording, options->command[0]);
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
