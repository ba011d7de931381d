/* SPDX-License-Identifier: MIT */
/*
 * Threads that create, read and remove pycs at the same time, for ThreadSanitizer, with
 * the library preloaded (thread.sh).  The program does not fork, because ThreadSanitizer
 * deadlocks in the child of a program with threads.
 *
 *	threads [ROOT]
 *
 * Errors do not end it, because in deny mode most calls fail; at the end it prints how
 * many pycs were created and read.  One thread removes the shadow's root now and then.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 8, TURNS = 60 };

static int made, was_read;
static const char *root;

static void make_and_read(int number)
{
	char name[64], temporary[80], text[16];
	int fd;

	snprintf(name, sizeof(name), "__pycache__/m%d.cpython-311.pyc", number);
	snprintf(temporary, sizeof(temporary), "%s.%d", name, number);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd >= 0 && write(fd, "0123456789abcdef", 16) == 16 && close(fd) == 0 &&
	    rename(temporary, name) == 0)
		__atomic_add_fetch(&made, 1, __ATOMIC_RELAXED);
	fd = open(name, O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text)) == 16 && close(fd) == 0)
		__atomic_add_fetch(&was_read, 1, __ATOMIC_RELAXED);
	unlink(name);
}

/* Made by direct system calls, which the library does not see. */
static void take_root_away(int turn)
{
	char name[4096];

	snprintf(name, sizeof(name), "%s.%d", root, turn);
	syscall(SYS_renameat, AT_FDCWD, root, AT_FDCWD, name);
	syscall(SYS_mkdirat, AT_FDCWD, root, 0700);
}

static void *work(void *argument)
{
	int number = *(int *)argument, turn;
	FILE *file;

	for (turn = 0; turn < TURNS; turn++) {
		make_and_read(number);
		mkdir("__pycache__", 0700);
		file = fopen("source.py", "r");
		if (file)
			fclose(file);
		if (root && number == 0 && turn % 20 == 10)
			take_root_away(turn);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS];
	int numbers[THREADS], i;

	root = count > 1 ? arguments[1] : NULL;
	syscall(SYS_mkdirat, AT_FDCWD, "__pycache__", 0700);
	for (i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, work, &numbers[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("made %d, read %d\n", made, was_read);
	return 0;
}
