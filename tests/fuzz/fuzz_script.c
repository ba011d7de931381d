/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the beginning of a script (tools/launch/launch_script.c): what is taken for its
 * interpreter and its argument is what the kernel takes (load_script, fs/binfmt_script.c), and
 * what env(1) would be asked for is a part of its argument.
 */
#include "fuzz.h"

#include "launch/launch_script.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Is there a blank, or a NUL, in what the kernel reads from here on? */
static bool name_ends(const char *at, const char *last)
{
	for (; at <= last; at++)
		if (is_blank(*at) || !*at)
			return true;
	return false;
}

/*
 * What the kernel makes of the first 256 bytes of a file, beyond whose end are NULs, step by
 * step as it does; false where it refuses the script.  It leaves blanks before a NUL in the
 * argument, which the launcher drops.
 */
static bool kernel_parse(const char *bytes, size_t length, struct script *script)
{
	char line[SCRIPT_LINE_MAX + 1] = "", *at = line + 2, *end, *to;
	char *last = line + SCRIPT_LINE_MAX - 1;

	memcpy(line, bytes, length < SCRIPT_LINE_MAX ? length : SCRIPT_LINE_MAX);
	if (line[0] != '#' || line[1] != '!')
		return false;
	end = strchr(line, '\n');
	while (at < (end ? end : last) && is_blank(*at))
		at++;
	if (!end && !name_ends(at, last))
		return false;
	*(end ? end : last) = '\0';
	end = line + strlen(line);
	while (end > at && is_blank(end[-1]))
		*--end = '\0';
	memset(script, 0, sizeof(*script));
	for (to = script->interpreter; *at && !is_blank(*at);)
		*to++ = *at++;
	while (is_blank(*at))
		at++;
	memcpy(script->argument, at, strlen(at));
	return script->interpreter[0] != '\0';
}

static void check_env(const char *argument)
{
	bool splits = strncmp(argument, "-S", 2) == 0 ||
		      strncmp(argument, "-vS", 3) == 0 ||
		      strncmp(argument, "--split-string", 14) == 0;
	struct script_env env;

	script_parse_env(argument, &env);
	must(memchr(env.command, '\0', sizeof(env.command)) != NULL, "no end");
	must(strlen(argument) >= SCRIPT_LINE_MAX || strstr(argument, env.command) != NULL,
	     "a command that is not in the argument");
	must(env.command[0] != '-', "an option as the command");
	must(!strchr(env.command, '='), "a variable as the command");
	must(!splits || !strpbrk(env.command, " \t'\""), "a command that was not split");
	must(splits || !env.drops_preload, "an option that env does not see");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = copy_as_string(data, size);
	struct script script, wanted;
	bool taken = script_parse(bytes, size, &script) == 0;

	must(taken == kernel_parse(bytes, size, &wanted), "not as the kernel decides");
	if (taken) {
		must(strcmp(script.interpreter, wanted.interpreter) == 0,
		     "another interpreter than the kernel's");
		must(strcmp(script.argument, wanted.argument) == 0,
		     "another argument than the kernel's");
		check_env(script.argument);
		(void)!script_is_shell(script.interpreter);
		(void)!script_is_env(script.interpreter);
	}
	(void)!script_is_text(bytes, size);
	check_env(bytes);
	free(bytes);
	return 0;
}
