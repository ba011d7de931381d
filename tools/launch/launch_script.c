/* SPDX-License-Identifier: MIT */
/*
 * See launch_script.h.
 */
#include "launch/launch_script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define BLANKS " \t"

/* The first byte of [at, end) that is no blank, or `end`. */
static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

/* The end of [at, end) without the blanks at its end. */
static const char *trim_blanks(const char *at, const char *end)
{
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

static void copy_word(char *to, const char *from, const char *end)
{
	memcpy(to, from, (size_t)(end - from));
	to[end - from] = '\0';
}

int script_parse(const char *bytes, size_t length, struct script *script)
{
	const char *at, *end, *word, *last = bytes + SCRIPT_LINE_MAX - 1;

	if (length > SCRIPT_LINE_MAX)
		length = SCRIPT_LINE_MAX;
	if (length < 2 || bytes[0] != '#' || bytes[1] != '!')
		return -ENOEXEC;
	end = memchr(bytes, '\n', length);
	if (!end)
		end = length < SCRIPT_LINE_MAX ? bytes + length : last;
	at = memchr(bytes, '\0', (size_t)(end - bytes));
	if (at) /* a NUL ends the line, too, for the kernel */
		end = at;
	word = skip_blanks(bytes + 2, end);
	for (at = word; at < end && *at != ' ' && *at != '\t'; at++)
		;
	/* a name that nothing ends within the bytes may go on (strchr() finds a NUL, too) */
	if (at == word ||
	    (length == SCRIPT_LINE_MAX && at == last && !strchr(BLANKS "\n", *at)))
		return -ENOEXEC;
	end = trim_blanks(at, end);
	copy_word(script->interpreter, word, at);
	copy_word(script->argument, skip_blanks(at, end), end);
	return 0;
}

bool script_is_text(const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);

	/* bash looks for a NUL in the first line (check_binary_file, general.c) */
	return !memchr(bytes, '\0', end ? (size_t)(end - bytes) : length);
}

bool script_is_shell(const char *path)
{
	static const char *const shells[] = {"sh",  "bash", "dash", "ash",  "busybox",
					     "zsh", "ksh",  "mksh", "fish", NULL};
	const char *name = text_base_name(path);

	return text_is_one_of(name, strlen(name), shells);
}

bool script_is_env(const char *path)
{
	return strcmp(text_base_name(path), "env") == 0;
}

/* Is the word an option of env(1) whose argument is the next word? */
static bool takes_word(const char *word)
{
	return strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0 ||
	       strcmp(word, "--unset") == 0 || strcmp(word, "--chdir") == 0;
}

/* Handle one word of env -S.  Returns true if it is the command. */
static bool take_env_word(struct script_env *env, const char *word, const char *previous)
{
	if (takes_word(previous)) {
		if (strcmp(previous, "-u") == 0 || strcmp(previous, "--unset") == 0)
			env->drops_preload |= strcmp(word, "LD_PRELOAD") == 0;
		return false;
	}
	if (strcmp(word, "-i") == 0 || strcmp(word, "-") == 0 ||
	    strcmp(word, "--ignore-environment") == 0)
		env->drops_preload = true;
	if (strcmp(word, "-uLD_PRELOAD") == 0 ||
	    strcmp(word, "--unset=LD_PRELOAD") == 0 ||
	    strncmp(word, "LD_PRELOAD=", 11) == 0)
		env->drops_preload = true;
	return word[0] != '-' && !strchr(word, '=');
}

/*
 * The kernel passes the rest of the line to env as one argument.  With -S env splits it.
 * Otherwise all of it is the name of a command, including blanks, or a single option.
 */
void script_parse_env(const char *argument, struct script_env *env)
{
	char words[SCRIPT_LINE_MAX];
	char *word, *rest;
	const char *previous = "";
	const char *split = argument;

	*env = (struct script_env){.command = ""};
	if (strncmp(split, "-S", 2) == 0 || strncmp(split, "-vS", 3) == 0) {
		split += split[1] == 'v' ? 3 : 2;
	} else if (strncmp(split, "--split-string", 14) == 0) {
		split += split[14] == '=' ? 15 : 14;
	} else {
		if (argument[0] != '-' && !strchr(argument, '='))
			snprintf(env->command, sizeof(env->command), "%s", argument);
		return;
	}
	snprintf(words, sizeof(words), "%s", split);
	for (word = strtok_r(words, BLANKS "'\"", &rest); word;
	     word = strtok_r(NULL, BLANKS "'\"", &rest)) {
		if (take_env_word(env, word, previous)) {
			snprintf(env->command, sizeof(env->command), "%s", word);
			return;
		}
		previous = word;
	}
}
