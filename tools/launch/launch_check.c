/* SPDX-License-Identifier: MIT */
/*
 * See launch_check.h.
 *
 * A program whose headers or inode rule the library out is not run at all: it would really
 * start.  Other programs are run twice, each time stopping before main().  First the loader
 * lists what it loads; only if the library is on that list, the library is asked.
 */
#include "launch/launch_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"
#include "common/util.h"
#include "launch/launch_command.h"
#include "launch/launch_environment.h"
#include "launch/launch_evidence.h"
#include "launch/launch_follow.h"
#include "launch/launch_places.h"
#include "launch/launch_program.h"
#include "launch/launch_report.h"
#include "launch/launch_sanitizer.h"
#include "version.h"

struct check {
	const struct launch_options *options;
	struct launch_options own_options; /* a copy with the sanitizer to load first */
	const char *library;
	struct elf library_elf;
	FILE *report; /* the lines below the verdict */
	char *path;   /* the program that the kernel loads in the end */
	struct program program;
	bool active;	 /* the library is active */
	bool shadowless; /* the mode is redirect, but no shadow can be used */
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
	const char *name = text_base_name(loader);

	if (strncmp(name, "ld-musl", 7) == 0)
		return LIBC_MUSL;
	if (strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld64.so", 7) == 0 ||
	    strncmp(name, "ld.so", 5) == 0)
		return LIBC_GLIBC;
	return LIBC_OTHER;
}

/* Is the library in the loader's list?  Both libcs print a tab, the path and a blank. */
static bool is_listed(const char *list, const char *library)
{
	size_t length = strlen(library);
	const char *at;

	for (at = list; (at = strstr(at, library)); at += length)
		if (at > list && at[-1] == '\t' && at[length] == ' ')
			return true;
	return false;
}

/* Does the dynamic loader load the library?  Reports why not. */
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
	/* with glibc the program itself is executed, so that AT_SECURE is as in a real run */
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

/* Does the library's answer contain this word? */
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

/* For a program that is not Python: say what the answer means for Pythons it starts. */
static void add_note(struct check *check, const char *answer)
{
	const char *processes = options_value(check->options, VARIABLE_processes);
	const char *name = text_base_name(check->path);

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

/* Report one place and free it; `consequence` is what follows from its problem. */
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

/* Report the store, if there shall be one.  Without it, the program runs all the same. */
static void add_store(struct check *check)
{
	struct place store = place_of_store(check->options);
	const char *problem;

	if (!store.path)
		return;
	problem = store.problem ? NULL : place_filling_problem(&store);
	if (problem)
		report_add(check->report, "note",
			   "nothing can be put into the store, only read from it: %s",
			   problem);
	add_place(check, "store", &store, "no store would be used");
}

/*
 * Report shadow, store and recording.  Without a shadow, redirect mode does nothing useful.
 */
static void add_places(struct check *check, bool redirects)
{
	struct place recording = place_of_recording(check->options), shadow;

	if (redirects) {
		shadow = place_of_shadow(check->options);
		check->shadowless = shadow.problem != NULL;
		add_place(check, "shadow", &shadow, "nothing would be redirected");
	}
	add_store(check);
	add_place(check, "recording", &recording, "nothing would be recorded");
}

/* The library was loaded and did not answer: report why, as far as that is known. */
static void report_silence(struct check *check, struct evidence *evidence)
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

/* Run the program with the library, whose constructor answers and exits; report it. */
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
		report_silence(check, &evidence);
	}
}

/* Report a program that needs its sanitizer before the library (launch_sanitizer.h). */
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

/*
 * For a Python into which the library cannot be loaded: what it does itself.  It reads this
 * variable also in a set-user-ID program, from which the loader takes those of its own
 * (config_init_pycache_prefix in Python/initconfig.c).
 */
static void add_way_without(struct check *check)
{
	const char *name = text_base_name(check->path);

	if (strncmp(name, "python", 6) != 0 && strncmp(name, "pypy", 4) != 0)
		return;
	report_add(check->report, "or",
		   "without the library: PYTHONPYCACHEPREFIX=DIR keeps pycs in DIR, from "
		   "Python 3.8 on");
	report_add(check->report, "or",
		   "where no variable reaches it, sys.pycache_prefix = 'DIR' in a "
		   "sitecustomize.py");
	report_add(check->report, "note",
		   "with either, the pycs beside the sources are not used");
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
		add_way_without(check);
	} else if (access(elf->loader, X_OK) != 0) {
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: its loader %s: %s",
		    check->path, elf->loader, strerror(errno));
	} else {
		load_sanitizer_first(check);
		if (loader_takes_library(check))
			ask_library(check);
		else
			add_way_without(check);
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
	report_add_unknown_variables(check.report);
	fclose(check.report);
	printf("%s: the library is %s%s\n%s", name,
	       check.active ? "active" : "not active",
	       check.shadowless ? ", and has no shadow to use" : "", text);
	free(text);
	free(check.own_options.sanitizer);
	free(check.path);
	return check.active && !check.shadowless ? EXIT_SUCCESS : EXIT_FAILURE;
}
