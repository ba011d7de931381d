/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/beneath.c: no symlink is followed, and nothing outside is
 * reached, both with openat2(2) and, where a seccomp filter refuses it, by components.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attributes.h"
#include "view/beneath.h"

#define OPENAT2 437
#define NAME_250                                                                           \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxx"

static char top[] = "/tmp/pycshim-test.XXXXXX";
static int directory;

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(top) || setenv("TOP", top, 1) < 0 ||
	    system("cd \"$TOP\" && mkdir -p in/a/b outside && echo 1 >in/a/b/file &&\n"
		   "echo 2 >outside/file && ln -s b in/a/to_b && ln -s file in/a/b/to_file &&\n"
		   "ln -s ../outside in/out && ln -s \"$TOP/outside\" in/absolute &&\n"
		   "ln -s nowhere in/dangling && ln -s self in/self") != 0)
		return -1;
	directory = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return directory < 0;
}

static int remove_tree(void **state)
{
	(void)state;
	close(directory);
	return system("rm -rf \"$TOP\"");
}

static const struct {
	const char *rel;
	int flags, result; /* -errno, or 0 for a descriptor */
} cases[] = {
	{"in/a/b/file", O_RDONLY, 0},
	{"in//a///b/file", O_RDONLY, 0},
	{"in/./a/b/file", O_RDONLY, 0},
	{"in/a/b", O_RDONLY | O_DIRECTORY, 0},
	{"in/a/b/", O_RDONLY, 0},
	{".", O_RDONLY | O_DIRECTORY, 0},
	{"in/a/b/none", O_RDONLY, -ENOENT},
	{"in/none/file", O_RDONLY, -ENOENT},
	{"in/a/b/file/more", O_RDONLY, -ENOTDIR},
	{"in/a/b/file", O_RDONLY | O_DIRECTORY, -ENOTDIR},
	/* a symlink as the last component, and before it */
	{"in/a/b/to_file", O_RDONLY, -ELOOP},
	{"in/a/b/to_file", O_WRONLY, -ELOOP},
	{"in/a/b/to_file", O_PATH | O_NOFOLLOW, 0},
	{"in/a/to_b", O_RDONLY | O_DIRECTORY, -ELOOP},
	{"in/a/to_b/file", O_RDONLY, -ELOOP},
	{"in/out", O_RDONLY, -ELOOP},
	{"in/out/file", O_RDONLY, -ELOOP},
	{"in/absolute/file", O_RDONLY, -ELOOP},
	{"in/dangling", O_RDONLY, -ELOOP},
	{"in/self", O_RDONLY, -ELOOP},
	{"in/self/file", O_RDONLY, -ELOOP},
	{NAME_250 "12345", O_RDONLY, -ENOENT},
	{NAME_250 "123456", O_RDONLY, -ENAMETOOLONG},
	{"in/" NAME_250 "123456/file", O_RDONLY, -ENAMETOOLONG},
};

static int lowest_free_descriptor(void)
{
	int fd = dup(directory);

	close(fd);
	return fd;
}

/*
 * Open each name: the result is the file that the kernel opens by it, and no other
 * descriptor stays open.
 */
static const char *find_difference(void)
{
	static char what[PATH_MAX];
	struct stat got, wanted;
	int free_before = lowest_free_descriptor(), fd, result, i;

	for (i = 0; i < (int)ARRAY_SIZE(cases); i++) {
		fd = beneath_open(directory, cases[i].rel, cases[i].flags);
		result = fd < 0 ? fd : 0;
		if (result == 0 &&
		    (fstat(fd, &got) < 0 ||
		     fstatat(directory, cases[i].rel, &wanted, AT_SYMLINK_NOFOLLOW) < 0 ||
		     got.st_ino != wanted.st_ino || !(fcntl(fd, F_GETFD) & FD_CLOEXEC)))
			result = 1;
		if (fd >= 0)
			close(fd);
		if (lowest_free_descriptor() != free_before)
			result = 2;
		if (result == cases[i].result)
			continue;
		snprintf(what, sizeof(what), "%s, flags %#o: %d, not %d", cases[i].rel,
			 (unsigned)cases[i].flags, result, cases[i].result);
		return what;
	}
	return NULL;
}

static void open_beneath_follows_no_link(void **state)
{
	const char *difference = find_difference();

	(void)state;
	if (difference)
		fail_msg("%s", difference);
}

/* From now on openat2(2) fails with this error. */
static bool forbid_openat2(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OPENAT2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void open_beneath_without_openat2_gives_the_same(void **state)
{
	static const int errors[] = {ENOSYS, EPERM};
	const char *difference;
	int status;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (fork() == 0) {
			if (!forbid_openat2(errors[i]))
				_exit(2);
			difference = find_difference();
			if (difference)
				fprintf(stderr, "# %s\n", difference);
			_exit(difference != NULL);
		}
		assert_true(wait(&status) > 0 && WIFEXITED(status));
		if (WEXITSTATUS(status) == 2)
			skip(); /* this kernel has no seccomp filters */
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void open_of_an_absolute_path_follows_no_link(void **state)
{
	char path[PATH_MAX];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "//%s/in/a/b/file", top);
	fd = beneath_open_absolute(path, O_RDONLY);
	assert_true(fd >= 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/in/a/to_b/file", top);
	assert_int_equal(beneath_open_absolute(path, O_RDONLY), -ELOOP);
	fd = beneath_open_absolute("/", O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_beneath_follows_no_link),
		cmocka_unit_test(open_beneath_without_openat2_gives_the_same),
		cmocka_unit_test(open_of_an_absolute_path_follows_no_link),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
