/* SPDX-License-Identifier: MIT */
/*
 * See launch_command.h.
 */
#include "launch/launch_command.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/user.h"
#include "common/util.h"
#include "launch/launch_program.h"

/* Returns 0 if the file can be executed, else -errno. */
static int check_executable(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return user_access(AT_FDCWD, path, X_OK);
}

/* Search the directories of `list`, which has the form of $PATH. */
static int search_path(const char *name, const char *list, char **path)
{
	int result, failure = -ENOENT;
	size_t length;

	for (;; list += length + 1) {
		length = strcspn(list, ":");
		/* an empty element is the current directory */
		*path = xasprintf("%.*s%s%s", (int)length, list, length ? "/" : "./",
				  name);
		result = check_executable(*path);
		if (result == 0)
			return 0;
		free(*path);
		if (result != -ENOENT && failure == -ENOENT)
			failure = result;
		if (!list[length])
			return failure;
	}
}

int command_find(const char *name, char **path)
{
	const char *list = getenv("PATH");
	int result;

	if (!*name)
		return -ENOENT;
	if (!strchr(name, '/'))
		return search_path(name, list ? list : _PATH_DEFPATH, path);
	result = check_executable(name);
	if (result == 0)
		*path = xstrdup(name);
	return result;
}

char *command_find_or_die(const char *name)
{
	char *path;
	int result = command_find(name, &path);

	if (result == -ENOENT)
		die(EXIT_NOT_FOUND,
		    strchr(name, '/') ? "%s: not found" : "%s: not found in PATH",
		    *name ? name : "''");
	if (result != 0)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: %s", name,
		    strerror(-result));
	return path;
}

/* What the kernel needs to run the program: if it is missing, execve() fails with ENOENT. */
static const char *interpreter_of_program(const struct program *program)
{
	if (program->kind == PROGRAM_SCRIPT)
		return program->script.interpreter;
	return program->kind == PROGRAM_ELF ? program->elf.loader : "";
}

static NORETURN void die_of_exec(const char *path, int error)
{
	struct program program;
	const char *interpreter;
	char machine[48];
	int result = program_inspect(path, &program);

	if (result < 0)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: %s", path, strerror(error));
	interpreter = interpreter_of_program(&program);
	if (error == ENOEXEC && program.kind == PROGRAM_ELF)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: a program for %s", path,
		    elf_machine_name(&program.elf, machine));
	if (*interpreter && access(interpreter, F_OK) != 0)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: its interpreter %s: %s",
		    path, interpreter, strerror(errno));
	if (*interpreter && error == EACCES && access(interpreter, X_OK) != 0)
		die(EXIT_NOT_EXECUTABLE, "%s: not executable: its interpreter %s: %s",
		    path, interpreter, strerror(errno));
	die(EXIT_NOT_EXECUTABLE, "%s: not executable: %s", path, strerror(error));
}

/* As execvp(3): the shell runs a text without #!. */
static void exec_by_shell(const char *path, char **argv)
{
	size_t count = 0;
	char **words;

	while (argv[count])
		count++;
	words = xcalloc(count + 2, sizeof(*words));
	words[0] = xstrdup(_PATH_BSHELL);
	words[1] = xstrdup(path);
	memcpy(words + 2, argv + 1, count * sizeof(*words)); /* including the NULL */
	execv(_PATH_BSHELL, words);
}

void command_exec(const char *path, char **argv)
{
	struct program program;
	int error;

	execv(path, argv);
	error = errno;
	if (error == ENOEXEC && program_inspect(path, &program) == 0 &&
	    program.kind == PROGRAM_TEXT)
		exec_by_shell(path, argv);
	die_of_exec(path, error);
}
