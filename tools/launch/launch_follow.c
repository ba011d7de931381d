/* SPDX-License-Identifier: MIT */
/*
 * See launch_follow.h.
 */
#include "launch/launch_follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "launch/launch_command.h"
#include "launch/launch_report.h"
#include "launch/launch_script.h"

#define CHAIN_MAX 8 /* scripts whose interpreter is a script; the kernel allows five */

/* The current link of the chain. */
struct chain {
	char **path;
	struct program *program; /* what the file at *path is */
	FILE *report;
};

/* env(1) in a #! line: returns the path of what it runs; NULL: it removes LD_PRELOAD. */
static char *follow_env(struct chain *chain, const struct script *script)
{
	struct script_env env;
	char *path;
	int result;

	script_parse_env(script->argument, &env);
	if (!env.command[0])
		die(EXIT_NOT_EXECUTABLE, "%s: its line '#!%s %s' names no command",
		    *chain->path, script->interpreter, script->argument);
	if (env.drops_preload) {
		report_add(chain->report, "why",
			   "env removes LD_PRELOAD from the environment there");
		report_add(chain->report, "hint",
			   "take that option out of the script's first line");
		return NULL;
	}
	result = command_find(env.command, &path);
	if (result < 0)
		die(result == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE,
		    "%s: not executable: its interpreter %s: %s", *chain->path,
		    env.command, strerror(-result));
	return path;
}

/* Return the path of what runs the script; NULL: env(1) removes LD_PRELOAD. */
static char *follow_script(struct chain *chain)
{
	const struct script *script = &chain->program->script;
	char *path;
	int result;

	report_add(chain->report, "script", "%s: run by %s%s%s", *chain->path,
		   script->interpreter, script->argument[0] ? " " : "", script->argument);
	if (script_is_env(script->interpreter))
		return follow_env(chain, script);
	/* the kernel does not search PATH */
	if (strchr(script->interpreter, '/'))
		result = command_find(script->interpreter, &path);
	else
		result = -ENOENT;
	if (result < 0)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: its interpreter %s: %s",
		    *chain->path, script->interpreter, strerror(-result));
	return path;
}

/* Return the next link of the chain; NULL at its end, or if the library gets lost. */
static char *chain_next(struct chain *chain)
{
	int result = program_inspect(*chain->path, chain->program);

	if (result < 0) {
		report_add(chain->report, "program", "%s", *chain->path);
		report_add(chain->report, "why", "it cannot be examined: %s",
			   strerror(-result));
		report_add(chain->report, "hint",
			   "try --check as a user who may read it");
		return NULL;
	}
	switch (chain->program->kind) {
	case PROGRAM_SCRIPT:
		return follow_script(chain);
	case PROGRAM_TEXT:
		report_add(chain->report, "script", "%s: without #!, run by /bin/sh",
			   *chain->path);
		return command_find_or_die("/bin/sh");
	case PROGRAM_BROKEN_ELF:
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: a damaged ELF file",
		    *chain->path);
	case PROGRAM_UNKNOWN:
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: neither program nor script",
		    *chain->path);
	case PROGRAM_ELF:
		break;
	}
	return NULL;
}

bool follow_to_program(char **path, struct program *program, FILE *report)
{
	struct chain chain = {path, program, report};
	char *next;
	unsigned links;

	for (links = 0; (next = chain_next(&chain)); links++) {
		free(*path);
		*path = next;
		if (links == CHAIN_MAX)
			die(EXIT_NOT_EXECUTABLE, "%s: not executable: %s", next,
			    strerror(ELOOP));
	}
	return program->kind == PROGRAM_ELF;
}

/* The path of what runs a script; NULL: there is none, or env(1) removes LD_PRELOAD. */
static char *interpreter_of(const struct script *script)
{
	struct script_env env;
	char *path;

	if (!script_is_env(script->interpreter))
		return strchr(script->interpreter, '/') &&
				       command_find(script->interpreter, &path) == 0
			       ? path
			       : NULL;
	script_parse_env(script->argument, &env);
	return env.command[0] && !env.drops_preload &&
			       command_find(env.command, &path) == 0
		       ? path
		       : NULL;
}

char *follow_quietly(const char *path, struct program *program)
{
	char *at = xstrdup(path), *next = NULL;
	unsigned links;

	for (links = 0; links < CHAIN_MAX && at; links++) {
		if (program_inspect(at, program) < 0)
			break;
		if (program->kind == PROGRAM_ELF)
			return at;
		next = program->kind == PROGRAM_SCRIPT ? interpreter_of(&program->script)
		       : program->kind == PROGRAM_TEXT ? xstrdup("/bin/sh")
						       : NULL;
		free(at);
		at = next;
	}
	free(at);
	return NULL;
}
