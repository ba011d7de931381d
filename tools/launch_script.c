/*
 * See launch_script.h.  Runs in the launcher only.
 */
#include "launch_script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t"

/* The end of the blanks that [at, end) begins with. */
static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static const char *trim_blanks(const char *at, const char *end)
{
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return end;
}

static void copy(char *to, const char *from, const char *end)
{
	memcpy(to, from, (size_t)(end - from));
	to[end - from] = '\0';
}

int script_parse(const char *bytes, size_t length, struct script *script)
{
	const char *at, *end, *word;
	bool whole;

	if (length > SCRIPT_LINE_MAX)
		length = SCRIPT_LINE_MAX;
	if (length < 2 || bytes[0] != '#' || bytes[1] != '!')
		return -ENOEXEC;
	end = memchr(bytes, '\n', length);
	whole = end || length < SCRIPT_LINE_MAX;
	if (!end)
		end = bytes + (whole ? length : SCRIPT_LINE_MAX - 1);
	at = memchr(bytes, '\0', (size_t)(end - bytes));
	if (at) { /* the kernel takes it for the end of the line, too */
		whole = true;
		end = at;
	}
	word = skip_blanks(bytes + 2, end);
	end = trim_blanks(word, end);
	for (at = word; at < end && *at != ' ' && *at != '\t'; at++)
		;
	if (at == word || (at == end && !whole))
		return -ENOEXEC;
	copy(script->interpreter, word, at);
	copy(script->argument, skip_blanks(at, end), end);
	return 0;
}

bool script_is_text(const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);

	/* bash looks for a NUL in the first line (check_binary_file, general.c) */
	return !memchr(bytes, '\0', end ? (size_t)(end - bytes) : length);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool script_is_shell(const char *path)
{
	static const char *const shells[] = {"sh",  "bash", "dash", "ash", "busybox",
					     "zsh", "ksh",  "mksh", "fish"};
	size_t i;

	path = base_name(path);
	for (i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(path, shells[i]) == 0)
			return true;
	return false;
}

bool script_is_env(const char *path)
{
	return strcmp(base_name(path), "env") == 0;
}

/* Options of env(1) that take the next word as their argument. */
static bool takes_word(const char *word)
{
	return strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0 ||
	       strcmp(word, "--unset") == 0 || strcmp(word, "--chdir") == 0;
}

/* One word of env -S before the command; true when it is the command itself. */
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
 * The kernel gives env one argument.  With -S env splits it; without, it is the name of
 * a command, blanks and all, or an option alone.
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
