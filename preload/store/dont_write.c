/* SPDX-License-Identifier: MIT */
/*
 * See dont_write.h.
 */
#include "store/dont_write.h"

#include <fcntl.h>
#include <string.h>

#include "host/config.h"
#include "host/sys.h"

/*
 * Looks at one argument.  Returns false if it is the last option.  (SHORT_OPTS in
 * Python/getopt.c: c and m end the options, W and X take a value.)
 */
static bool look_at_option(const char *option, bool *found, bool *ignores,
			   bool *takes_next)
{
	if (option[0] != '-' || !option[1])
		return false;
	if (option[1] == '-')
		return option[2] != '\0'; /* --version, --check-hash-based-pycs VALUE */
	while (*++option) {
		if (*option == 'c' || *option == 'm')
			return false;
		if (*option == 'W' || *option == 'X') {
			*takes_next = !option[1];
			return true;
		}
		*found |= *option == 'B';
		*ignores |= *option == 'E' || *option == 'I';
	}
	return true;
}

bool dont_write_in(const char *arguments, size_t bytes, bool *ignores)
{
	const char *end = arguments + bytes, *at = arguments;
	bool found = false, takes_next = true; /* the first one is the program */

	*ignores = false;
	for (; at < end && memchr(at, '\0', (size_t)(end - at)); at += strlen(at) + 1) {
		if (takes_next)
			takes_next = strcmp(at, "--check-hash-based-pycs") == 0;
		else if (!look_at_option(at, &found, ignores, &takes_next))
			break;
		else if (strcmp(at, "--check-hash-based-pycs") == 0)
			takes_next = true;
	}
	return found;
}

static bool ask(void)
{
	char arguments[2048];
	int fd = sys_openat(AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
	long got = fd < 0 ? 0 : sys_read(fd, arguments, sizeof(arguments));
	bool found, ignores;

	if (fd >= 0)
		sys_close(fd);
	found = dont_write_in(arguments, got > 0 ? (size_t)got : 0, &ignores);
	return found || (config.dont_write && !config.write && !ignores);
}

bool dont_write_is_set(void)
{
	static int known; /* 0: not yet; 1: no; 2: yes */
	int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (!answer) {
		answer = ask() ? 2 : 1;
		__atomic_store_n(&known, answer, __ATOMIC_RELAXED);
	}
	return answer == 2;
}
