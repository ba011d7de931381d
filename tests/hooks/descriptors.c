/* SPDX-License-Identifier: MIT */
/*
 * Programs that close all descriptors, reuse their numbers, have few of them, or lose the
 * recording.  The library has descriptors among them: the program must not notice, the
 * library must never write into the program's files, and recording must go on.
 *
 *	descriptors CASE [ARGUMENT]	in an empty working directory
 *
 * Prints how many events the recording must have, or what is wrong (exit status 1).
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors_program.h"

static void case_hidden(void)
{
	make_events();
	check_hidden();
	make_events();
}

static void close_every_number(int (*function)(int))
{
	int fd;

	make_events();
	for (fd = 3; fd < 1 << 20; fd++)
		function(fd);
	out = 1;
	reuse_all();
}

static void case_close(void)
{
	close_every_number(close);
}

static int close_behind(int fd)
{
	return (int)syscall(SYS_close, fd);
}

/* Close by a direct system call, which the library does not see, as Go programs do. */
static void case_close_behind(void)
{
	close_every_number(close_behind);
}

static void case_close_range(void)
{
	make_events();
	CHECK(close_range(3, ~0u, 0) == 0);
	out = 1;
	reuse_all();
}

static void case_closefrom(void)
{
	make_events();
	closefrom(3);
	out = 1;
	reuse_all();
}

/* Copy one descriptor to every number, as a daemon does for its children. */
static void take_all(bool with_dup3)
{
	int fd, number;

	make_events();
	closefrom(3);
	out = 1;
	fd = open("content", O_RDWR | O_CREAT | O_APPEND, 0600);
	for (number = 4; number < MANY; number++) {
		CHECK((with_dup3 ? dup3(fd, number, O_CLOEXEC) : dup2(fd, number)) ==
		      number);
		CHECK(write(number, "content\n", 8) == 8);
		lines++;
		if (number % 100 == 0)
			make_events();
	}
	make_events();
	check_content();
}

static void case_dup2(void)
{
	take_all(false);
}

static void case_dup3(void)
{
	take_all(true);
}

/* A dup2 that fails or has no effect must not expose the library's descriptor there. */
static void case_dup2_fails(void)
{
	int fd;

	make_events();
	for (fd = 3; fd < MANY; fd++) {
		CHECK(dup2(5000, fd) == -1 && errno == EBADF);
		CHECK(dup2(fd, fd) == -1 && errno == EBADF);
		CHECK(dup3(1, fd, O_APPEND) == -1 && errno == EINVAL);
	}
	check_hidden();
	make_events();
}

