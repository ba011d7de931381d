/* SPDX-License-Identifier: MIT */
/*
 * A program whose signal handler leaves calls on bytecode with siglongjmp() at random
 * times.  After each jump the program must see the same files as before; if not,
 * `jumping` says so and ends with 1.
 *
 *	jumping same|other	the handler runs on the same stack or on an alternate one
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define PYC "__pycache__/m.cpython-311.pyc"
#define TURNS 2000

static sigjmp_buf out;
static volatile sig_atomic_t armed;
static char other[1 << 16];

static void on_alarm(int signal)
{
	(void)signal;
	if (armed) {
		armed = 0;
		siglongjmp(out, 1);
	}
}

static void work(void)
{
	struct stat status;
	int fd;

	stat("m.py", &status);
	fd = open(PYC, O_RDONLY);
	if (fd >= 0)
		close(fd);
	unlink("none.pyc");
}

/* Through a symlink, so that the library resolves the directory's name each time. */
static int is_listed(void)
{
	DIR *stream = opendir("link/__pycache__");
	const struct dirent *entry;
	int found = 0;

	while (stream && (entry = readdir(stream)))
		found |= strcmp(entry->d_name, strrchr(PYC, '/') + 1) == 0;
	if (stream)
		closedir(stream);
	return found;
}

/* Does the pyc exist?  Asks at this stack depth, by name or through a listing. */
static __attribute__((noinline)) int is_there(int depth, int by_name)
{
	volatile char frame[2000];
	int there, i;

	for (i = 0; i < (int)sizeof(frame); i++)
		frame[i] = (char)depth;
	if (depth)
		there = is_there(depth - 1, by_name);
	else
		there = by_name ? access(PYC, F_OK) == 0 : is_listed();
	return there & (frame[depth] == depth);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_alarm};
	stack_t alternate = {.ss_sp = other, .ss_size = sizeof(other)};
	volatile int jumps = 0, turn;
	struct itimerval timer = {.it_value = {0, 1}};

	if (argc > 1 && strcmp(argv[1], "other") == 0) {
		sigaltstack(&alternate, NULL);
		action.sa_flags = SA_ONSTACK;
	}
	sigaction(SIGALRM, &action, NULL);
	symlink(".", "link");
	mkdir("__pycache__", 0755);
	close(open(PYC, O_WRONLY | O_CREAT, 0644));
	for (turn = 0; turn < TURNS; turn++) {
		if (sigsetjmp(out, 1)) {
			jumps++;
			if (!is_there(turn % 8, turn % 3)) {
				printf("not there after %d jumps\n", jumps);
				return 1;
			}
			continue;
		}
		timer.it_value.tv_usec = 1 + rand() % 100;
		armed = 1;
		setitimer(ITIMER_REAL, &timer, NULL);
		while (armed)
			work();
	}
	printf("%d jumps\n", jumps);
	return 0;
}
