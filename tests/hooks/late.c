/* SPDX-License-Identifier: MIT */
/*
 * A program that loads a Python while its threads work on files.
 *
 *	late LIBPYTHON VARIABLES
 *
 * Each thread looks at a source, and creates and removes a pyc, until the Python is
 * loaded, and then AFTER more times, with names that begin with "after".  One thread sets
 * VARIABLES environment variables meanwhile.  At the end the program executes `env` with
 * the variable FAILED: how many pycs could not be created after the Python was loaded.
 */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 8, AFTER = 5 };

static int loaded, failed;
static pthread_barrier_t begin, active;

static bool make_pyc(const char *kind, int number)
{
	char name[64], temporary[80];
	struct stat status;
	int fd;

	snprintf(name, sizeof(name), "__pycache__/%s%d.cpython-311.pyc", kind, number);
	snprintf(temporary, sizeof(temporary), "%s.%d", name, number);
	stat("source.py", &status);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	return fd >= 0 && write(fd, "0123456789abcdef", 16) == 16 && close(fd) == 0 &&
	       rename(temporary, name) == 0 && unlink(name) == 0;
}

static void *work(void *argument)
{
	int number = *(int *)argument, i;

	pthread_barrier_wait(&begin);
	while (!__atomic_load_n(&loaded, __ATOMIC_ACQUIRE))
		(void)make_pyc("before", number);
	/*
	 * one of these calls makes the library active; until then the others pass through
	 */
	(void)make_pyc("first", number);
	pthread_barrier_wait(&active);
	for (i = 0; i < AFTER; i++)
		if (!make_pyc("after", number))
			__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void *set_variables(void *argument)
{
	int count = atoi(argument), i;
	char name[32];

	pthread_barrier_wait(&begin);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "LATE_%d", i);
		setenv(name, "1", 1);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t threads[THREADS + 1];
	int numbers[THREADS], i;
	char text[12];

	if (count != 3)
		return 64;
	mkdir("__pycache__", 0700);
	pthread_barrier_init(&begin, NULL, THREADS + 2);
	pthread_barrier_init(&active, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, work, &numbers[i]);
	}
	pthread_create(&threads[THREADS], NULL, set_variables, arguments[2]);
	pthread_barrier_wait(&begin);
	if (!dlopen(arguments[1], RTLD_NOW))
		return 1;
	__atomic_store_n(&loaded, 1, __ATOMIC_RELEASE);
	for (i = 0; i < THREADS + 1; i++)
		pthread_join(threads[i], NULL);
	snprintf(text, sizeof(text), "%d", failed);
	setenv("FAILED", text, 1);
	execlp("env", "env", NULL);
	return 2;
}
