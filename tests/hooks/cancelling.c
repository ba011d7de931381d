/* SPDX-License-Identifier: MIT */
/*
 * Which calls are cancellation points?  Each call is made on a new thread with a pending
 * cancellation request; `cancelling` prints the calls that ended their thread.  The
 * library must neither add nor hide a cancellation point (cancelling.sh compares).
 */
#define _GNU_SOURCE 1

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PYC "__pycache__/m.cpython-311.pyc"
#define TEMPORARY "__pycache__/n.cpython-311.pyc.4711"

static int fd; /* a descriptor that the library knows */
static FILE *stream;
static struct stat status;
static char buffer[16];

#define CALLS                                                                            \
	CALL(stat("m.py", &status))                                                      \
	CALL(lstat(PYC, &status))                                                        \
	CALL(fstatat(AT_FDCWD, "m.py", &status, 0))                                      \
	CALL(fstat(fd, &status))                                                         \
	CALL(mkdir("x/__pycache__", 0700))                                               \
	CALL(rmdir("x/__pycache__"))                                                     \
	CALL(rename(PYC, TEMPORARY))                                                     \
	CALL(renameat(AT_FDCWD, TEMPORARY, AT_FDCWD, PYC))                               \
	CALL(unlink("none.pyc"))                                                         \
	CALL(unlinkat(AT_FDCWD, "none.pyc", 0))                                          \
	CALL(remove("none.pyc"))                                                         \
	CALL(dup2(0, fd))                                                                \
	CALL(dup3(0, fd, O_CLOEXEC))                                                     \
	CALL(dup(fd))                                                                    \
	CALL(fcntl(fd, F_GETFD))                                                         \
	CALL(fcntl(fd, F_SETLKW, &lock))                                                 \
	CALL(fcntl(0, F_GETFD))                                                          \
	CALL(close_range((unsigned)fd, ~0u, 0))                                          \
	CALL((closefrom(fd), 0))                                                         \
	CALL(open("m.py", O_RDONLY))                                                     \
	CALL(open(PYC, O_RDONLY))                                                        \
	CALL(open(TEMPORARY, O_WRONLY | O_CREAT, 0600))                                  \
	CALL(open("plain", O_RDONLY))                                                    \
	CALL(openat(AT_FDCWD, PYC, O_RDONLY))                                            \
	CALL(creat(TEMPORARY, 0600))                                                     \
	CALL(read(fd, buffer, sizeof(buffer)))                                           \
	CALL(write(fd, "x", 1))                                                          \
	CALL(close(fd))                                                                  \
	CALL(read(-1, buffer, 1))                                                        \
	CALL(close(-1))                                                                  \
	CALL(fopen(PYC, "r") == NULL)                                                    \
	CALL(fopen("none.pyc", "w") == NULL)                                             \
	CALL(fdopen(fd, "r") == NULL)                                                    \
	CALL(fflush(stream))                                                             \
	CALL(fclose(stream))                                                             \
	CALL(opendir("__pycache__") == NULL)                                             \
	CALL(fdopendir(fd) == NULL)

static struct flock lock = {.l_type = F_WRLCK};

static const char *const names[] = {
#define CALL(...) #__VA_ARGS__,
	CALLS
#undef CALL
};

static void make(unsigned number)
{
	unsigned line = 0;
	long result = 0;

#define CALL(...)                                                                        \
	if (line++ == number)                                                            \
		result = (__VA_ARGS__);
	CALLS
#undef CALL
		(void)
	result;
}

static void *run(void *number)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	make(*(unsigned *)number);
	return NULL;
}

static void prepare(void)
{
	mkdir("__pycache__", 0700);
	mkdir("x", 0700);
	close(open("m.py", O_WRONLY | O_CREAT, 0600));
	close(open("plain", O_WRONLY | O_CREAT, 0600));
	fd = open(PYC, O_RDWR | O_CREAT, 0600);
	stream = fopen("stream.pyc", "w");
	fputs("content", stream);
}

int main(void)
{
	unsigned number;
	pthread_t thread;
	void *result;

	for (number = 0; number < sizeof(names) / sizeof(names[0]); number++) {
		prepare();
		if (pthread_create(&thread, NULL, run, &number) != 0)
			return 1;
		pthread_join(thread, &result);
		printf("%s: %s\n", names[number],
		       result == PTHREAD_CANCELED ? "cancelled" : "returned");
		fflush(stdout);
		closefrom(3);
	}
	return 0;
}
