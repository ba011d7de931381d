/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/host/state.c: which directories and recordings are trusted, which
 * files are left alone, and which messages the user gets, once.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attributes.h"
#include "host/config.h"
#include "host/state.h"
#include "recording.h"

#define STRANGER 12345 /* a user who is neither root nor this one */

static char top[] = "/tmp/pycshim-test.XXXXXX";

static int make_top(void **state)
{
	(void)state;
	umask(0);
	return mkdtemp(top) && chdir(top) == 0 && setenv("TOP", top, 1) == 0 ? 0 : -1;
}

static int remove_top(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

static bool write_file(const char *path, const void *bytes, size_t count, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool written = fd >= 0 && write(fd, bytes, count) == (ssize_t)count;

	close(fd);
	return written;
}

/* Run in a child, because it makes changes that cannot be undone; returns its result. */
static int in_child(int (*check)(void))
{
	int pid = fork(), status = 0;

	if (pid == 0)
		_exit(check());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define NOT_HERE 99 /* a child's result: this user or system cannot run the test */

/* --- what may be trusted ------------------------------------------------------------ */

static void trust_depends_on_type_owner_and_permissions(void **state)
{
	static const struct {
		mode_t made, type;
		unsigned forbidden;
		unsigned owner; /* 0: this user's */
		int result;
	} cases[] = {
		{S_IFDIR | 0700, S_IFDIR, 0077, 0, 0},
		{S_IFDIR | 0500, S_IFDIR, 0077, 0, 0},
		{S_IFDIR | 0701, S_IFDIR, 0077, 0, -EPERM},
		{S_IFDIR | 0740, S_IFDIR, 0077, 0, -EPERM},
		{S_IFDIR | 01777, S_IFDIR, 0077, 0, -EPERM},
		{S_IFDIR | 0755, S_IFDIR, 0022, 0, 0},
		{S_IFDIR | 0700, S_IFREG, 0022, 0, -EINVAL},
		{S_IFREG | 0644, S_IFREG, 0022, 0, 0},
		{S_IFREG | 0664, S_IFREG, 0022, 0, -EPERM},
		{S_IFREG | 0602, S_IFREG, 0022, 0, -EPERM},
		{S_IFREG | 0600, S_IFDIR, 0077, 0, -EINVAL},
		{S_IFIFO | 0600, S_IFREG, 0022, 0, -EINVAL},
		{S_IFDIR | 0700, S_IFDIR, 0077, STRANGER, -EPERM},
		{S_IFREG | 0600, S_IFREG, 0022, STRANGER, -EPERM},
	};
	int fd, result;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (cases[i].owner && geteuid() != 0)
			continue;
		if (S_ISDIR(cases[i].made))
			assert_int_equal(mkdir("it", 0700), 0);
		else
			assert_int_equal(mknod("it", (cases[i].made & S_IFMT) | 0600, 0),
					 0);
		assert_int_equal(chmod("it", cases[i].made & 07777), 0);
		if (cases[i].owner)
			assert_int_equal(chown("it", cases[i].owner, 0), 0);
		fd = open("it", O_PATH | O_CLOEXEC);
		result = state_check_trust(fd, cases[i].type, cases[i].forbidden);
		close(fd);
		assert_int_equal(remove("it"), 0);
		if (result != cases[i].result)
			fail_msg("case %zu: %d, not %d", i, result, cases[i].result);
	}
	assert_int_equal(state_check_trust(-1, S_IFDIR, 0), -EBADF);
}

static void mount_point_is_told_from_a_directory(void **state)
{
	static const struct {
		const char *path, *name;
		int result;
	} cases[] = {
		{"/proc", "..", -EXDEV},    {"/proc/self", "..", 0},
		{"/proc/self", ".", 0},	    {"/", "proc", -EXDEV},
		{"/proc", "none", -ENOENT},
	};
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fd = open(cases[i].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(state_check_mount(fd, fd, cases[i].name),
				 cases[i].result);
		close(fd);
	}
}

/* --- descriptors -------------------------------------------------------------------- */

static int move_with_limit(unsigned limit)
{
	struct rlimit limits = {limit, limit};
	int low = open("/dev/null", O_RDWR), high;

	if (setrlimit(RLIMIT_NOFILE, &limits) < 0)
		return NOT_HERE;
	high = state_move_high(low);
	if (fcntl(low, F_GETFD) != -1) /* it was taken over */
		return 1;
	if (high == -EMFILE)
		return 2;
	if (high < 0 || !(fcntl(high, F_GETFD) & FD_CLOEXEC))
		return 3;
	return high >= 1000 ? 4 : high >= (int)limit - 8 ? 5 : 6;
}

static int move_with_many(void)
{
	return move_with_limit(1024);
}

static int move_with_some(void)
{
	return move_with_limit(100);
}

static int move_with_few(void)
{
	return move_with_limit(15);
}

static void descriptor_is_moved_as_high_as_the_limit_allows(void **state)
{
	(void)state;
	assert_int_equal(in_child(move_with_many), 4);
	assert_int_equal(in_child(move_with_some), 5);
	assert_int_equal(in_child(move_with_few), 2);
	assert_int_equal(state_move_high(-EACCES), -EACCES);
}

/* --- the state directory ------------------------------------------------------------ */

/* Open the state directory in a new mount namespace, and store its path in `where`. */
static int open_state(const char *runtime, char *where, size_t bytes)
{
	char name[64];
	int fd, length;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/dev/shm", "tmpfs", 0, "mode=1777") < 0)
		return NOT_HERE;
	config.started_by_user = true; /* which has heard of it */
	strcpy(config.runtime_directory, runtime);
	fd = state_open_directory();
	if (fd < 0)
		return 1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	length = (int)readlink(name, where, bytes - 1);
	where[length > 0 ? length : 0] = '\0';
	return state_check_trust(fd, S_IFDIR, 0077) == 0 ? 0 : 2;
}

/* Is the state directory in the runtime directory (or else in /dev/shm)? */
static int expect_state(const char *runtime, bool in_runtime)
{
	char where[PATH_MAX], wanted[PATH_MAX + 16];
	int result = open_state(runtime, where, sizeof(where));

	if (in_runtime)
		snprintf(wanted, sizeof(wanted), "%s/pycshim", runtime);
	else
		snprintf(wanted, sizeof(wanted), "/dev/shm/pycshim-%u", geteuid());
	return result ? result : strcmp(where, wanted) != 0 ? 3 : 0;
}

static char runtime[PATH_MAX];

static int state_is_in_runtime(void)
{
	return expect_state(runtime, true);
}

static int state_is_in_shm(void)
{
	return expect_state(runtime, false);
}

static void state_directory_is_in_a_runtime_directory_of_this_user(void **state)
{
	(void)state;
	snprintf(runtime, sizeof(runtime), "%s/run", top);
	assert_int_equal(mkdir(runtime, 0755), 0);
	if (in_child(state_is_in_runtime) == NOT_HERE)
		skip();					    /* only root may mount */
	assert_int_equal(in_child(state_is_in_runtime), 0); /* it is there already */
	assert_int_equal(chmod("run/pycshim", 0755), 0);    /* others can look into it */
	assert_int_equal(in_child(state_is_in_shm), 0);
	assert_int_equal(rmdir("run/pycshim"), 0);
	assert_int_equal(mkdir("elsewhere", 0700), 0); /* planted: a link */
	assert_int_equal(symlink("../elsewhere", "run/pycshim"), 0);
	assert_int_equal(in_child(state_is_in_shm), 0);
	assert_int_equal(unlink("run/pycshim"), 0);
	assert_int_equal(chown("run", STRANGER, 0), 0); /* as su hands it on */
	assert_int_equal(in_child(state_is_in_shm), 0);
	assert_int_equal(access("run/pycshim", F_OK), -1);
	snprintf(runtime, sizeof(runtime), "%s/none", top);
	assert_int_equal(in_child(state_is_in_shm), 0);
	runtime[0] = '\0';
	assert_int_equal(in_child(state_is_in_shm), 0);
}

/* --- the recording ------------------------------------------------------------------ */

static const uint32_t magic = RECORD_MAGIC, other = 0x12345678;

/* The recording is opened twice, for appending and for rewriting, or not at all. */
static int open_recording(const char *path)
{
	int append = -1, totals = -1, result;

	config.started_by_user = true;
	snprintf(config.record, sizeof(config.record), "%s/%s", top, path);
	result = state_open_recording(&append, &totals);
	if (result == 0) {
		assert_true(fcntl(append, F_GETFL) & O_APPEND);
		assert_false(fcntl(totals, F_GETFL) & O_APPEND);
		assert_true(append != totals);
	}
	close(append);
	close(totals);
	config.record[0] = '\0';
	return result;
}

static void recording_that_is_something_else_is_left_alone(void **state)
{
	char content[8] = "";
	int fd;

	(void)state;
	assert_true(write_file("empty", "", 0, 0644));
	assert_true(write_file("recorded", &magic, sizeof(magic), 0644));
	assert_true(write_file("other", &other, sizeof(other), 0644));
	assert_true(write_file("short", "PYC", 3, 0644));
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(symlink("recorded", "link"), 0);
	assert_int_equal(open_recording("new"), 0);
	assert_int_equal(open_recording("empty"), 0);
	assert_int_equal(open_recording("recorded"), 0);
	assert_int_equal(open_recording("link"), 0); /* the user has named it */
	assert_int_equal(open_recording("other"), -EEXIST);
	assert_int_equal(open_recording("short"), -EEXIST);
	assert_int_equal(open_recording("directory"), -EISDIR);
	assert_int_equal(open_recording("fifo"), -EINVAL); /* and does not block */
	assert_int_equal(open_recording("none/new"), -ENOENT);
	assert_int_equal(open_recording("other/new"), -ENOTDIR);
	fd = open("other", O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, content, sizeof(content)), sizeof(other));
	assert_memory_equal(content, &other, sizeof(other));
	close(fd);
}

