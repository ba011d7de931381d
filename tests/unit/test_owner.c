/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/host/owner.c, in user namespaces with each kind of map: the overflow
 * user is nobody wherever some of the machine's users have no number of their own.
 */
#include "check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attributes.h"
#include "host/owner.h"

#define OVERFLOW 65534 /* /proc/sys/kernel/overflowuid, unless somebody has changed it */

/* Bits of a child's answer. */
enum {
	TRUSTS_ROOT = 1,
	TRUSTS_OVERFLOW = 2,
	TRUSTS_ITSELF = 4,
	OVERFLOW_IS_ONE_USER = 8,
	OVERFLOW_IS_ONE_GROUP = 16,
	TRUSTS_ANOTHER = 32,
	NO_NAMESPACE = 64, /* alone: the kernel does not allow any */
};

static int ask(void)
{
	int answer = 0;

	if (owner_is_trusted(0))
		answer |= TRUSTS_ROOT;
	if (owner_is_trusted(OVERFLOW))
		answer |= TRUSTS_OVERFLOW;
	if (owner_is_trusted(geteuid()) && owner_is_this_user(geteuid()))
		answer |= TRUSTS_ITSELF;
	if (owner_is_one_user(OVERFLOW))
		answer |= OVERFLOW_IS_ONE_USER;
	if (owner_is_one_group(OVERFLOW))
		answer |= OVERFLOW_IS_ONE_GROUP;
	if (owner_is_trusted(geteuid() + 1))
		answer |= TRUSTS_ANOTHER;
	return answer;
}

static bool write_file(int pid, const char *name, const char *text)
{
	char path[64];
	ssize_t written;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, text, strlen(text));
	close(fd);
	return written == (ssize_t)strlen(text);
}

/* The answer of a process in a new user namespace with these maps; NULL: with none. */
static int ask_in_namespace(const char *map)
{
	int ready[2], go[2], status = 0, pid;
	char byte = 'x';

	assert_int_equal(pipe(ready) | pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(NO_NAMESPACE);
		(void)!write(ready[1], &byte, 1);
		_exit(read(go[0], &byte, 1) == 1 ? ask() : NO_NAMESPACE);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1 && map) {
		assert_true(write_file(pid, "uid_map", map));
		assert_true(write_file(pid, "gid_map", map));
	}
	(void)!write(go[1], &byte, 1);
	close(ready[0]);
	close(go[0]);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void overflow_user_is_trusted_only_where_all_users_are_mapped(void **state)
{
	static const struct {
		const char *map;
		int answer;
	} cases[] = {
		/* nobody has a number yet, this process neither */
		{NULL, TRUSTS_ROOT},
		{"0 0 1", TRUSTS_ROOT | TRUSTS_ITSELF},
		{"1000 0 1", TRUSTS_ROOT | TRUSTS_ITSELF},
		{"0 0 65536", TRUSTS_ROOT | TRUSTS_ITSELF},
		/* this process has the number that all strangers show as */
		{"65534 0 1", TRUSTS_ROOT},
		{"0 0 4294967294", TRUSTS_ROOT | TRUSTS_ITSELF},
		{"0 0 4294967295", TRUSTS_ROOT | TRUSTS_ITSELF | OVERFLOW_IS_ONE_USER |
					   OVERFLOW_IS_ONE_GROUP},
	};
	size_t i;
	int answer;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root may map more than itself */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		answer = ask_in_namespace(cases[i].map);
		if (answer == NO_NAMESPACE)
			skip();
		if (answer != cases[i].answer)
			fail_msg("map %s: %#x, not %#x",
				 cases[i].map ? cases[i].map : "(none)", (unsigned)answer,
				 (unsigned)cases[i].answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			overflow_user_is_trusted_only_where_all_users_are_mapped),
	};

	return RUN(tests);
}
