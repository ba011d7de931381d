/*
 * Threads that make, read and remove pycs at once; for ThreadSanitizer, with the library
 * preloaded (thread.sh).  It does not fork: the run-time deadlocks in a child of threads.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 8, TURNS = 60 };

static void make_and_read(int number)
{
	char name[64], temporary[64], text[16];
	int fd;

	snprintf(name, sizeof(name), "__pycache__/m%d.cpython-311.pyc", number);
	snprintf(temporary, sizeof(temporary), "%s.%d", name, number);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "0123456789abcdef", 16) != 16 || close(fd) != 0)
		exit(1);
	if (rename(temporary, name) != 0)
		exit(2);
	fd = open(name, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text)) != 16 || close(fd) != 0)
		exit(3);
	if (unlink(name) != 0)
		exit(4);
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
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS], i;

	mkdir("__pycache__", 0700);
	for (i = 0; i < THREADS; i++) {
		numbers[i] = i;
		pthread_create(&threads[i], NULL, work, &numbers[i]);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	puts("done");
	return 0;
}
