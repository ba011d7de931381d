/* SPDX-License-Identifier: MIT */
/*
 * A program that is no Python, loads one, and forks.  The first thing that its child does is
 * to start a program by vfork(), which makes a pyc on its way; then the child makes one.
 *
 *	late_fork LIBPYTHON
 */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A new pyc, by the name that CPython gives it first. */
static void make(const char *temporary)
{
	close(open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

int main(int count, char **arguments)
{
	pid_t child, started;

	if (count != 2)
		return 64;
	mkdir("__pycache__", 0700);
	if (!dlopen(arguments[1], RTLD_NOW))
		return 1;
	make("__pycache__/parent.cpython-311.pyc.1");
	child = fork();
	if (child == 0) {
		started = vfork();
		if (started == 0) {
			make("__pycache__/started.cpython-311.pyc.1");
			execlp("true", "true", NULL);
			_exit(1);
		}
		waitpid(started, NULL, 0);
		make("__pycache__/child.cpython-311.pyc.1");
		make("__pycache__/again.cpython-311.pyc.1");
		_exit(0);
	}
	waitpid(child, NULL, 0);
	printf("%d\n", (int)child);
	return 0;
}
