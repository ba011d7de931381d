/* SPDX-License-Identifier: MIT */
/*
 * Where a path is: what the kernel says, whatever links do meanwhile.
 */
#include "check.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "hooks/real.h"
#include "host/config.h"
#include "step.h"
#include "view/known.h"
#include "view/shadow.h"
#include "view/where.h"

struct real real;

static char top[PATH_MAX];

static int make_tree(void **state)
{
	static char start[] = "/tmp/pycshim-test.XXXXXX";

	(void)state;
	if (!mkdtemp(start) || !realpath(start, top) || chdir(top) < 0 ||
	    setenv("TOP", top, 1) < 0)
		return -1;
	snprintf(config.root, sizeof(config.root), "%.*s/shadow", PATH_MAX - 8, top);
	if (shadow_ready() < 0)
		return -1;
	return system(
		"mkdir -p app/one/lib app/two/lib app/.hidden/lib app/deep/er\n"
		"cd app\n"
		"ln -s one current; ln -s \"$TOP/app/one/lib\" absolute\n"
		"ln -s ../one deep/up; ln -s ../../two/lib deep/er/up2\n"
		"ln -s current chain; ln -s deep/up/lib inside\n"
		"ln -s loop loop; ln -s nowhere dangling; ln -s . self\n"
		"ln -s ./one dotted; ln -s one/ slashed; ln -s one//lib doubled\n"
		"ln -s one/../two/lib parent; ln -s .hidden hidden; ln -s .. above\n"
		"ln -s / slash; ln -s ../../../../../../../../../../tmp far\n"
		"ln -s \"/$TOP/app/one\" twice; touch file; ln -s file to_file\n"
		"ln -s /proc/self/cwd here");
}

static int remove_tree(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

/* Where is the cache of that directory, which begins with a slash? */
static const char *where(const char *directory)
{
	static char buffer[PATH_MAX], path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s/__pycache__/m.pyc", top, directory);
	return where_is(buffer, path, strlen(path));
}

/* As the kernel says; what it does not find is the name as it is. */
static void expect(const char *directory)
{
	char wanted[PATH_MAX + 64], path[PATH_MAX + 64];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", top, directory);
	if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode) ||
	    !realpath(path, wanted))
		strcpy(wanted, path);
	strcat(wanted, "/__pycache__/m.pyc");
	assert_string_equal(where(directory), wanted);
}

#ifdef STEP_BEGIN
static volatile unsigned calls;

static void count_system_calls(int signal, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	calls += memcmp((const void *)registers[REG_RIP], "\x0f\x05", 2) == 0;
}

#endif

/* That many system calls when it is asked for again; counted where steps are known. */
static void expect_calls(const char *directory, unsigned wanted)
{
#ifdef STEP_BEGIN
	struct sigaction action = {.sa_sigaction = count_system_calls,
				   .sa_flags = SA_SIGINFO};

	(void)where(directory);
	sigaction(SIGTRAP, &action, NULL);
	calls = 0;
	STEP_BEGIN;
	(void)where(directory);
	STEP_END;
	signal(SIGTRAP, SIG_DFL);
	assert_int_equal(calls, wanted);
#else
	(void)directory;
	(void)wanted;
#endif
}

static const char *const directories[] = {
	"/app/one/lib",	       "/app/current",	    "/app/current/lib",
	"/app/absolute",       "/app/deep/up/lib",  "/app/deep/er/up2",
	"/app/chain/lib",      "/app/inside",	    "/app/loop/lib",
	"/app/dangling/lib",   "/app/self/one/lib", "/app/self/self/current/lib",
	"/app/dotted/lib",     "/app/slashed/lib",  "/app/doubled",
	"/app/parent",	       "/app/hidden/lib",   "/app/above/app/current/lib",
	"/app/slash/tmp",      "/app/far",	    "/app/twice/lib",
	"/app/file",	       "/app/to_file",	    "/app/here/app/one",
	"/app/none",	       "/app/current/none", "/app/current/lib/none/none",
	"/app/to_file/in/one", "/app/here",
};

static void path_through_any_link_is_what_the_kernel_says(void **state)
{
	unsigned i, round;

	(void)state;
	for (round = 0; round < 3; round++)
		for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
			expect(directories[i]);
}

static void link_that_is_made_anew_is_followed_at_once(void **state)
{
	(void)state;
	expect("/app/current/lib");
	assert_int_equal(symlink("two", "app/current.new"), 0);
	assert_int_equal(rename("app/current.new", "app/current"), 0);
	expect("/app/current/lib");
	expect("/app/chain/lib");
	unlink("app/current");
	expect("/app/current/lib");
	assert_int_equal(symlink("one", "app/current"), 0);
	expect("/app/current/lib");
	expect("/app/chain/lib");
}

static void link_that_has_become_a_directory_is_one(void **state)
{
	(void)state;
	expect("/app/current/lib");
	unlink("app/current");
	assert_int_equal(system("mkdir -p app/current/lib"), 0);
	expect("/app/current/lib");
	expect_calls("/app/current/lib", 0);
	assert_int_equal(system("rm -r app/current; ln -s one app/current"), 0);
	known_new_generation(); /* a known directory is not looked at again */
	expect("/app/current/lib");
}

static void path_without_a_link_costs_no_system_call(void **state)
{
	(void)state;
	expect_calls("/app/one/lib", 0);
}

static void path_through_links_costs_three_system_calls(void **state)
{
	(void)state;
	expect_calls("/app/current/lib", 3);
	expect_calls("/app/deep/er/up2", 3);
	expect_calls("/app/chain/lib", 3);
}

/* It is a link, of which it is said that it is a directory. */
static void learn(const char *directory, const char *name)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s", top, directory);
	where_learn(path, name, known_generation());
}

static void directory_is_learnt_where_there_is_no_link_above(void **state)
{
	char wanted[PATH_MAX + 64];

	(void)state;
	assert_int_equal(symlink("../two", "app/one/new"), 0);
	expect("/app/one");
	learn("/app/current", "new");
	expect("/app/current/new");
	known_new_generation();
	expect("/app/one");
	learn("/app/one", "new");
	snprintf(wanted, sizeof(wanted), "%s/app/one/new/__pycache__/m.pyc", top);
	assert_string_equal(where("/app/one/new"), wanted);
	known_new_generation();
	expect("/app/one/new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_through_any_link_is_what_the_kernel_says),
		cmocka_unit_test(link_that_is_made_anew_is_followed_at_once),
		cmocka_unit_test(link_that_has_become_a_directory_is_one),
		cmocka_unit_test(path_without_a_link_costs_no_system_call),
		cmocka_unit_test(path_through_links_costs_three_system_calls),
		cmocka_unit_test(directory_is_learnt_where_there_is_no_link_above),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
