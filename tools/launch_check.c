/*
 * See launch_check.h.  Runs in the launcher only.
 *
 * What the headers and the inode rule out is not run at all: where the library stays out,
 * the program itself would start.  The rest is tried twice: the loader lists what it
 * loads, and only where the library is on that list, the library is asked.
 */
#include "launch_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch_command.h"
#include "launch_environment.h"
#include "launch_evidence.h"
#include "launch_follow.h"
#include "launch_places.h"
#include "launch_program.h"
#include "launch_report.h"
#include "launch_sanitizer.h"
#include "launch_unknown.h"
#include "util.h"
#include "version.h"

struct check {
	const struct launch_options *options;
	struct launch_options own_options; /* those, and the sanitizer to load first */
	const char *library;
	struct elf library_elf;
	FILE *report; /* what follows the verdict */
	char *path;   /* the program that is loaded in the end */
	struct program program;
	bool active;	 /* the library is ... */
	bool shadowless; /* ... and has no shadow to redirect to */
};

static void read_library(struct check *check)
{
	int fd = open(check->library, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -errno : elf_read(fd, &check->library_elf);

	if (result < 0)
		die(EXIT_LAUNCHER, "%s: not a library: %s", check->library,
		    strerror(-result));
	close(fd);
}

enum libc { LIBC_GLIBC, LIBC_MUSL, LIBC_OTHER };

static enum libc loader_libc(const char *loader)
{
	const char *slash = strrchr(loader, '/');
	const char *name = slash ? slash + 1 : loader;

	if (strncmp(name, "ld-musl", 7) == 0)
		return LIBC_MUSL;
	if (strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.so", 7) == 0 ||
	    strncmp(name, "ld.so", 5) == 0)
		return LIBC_GLIBC;
	return LIBC_OTHER;
}

/* Both libcs list an object as a tab, its name and a blank. */
static bool is_listed(const char *list, const char *library)
{
	size_t length = strlen(library);
	const char *at;

	for (at = list; (at = strstr(at, library)); at += length)
		if (at > list && at[-1] == '\t' && at[length] == ' ')
			return true;
	return false;
}

/* Does the loader take the library? */
static bool loader_takes_library(struct check *check)
{
	char *loader = check->program.elf.loader;
	char *list[] = {loader, (char[]){"--list"}, check->path, NULL};
	char *plain[] = {check->path, NULL};
	enum libc libc = loader_libc(loader);
	struct evidence evidence;
	int result;

	if (libc == LIBC_OTHER) {
		report_add(check->report, "why",
			   "its dynamic loader is none that pycshim knows");
		report_add(check->report, "hint",
			   "the library is made for glibc and musl");
		return false;
	}
	/* glibc's loader is started by the kernel as for the program: AT_SECURE is true */
	result = evidence_run(&evidence, check->options, check->library,
			      libc == LIBC_MUSL ? list : plain,
			      "LD_TRACE_LOADED_OBJECTS=1");
	if (result < 0)
		die(EXIT_LAUNCHER, "%s: cannot try it: %s", check->path,
		    strerror(-result));
	if (is_listed(evidence.output, check->library) && WIFEXITED(evidence.status) &&
	    WEXITSTATUS(evidence.status) == 0)
		return true;
	report_add(check->report, "why",
		   "its dynamic loader (%s) does not take the library",
		   libc == LIBC_MUSL ? "musl" : "glibc");
	report_add_lines(check->report, "loader", evidence.output);
	report_add(check->report, "hint",
		   "build the library on the system that the program is for");
	return false;
}

static bool has_word(const char *answer, const char *word)
{
	const char *at = strstr(answer, word);
	size_t length = strlen(word);

	return at && (at == answer || at[-1] == ' ') && strchr(" \n", at[length]);
}

/* The value of `key` in "active mode=trace python=1 version=0.1.0". */
static void answer_value(const char *answer, const char *key, char value[static 32])
{
	const char *at = strstr(answer, key);

	snprintf(value, 32, "%.*s", at ? (int)strcspn(at + strlen(key), " \n") : 7,
		 at ? at + strlen(key) : "unknown");
}

static void add_note(struct check *check, const char *answer)
{
	const char *processes = options_value(check->options, VARIABLE_processes);
	const char *slash = strrchr(check->path, '/');
	const char *name = slash ? slash + 1 : check->path;

	if (!has_word(answer, "python=0"))
		return;
	if (check->options->command[1])
		report_add(check->report, "note",
			   "%s alone was looked at, not what its arguments start", name);
	if (processes && strcmp(processes, "all") == 0)
		report_add(check->report, "note",
			   "%s is no Python, but all processes are meant", name);
	else
		report_add(check->report, "note",
			   "%s is %s, and left alone; Python that it %s is covered", name,
			   script_is_shell(name) ? "a shell" : "no Python",
			   script_is_shell(name) ? "starts" : "loads or starts");
}

static void add_place(struct check *check, const char *title, struct place *place,
		      const char *consequence)
{
	const char *path = place->path ? place->path : "";

	if (place->problem)
		report_add(check->report, title, "%s%s%s; %s", path, *path ? ": " : "",
			   place->problem, consequence);
	else
		report_add(check->report, title, "%s", path);
	free(place->path);
}

/* Only redirect does not do what it is for without its shadow. */
static void add_places(struct check *check, bool redirects)
{
	struct place recording = place_of_recording(check->options), shadow;

	if (redirects) {
		shadow = place_of_shadow(check->options);
		check->shadowless = shadow.problem != NULL;
		add_place(check, "shadow", &shadow, "nothing would be redirected");
	}
	add_place(check, "recording", &recording, "nothing would be recorded");
}

static void judge_silence(struct check *check, struct evidence *evidence)
{
	if (evidence->timed_out)
		report_add(check->report, "why",
			   "it was loaded, but the program did not get ready in time");
	else if (WIFSIGNALED(evidence->status))
		report_add(check->report, "why",
			   "it was loaded, but the program died: %s",
			   strsignal(WTERMSIG(evidence->status)));
	else
		report_add(check->report, "why", "it was loaded, but does not answer");
	report_add_lines(check->report, "said", evidence->output);
	report_add(check->report, "hint",
		   "are launcher and library of one version?  This one is %s",
		   VERSION_STRING);
}

/* Ask the library itself. */
static void ask_library(struct check *check)
{
	char *argv[] = {check->path, NULL};
	struct evidence evidence;
	char value[32];
	int result = evidence_run(&evidence, check->options, check->library, argv, NULL);

	if (result < 0)
		die(EXIT_LAUNCHER, "%s: cannot try it: %s", check->path,
		    strerror(-result));
	evidence.answer[strcspn(evidence.answer, "\n")] = '\0';
	if (has_word(evidence.answer, "active")) {
		check->active = true;
		answer_value(evidence.answer, "version=", value);
		report_add(check->report, "library", "%s, version %s", check->library,
			   value);
		answer_value(evidence.answer, "mode=", value);
		report_add(check->report, "mode", "%s", value);
		add_places(check, strcmp(value, "redirect") == 0);
		add_note(check, evidence.answer);
	} else if (strncmp(evidence.answer, "off", 3) == 0) {
		report_add(check->report, "why", "the library is switched off:%s",
			   evidence.answer + 3);
		report_add_lines(check->report, "said", evidence.output);
		report_add(check->report, "hint",
			   "see the PYCSHIM_ variables that are set, and --mode");
	} else {
		judge_silence(check, &evidence);
	}
}

/* A program that would end under LD_PRELOAD alone. */
static void load_sanitizer_first(struct check *check)
{
	check->own_options = *check->options;
	check->own_options.sanitizer = sanitizer_to_preload(check->path, check->options,
							    check->library);
	check->options = &check->own_options;
	if (!check->own_options.sanitizer)
		return;
	report_add(
		check->report, "note",
		"its AddressSanitizer must be loaded first: it ends under LD_PRELOAD=%s",
		check->library);
	report_add(check->report, "hint", "use pycshim, or LD_PRELOAD=%s:%s",
		   check->own_options.sanitizer, check->library);
}

static void try_program(struct check *check)
{
	struct program_obstacle obstacle;
	const struct elf *elf = &check->program.elf;
	char machine[48];

	report_add(check->report, "program", "%s: %s%s%s", check->path,
		   elf_machine_name(elf, machine), *elf->loader ? ", loaded by " : "",
		   elf->loader);
	if (program_has_obstacle(&check->program, &check->library_elf, &obstacle)) {
		report_add(check->report, "why", "%s", obstacle.why);
		report_add(check->report, "hint", "%s", obstacle.hint);
	} else if (access(elf->loader, X_OK) != 0) {
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: its loader %s: %s",
		    check->path, elf->loader, strerror(errno));
	} else {
		load_sanitizer_first(check);
		if (loader_takes_library(check))
			ask_library(check);
	}
}

int check_command(const struct launch_options *options, const char *library)
{
	const char *name = options->command[0];
	struct check check = {.options = options, .library = library};
	char *text;
	size_t bytes;

	read_library(&check);
	check.path = command_find_or_die(name);
	check.report = open_memstream(&text, &bytes);
	if (!check.report)
		die(EXIT_LAUNCHER, "out of memory");
	if (follow_to_program(&check.path, &check.program, check.report))
		try_program(&check);
	unknown_variables_report(check.report);
	fclose(check.report);
	printf("%s: the library is %s%s\n%s", name,
	       check.active ? "active" : "not active",
	       check.shadowless ? ", and has no shadow to use" : "", text);
	free(text);
	free(check.own_options.sanitizer);
	free(check.path);
	return check.active && !check.shadowless ? EXIT_SUCCESS : EXIT_FAILURE;
}
