/*
 * Directory streams of the union: what a jump, a handler and a thread that is cancelled in
 * the middle of a call leave behind.
 */
#include "check.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "directory.h"
#include "dirview.h"
#include "process.h"
#include "real.h"
#include "thread.h"

static char top[64], root[PATH_MAX + 8];

static int lowest_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

/* libc's, for now: a thread may end here. */
static int lowest;
static bool nothing_is_held;

static DIR *open_and_look(const char *path)
{
	nothing_is_held = !thread.busy && !thread.scratch && thread.scratch_used == 0 &&
			  lowest_descriptor() == lowest;
	return opendir(path);
}

struct real real = {
	.opendir = open_and_look,
	.fdopendir = fdopendir,
	.closedir = closedir,
	.readdir = readdir,
	.rewinddir = rewinddir,
};

/* Two caches: one that is merged, one in the shadow alone, with a name that is hidden. */
static int make_tree(void **state)
{
	(void)state;
	strcpy(top, "/tmp/pycshim-test.XXXXXX");
	if (!mkdtemp(top) || chdir(top) < 0 || setenv("TOP", top, 1) < 0 ||
	    system("umask 077; shadow=root$(pwd -P)\n"
		   "mkdir -p both/__pycache__ one $shadow/both/__pycache__ "
		   "$shadow/one/__pycache__\n"
		   "touch both/__pycache__/below.pyc $shadow/both/__pycache__/above.pyc\n"
		   "ln -s x.pyc $shadow/one/__pycache__/x.pyc") != 0)
		return -1;
	setenv("PYCSHIM_MODE", "redirect", 1);
	setenv("PYCSHIM_ROOT", strcat(realpath(".", root), "/root"), 1);
	setenv("PYCSHIM_RECORD", "off", 1);
	setenv("PYCSHIM_PROCESSES", "all", 1);
	process_start();
	directory_close(directory_open("both/__pycache__")); /* the root is open now */
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

static int count_names(DIR *stream)
{
	int count = 0;

	while (dirview_read(stream))
		count++;
	return count;
}

static void opendir_of_libc_is_called_with_nothing_held(void **state)
{
	DIR *stream;

	(void)state;
	lowest = lowest_descriptor();
	stream = directory_open("both/__pycache__");
	assert_true(nothing_is_held);
	assert_int_equal(count_names(stream), 4);
	directory_close(stream);
	assert_int_equal(dirview_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opendir_of_libc_is_called_with_nothing_held),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