/* The default recording, in a state directory that has another file in its place. */
static int default_recording(void)
{
	char where[PATH_MAX];
	int append, totals, result = open_state(runtime, where, sizeof(where));

	if (result)
		return result;
	result = state_open_recording(&append, &totals);
	return -result;
}

static void default_recording_is_no_link_and_nobody_elses(void **state)
{
	(void)state;
	snprintf(runtime, sizeof(runtime), "%s/mine", top);
	assert_int_equal(mkdir(runtime, 0700), 0);
	assert_int_equal(mkdir("mine/pycshim", 0700), 0);
	if (in_child(default_recording) == NOT_HERE)
		skip();					  /* only root may mount */
	assert_int_equal(in_child(default_recording), 0); /* it is there already */
	assert_int_equal(chmod("mine/pycshim/recording", 0660), 0);
	assert_int_equal(in_child(default_recording), EPERM);
	assert_int_equal(chmod("mine/pycshim/recording", 0600), 0);
	assert_int_equal(chown("mine/pycshim/recording", STRANGER, 0), 0);
	assert_int_equal(in_child(default_recording), EPERM);
	assert_int_equal(unlink("mine/pycshim/recording"), 0);
	assert_int_equal(symlink("../../target", "mine/pycshim/recording"), 0);
	assert_int_equal(in_child(default_recording), ELOOP);
	assert_int_equal(access("target", F_OK), -1);
	assert_int_equal(unlink("mine/pycshim/recording"), 0);
	assert_true(write_file("mine/pycshim/recording", &other, sizeof(other), 0600));
	assert_int_equal(in_child(default_recording), EEXIST);
}

