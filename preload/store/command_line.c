/* SPDX-License-Identifier: MIT */
/*
 * See command_line.h.
 */
#include "store/command_line.h"

#include <fcntl.h>
#include <string.h>

#include "host/config.h"
#include "host/sys.h"

/* Is there a whole argument at `at`? */
static bool is_argument(const char *at, const char *end)
{
	return at < end && memchr(at, '\0', (size_t)(end - at));
}

/* The value of -W or -X may be the next argument. */
static void look_at_value(struct command_line *line, char option, const char *value,
			  const char *end)
{
	line->drops_columns |= option == 'X' && is_argument(value, end) &&
			       strcmp(value, "no_debug_ranges") == 0;
}

/*
 * Looks at one argument.  Returns false if it is the last option.  (SHORT_OPTS in
 * Python/getopt.c: c and m end the options, W and X take a value.)
 */
static bool look_at_option(struct command_line *line, const char *option, const char *end,
			   bool *takes_next)
{
	const char *next = option + strlen(option) + 1;

	if (option[0] != '-' || !option[1])
		return false;
	*takes_next = strcmp(option, "--check-hash-based-pycs") == 0;
	if (option[1] == '-')
		return option[2] != '\0'; /* --version, --check-hash-based-pycs VALUE */
	while (*++option) {
		if (*option == 'm' && (option[1] || is_argument(next, end)))
			line->module = option[1] ? option + 1 : next;
		if (*option == 'c' || *option == 'm')
			return false;
		if (*option == 'W' || *option == 'X') {
			*takes_next = !option[1];
			look_at_value(line, *option, option[1] ? option + 1 : next, end);
			return true;
		}
		line->dont_write |= *option == 'B';
		line->optimises |= *option == 'O';
		line->ignores_environment |= *option == 'E' || *option == 'I';
	}
	return true;
}

void command_line_read(struct command_line *line, const char *arguments, size_t bytes)
{
	const char *end = arguments + bytes, *at = arguments;
	bool takes_next = true; /* the first one is the program */

	*line = (struct command_line){.module = ""};
	for (; is_argument(at, end); at += strlen(at) + 1)
		if (takes_next)
			takes_next = false;
		else if (!look_at_option(line, at, end, &takes_next))
			break;
}

#define KNOWN 1u
#define DONT_WRITE 2u
#define COMPILEALL 4u
#define DROPS_COLUMNS 8u
#define OPTIMISES 16u
#define OPTIMISES_TO_3_6 32u

static unsigned ask(void)
{
	char arguments[2048];
	int fd = sys_openat(AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
	long got = fd < 0 ? 0 : sys_read(fd, arguments, sizeof(arguments));
	struct command_line line;
	bool environment;
	unsigned answer = KNOWN;

	if (fd >= 0)
		sys_close(fd);
	command_line_read(&line, arguments, got > 0 ? (size_t)got : 0);
	environment = !line.ignores_environment;
	if (line.dont_write || (environment && config.dont_write && !config.write))
		answer |= DONT_WRITE;
	if (line.drops_columns || (environment && config.no_debug_ranges))
		answer |= DROPS_COLUMNS;
	if (line.optimises || (environment && config.optimise == SETTING_SET))
		answer |= OPTIMISES;
	else if (environment && config.optimise == SETTING_ZERO)
		answer |= OPTIMISES_TO_3_6;
	if (strcmp(line.module, "compileall") == 0)
		answer |= COMPILEALL;
	return answer;
}

static unsigned told(void)
{
	static unsigned known;
	unsigned answer = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (!answer) {
		answer = ask();
		__atomic_store_n(&known, answer, __ATOMIC_RELAXED);
	}
	return answer;
}

bool command_line_forbids_writing(void)
{
	return told() & DONT_WRITE;
}

bool command_line_drops_columns(void)
{
	return told() & DROPS_COLUMNS;
}

bool command_line_optimises(bool zero_does)
{
	return told() & (zero_does ? OPTIMISES | OPTIMISES_TO_3_6 : OPTIMISES);
}

bool command_line_is_compileall(void)
{
	return told() & COMPILEALL;
}
