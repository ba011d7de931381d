/* SPDX-License-Identifier: MIT */
/*
 * Many processes with many threads create and remove pycs at the same time; an
 * independent reader then counts what was recorded.
 *
 *	stress run PROCESSES THREADS TURNS	in an empty directory; prints its calls
 *	stress check RECORDING			prints what a recording holds
 *
 * Both print `TYPE COUNT` lines that must agree.  In a recording that was too small, the
 * missing events must be as many as the totals count as lost.
 */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recording.h"

#define MUST(condition)                                                                  \
	do {                                                                             \
		if (!(condition)) {                                                      \
			perror(#condition);                                              \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

/* --- run ----------------------------------------------------------------------------- */

static unsigned threads, turns;
static unsigned *processes; /* number of processes that made events, in shared memory */

/* This handler runs at any time, also while the library is working. */
static void on_timer(int signal)
{
	int error = errno;
	struct stat status;

	(void)signal;
	stat("none.py", &status);
	close(open("/", O_RDONLY | O_DIRECTORY));
	errno = error;
}

/* Make one event of each type that a program without Python can make. */
static void make_one_of_each(int directory)
{
	static const char temporary[] = "__pycache__/m.cpython-311.pyc.4711";
	static const char final[] = "__pycache__/m.cpython-311.pyc";
	int fd;

	MUST(mkdirat(directory, "__pycache__", 0700) == 0);
	fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	MUST(fd >= 0);
	MUST(write(fd, "0123456789abcdef", 16) == 16);
	MUST(close(fd) == 0);
	MUST(renameat(directory, temporary, directory, final) == 0);
	MUST(unlinkat(directory, final, 0) == 0);
	MUST(unlinkat(directory, "__pycache__", AT_REMOVEDIR) == 0);
}

static void *work(void *number)
{
	char name[64];
	unsigned turn;
	int directory;

	snprintf(name, sizeof(name), "%d.%d", (int)getpid(), *(int *)number);
	MUST(mkdir(name, 0700) == 0);
	directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(directory >= 0);
	for (turn = 0; turn < turns; turn++)
		make_one_of_each(directory);
	MUST(close(directory) == 0);
	return NULL;
}

/* The threads start at the same time, so that several are the first for the library. */
static void run_threads(void)
{
	const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
	pthread_t ids[64];
	int numbers[64];
	unsigned i;

	__atomic_add_fetch(processes, 1, __ATOMIC_RELAXED);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < threads; i++) {
		numbers[i] = (int)i;
		MUST(pthread_create(&ids[i], NULL, work, &numbers[i]) == 0);
	}
	for (i = 0; i < threads; i++)
		MUST(pthread_join(ids[i], NULL) == 0);
	setitimer(ITIMER_REAL, &never, NULL);
}

/* A thread that forks while the others work; the child starts threads and works too. */
static void *fork_amid(void *unused)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		run_threads();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
	return unused;
}

static void run_process(unsigned number)
{
	pthread_t id;

	if (number % 8 == 0)
		MUST(pthread_create(&id, NULL, fork_amid, NULL) == 0);
	run_threads();
	if (number % 8 == 0)
		MUST(pthread_join(id, NULL) == 0);
}

static int run(unsigned count)
{
	unsigned number, made;
	int status, failed = 0;
	pid_t pid;

	processes = mmap(NULL, sizeof(*processes), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* the second half of the children inherit an open recording */
	for (number = 0; number < count; number++) {
		if (number == count / 2)
			run_threads();
		pid = fork();
		MUST(pid >= 0);
		if (pid == 0) {
			run_process(number);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed += status != 0;
	made = *processes * threads * turns;
	printf("process %u\ncreate %u\nwrite %u\nmkdir %u\nrename %u\nunlink %u\nrmdir %u\n",
	       *processes, made, made, made, made, made, made);
	return failed ? 1 : 0;
}

/* --- check --------------------------------------------------------------------------- */

static unsigned long count_of[256], lost, orphans, unknown;
static uint64_t known[1 << 16]; /* process numbers that were seen */

/* Was the process seen before?  Remembers it. */
static bool know(uint64_t process, bool add)
{
	size_t at = process % (sizeof(known) / sizeof(known[0]));

	while (known[at] && known[at] != process)
		at = (at + 1) % (sizeof(known) / sizeof(known[0]));
	if (known[at] == process)
		return true;
	if (add)
		known[at] = process;
	return false;
}

static void check_record(const struct record *record)
{
	const struct record_totals *totals;

	if (record->type == RECORD_FILLER)
		return;
	count_of[record->type]++;
	if (record->type != RECORD_PROCESS) {
		orphans += !know(record->process, false);
		unknown += record->error != 0;
		return;
	}
	MUST(!know(record->process, true)); /* one record per process */
	totals = (const void *)((const char *)record + record_totals_offset(record));
	if (totals->lost_events)
		MUST(totals->check == record_check_totals(totals, sizeof(*totals)));
	lost += totals->lost_events;
}

static int check(const char *path)
{
	static const char *const names[256] = {
		[RECORD_PROCESS] = "process",
#define OPERATION(code, name, shown) [code] = #name,
#include "operations.def"
#undef OPERATION
	};
	int fd = open(path, O_RDONLY);
	struct stat status;
	const char *bytes;
	long at, type;

	MUST(fd >= 0 && fstat(fd, &status) == 0);
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	MUST(bytes != MAP_FAILED);
	for (at = 0; at < status.st_size;) {
		const struct record *record = (const void *)(bytes + at);

		MUST(status.st_size - at >= (long)sizeof(*record));
		MUST(record->magic == RECORD_MAGIC);
		MUST(record->size % 8 == 0 && record->size <= status.st_size - at);
		MUST(record->check == record_check(record));
		check_record(record);
		at += record->size;
	}
	for (type = 0; type < 256; type++)
		if (count_of[type])
			printf("%s %lu\n", names[type] ? names[type] : "unknown",
			       count_of[type]);
	if (lost)
		printf("lost %lu\n", lost);
	if (orphans || unknown)
		printf("%lu before their process, %lu with errors\n", orphans, unknown);
	return 0;
}

int main(int count, char **arguments)
{
	if (count == 3 && strcmp(arguments[1], "check") == 0)
		return check(arguments[2]);
	if (count != 5 || strcmp(arguments[1], "run") != 0)
		return 64;
	threads = (unsigned)atoi(arguments[3]);
	turns = (unsigned)atoi(arguments[4]);
	return threads <= 64 ? run((unsigned)atoi(arguments[2])) : 64;
}