/* --- what the user is told ---------------------------------------------------------- */

static bool told_before; /* by a parent that is the same user's */

static int complain_twice(void)
{
	config.started_by_user = told_before;
	dup2(open("said", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600), 2);
	state_start();
	if (fork() == 0) { /* fork children do not repeat it */
		state_complain("PYCSHIM_RECORD=", "/first", "is wrong");
		_exit(0);
	}
	wait(NULL);
	state_complain("PYCSHIM_RECORD=", "/second", "is wrong");
	return 0;
}

static unsigned lines_said(void)
{
	FILE *file = fopen("said", "re");
	unsigned lines = 0;
	int c;

	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void complaint_is_made_once_in_a_run(void **state)
{
	(void)state;
	told_before = false;
	assert_int_equal(in_child(complain_twice), 0);
	assert_int_equal(lines_said(), 1);
	told_before = true;
	assert_int_equal(in_child(complain_twice), 0);
	assert_int_equal(lines_said(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_depends_on_type_owner_and_permissions),
		cmocka_unit_test(mount_point_is_told_from_a_directory),
		cmocka_unit_test(descriptor_is_moved_as_high_as_the_limit_allows),
		cmocka_unit_test(state_directory_is_in_a_runtime_directory_of_this_user),
		cmocka_unit_test(recording_that_is_something_else_is_left_alone),
		cmocka_unit_test(default_recording_is_no_link_and_nobody_elses),
		cmocka_unit_test(complaint_is_made_once_in_a_run),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