/* Sockets get the numbers of descriptors that the library did not see being closed. */
static void case_sockets(void)
{
	int pair[2] = {0, 0}, fd;
	char byte;

	make_events();
	for (fd = 3; fd < MANY; fd++)
		close_behind(fd);
	out = 1;
	while (pair[1] < MANY) {
		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
		CHECK(write(pair[0], "x", 1) == 1);
		CHECK(read(pair[1], &byte, 1) == 1);
	}
	make_events();
	CHECK(recv(pair[0], &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

static void case_no_standard_ones(void)
{
	const char *path = "content";
	int fd;

	out = fcntl(1, F_DUPFD, 50);
	close(0);
	close(1);
	close(2);
	make_events();
	for (fd = 0; fd < 3; fd++)
		CHECK(open(path, O_RDWR | O_CREAT | O_APPEND, 0600) == fd);
	make_events();
	check_content();
	close(0);
	close(1);
	close(2);
}

/* The library must not write its message to descriptor 2 when that is a regular file. */
static void case_complaint(void)
{
	close(2);
	CHECK(open("content", O_RDWR | O_CREAT | O_APPEND, 0600) == 2);
	make_events();
	check_content();
	events = 0;
}

static void limit(int resource, rlim_t most)
{
	struct rlimit to = {most, most};

	CHECK(setrlimit((__rlimit_resource_t)resource, &to) == 0);
}

static void case_few(void)
{
	limit(RLIMIT_NOFILE, 16);
	make_events();
	check_hidden();
	make_events();
}

/*
 * No descriptor is left for the library: the program sees the same errors as without it.
 */
static void case_none_left(void)
{
	int fd, last = 0;

	limit(RLIMIT_NOFILE, 16);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	CHECK(errno == EMFILE);
	CHECK(last == 15);
	CHECK(open("x.pyc", O_RDWR | O_CREAT, 0600) == -1 && errno == EMFILE);
	close(last);
	make_events();
	events = 0;
}

/* Writing past RLIMIT_FSIZE would raise SIGXFSZ, which ends the process. */
static void case_small_files(void)
{
	pid_t pid;
	int i, status;

	limit(RLIMIT_FSIZE, 1 << 16);
	for (i = 0; i < 8; i++)
		if ((pid = fork()) == 0) {
			char name[16];

			snprintf(name, sizeof(name), "%d", i);
			CHECK(mkdir(name, 0700) == 0 && chdir(name) == 0);
			for (i = 0; i < 1000; i++)
				make_events();
			_exit(0);
		}
	while (wait(&status) > 0)
		CHECK(status == 0);
	events = 0;
}

/*
 * The program replaces the descriptor by which the library would write its totals (the
 * one without O_APPEND) with a file of its own; then events are lost, and totals are due.
 */
static void case_one_replaced(void)
{
	struct stat status;
	int content, fd;
	long flags;

	make_events();
	content = open("content", O_RDWR | O_CREAT | O_APPEND, 0600);
	CHECK(write(content, "content\n", 8) == 8);
	lines = 1;
	for (fd = content + 1; fd < MANY; fd++) {
		flags = syscall(SYS_fcntl, fd, F_GETFL);
		if (flags < 0)
			continue;
		if (!(flags & O_APPEND)) {
			CHECK(syscall(SYS_dup3, content, fd, O_CLOEXEC) == fd);
		} else {
			CHECK(syscall(SYS_fstat, fd, &status) == 0);
			limit(RLIMIT_FSIZE, (rlim_t)status.st_size);
		}
	}
	make_events();
	check_content();
	events = 0;
}

/* A seccomp filter that refuses some system calls with EPERM. */
static void case_filtered(void)
{
#if defined(__x86_64__)
	static struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrlimit, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getcwd, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
		execl("/proc/self/exe", "descriptors", "after_filter", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	_exit(0);
#endif
}

static void case_after_filter(void)
{
	make_events();
	CHECK(close_range(3, ~0u, 0) == 0 || errno == EPERM);
	closefrom(3);
	out = 1;
	reuse_all();
	events = 0; /* without getcwd a relative path cannot be named */
}

/* A vfork child closes all descriptors; the parent's stay open and stay recorded. */
static void case_vfork(void)
{
	static char name[] = "true";
	static char *const arguments[] = {name, NULL}, *const none[] = {NULL};
	int fd = open("m.cpython-311.pyc.4711", O_WRONLY | O_CREAT, 0600), status;
	pid_t pid;

	errno = ESRCH;
	pid = vfork();
	if (pid == 0) {
		dup2(1, 1000);
		close(fd);
		close_range(3, ~0u, 0);
		unlink("none.pyc");
		execve("/bin/true", arguments, none);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	CHECK(write(fd, "abc", 3) == 3);
	CHECK(close(fd) == 0);
	events = 2;
}

/*
 * A vfork child of a vfork child shares the memory of a process that is not its parent.
 */
static void case_vfork_twice(void)
{
	int fd = open("m.cpython-311.pyc.4711", O_WRONLY | O_CREAT, 0600), status;
	pid_t pid = vfork();

	if (pid == 0) {
		pid = vfork();
		if (pid == 0) {
			close(fd);
			unlink("none.pyc");
			_exit(0);
		}
		waitpid(pid, &status, 0);
		_exit(unlink("none.pyc") == 0 || status);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0);
	CHECK(write(fd, "abc", 3) == 3);
	CHECK(close(fd) == 0);
	events = 2;
}

/* A child counts its calls in shared memory until it is killed. */
static void case_killed(void)
{
	unsigned *done = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (pid == 0)
		for (;;) {
			mkdir("__pycache__", 0700);
			__atomic_add_fetch(done, 1, __ATOMIC_RELEASE);
			rmdir("__pycache__");
			__atomic_add_fetch(done, 1, __ATOMIC_RELEASE);
		}
	usleep(100000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	events = *done;
}

/* Make events for each byte on standard input; descriptors.sh changes the recording. */
static void case_on_demand(void)
{
	char byte;

	while (read(0, &byte, 1) == 1) {
		make_events();
		dprintf(out, "made\n");
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{"hidden", case_hidden},
	{"close", case_close},
	{"close_behind", case_close_behind},
	{"close_range", case_close_range},
	{"closefrom", case_closefrom},
	{"dup2", case_dup2},
	{"dup3", case_dup3},
	{"dup2_fails", case_dup2_fails},
	{"sockets", case_sockets},
	{"no_standard_ones", case_no_standard_ones},
	{"complaint", case_complaint},
	{"few", case_few},
	{"none_left", case_none_left},
	{"small_files", case_small_files},
	{"one_replaced", case_one_replaced},
	{"filtered", case_filtered},
	{"after_filter", case_after_filter},
	{"vfork", case_vfork},
	{"vfork_twice", case_vfork_twice},
	{"killed", case_killed},
	{"on_demand", case_on_demand},
};

int main(int count, char **arguments)
{
	struct rlimit most;
	unsigned i;

	closefrom(3); /* inherited descriptors */
	out = 1;
	getrlimit(RLIMIT_NOFILE, &most);
	most.rlim_cur = most.rlim_max;
	setrlimit(RLIMIT_NOFILE, &most);
	for (i = 0; count == 2 && i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strcmp(cases[i].name, arguments[1]) != 0)
			continue;
		cases[i].run();
		dprintf(out, "events %u\n", events);
		return 0;
	}
	for (i = 0; count == 1 && i < sizeof(cases) / sizeof(cases[0]); i++)
		puts(cases[i].name);
	return count == 1 ? 0 : 64;
}
