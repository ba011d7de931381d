/* SPDX-License-Identifier: MIT */
/*
 * Measures how much time the library adds to a libc call on a file that is no pyc.  Run
 * with the library preloaded, it calls the functions that the dynamic linker found (the
 * wrappers) and libc's in turns.  Both run in one process, so that differences between
 * processes (memory addresses, the state of the caches) affect both alike.
 *
 *	LD_PRELOAD=/path/libpycshim.so PYCSHIM_PROCESSES=all PYCSHIM_RECORD=off calls
 *
 * Prints one line for each call: NAME LIBC_NS RATIO ADDED_NS, medians over the batches.
 * RATIO and ADDED_NS compare adjacent batches; without the library they are 1 and 0.
 */
#define _GNU_SOURCE 1

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A batch takes some tens of microseconds, so that few batches are interrupted. */
enum { BATCH = 50, BATCHES = 4001, FIRST_FD = 100 };

struct functions {
	int (*open)(const char *, int, ...);
	int (*close)(int);
	int (*stat)(const char *, struct stat *);
	ssize_t (*read)(int, void *, size_t);
	ssize_t (*write)(int, const void *, size_t);
};

static const char file[] = "/etc/passwd", none[] = "/etc/none/configuration";
static char buffer[128];
static int null, next_fd;
static volatile long sink;

static void open_close(const struct functions *libc)
{
	libc->close(libc->open(file, O_RDONLY | O_CLOEXEC));
}

static void open_fails(const struct functions *libc)
{
	sink = libc->open(none, O_RDONLY);
}

static void stat_file(const struct functions *libc)
{
	struct stat status;

	sink = libc->stat(file, &status);
}

static void write_null(const struct functions *libc)
{
	sink = libc->write(null, buffer, sizeof(buffer));
}

static void read_null(const struct functions *libc)
{
	sink = libc->read(null, buffer, sizeof(buffer));
}

static void close_one(const struct functions *libc)
{
	libc->close(next_fd++);
}

/* System calls that the library does not see: it must not know these descriptors. */
static void prepare_close(void)
{
	for (next_fd = FIRST_FD + BATCH; next_fd > FIRST_FD;)
		syscall(SYS_dup3, null, --next_fd, 0);
}

static void close_none(const struct functions *libc)
{
	libc->close(-1);
}

static const struct {
	const char *name;
	void (*call)(const struct functions *libc);
	void (*prepare)(void);
} measures[] = {
	{"open_close", open_close, NULL}, {"open_fails", open_fails, NULL},
	{"stat", stat_file, NULL},	  {"write", write_null, NULL},
	{"read", read_null, NULL},	  {"close", close_one, prepare_close},
	{"close_none", close_none, NULL},
};
#define MEASURES (sizeof(measures) / sizeof(measures[0]))

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static double median(double *values)
{
	qsort(values, BATCHES, sizeof(*values), compare);
	return values[BATCHES / 2];
}

/* Returns the nanoseconds that one call takes. */
static double batch(unsigned which, const struct functions *functions)
{
	double begin;
	unsigned i;

	if (measures[which].prepare)
		measures[which].prepare();
	begin = now_ns();
	for (i = 0; i < BATCH; i++)
		measures[which].call(functions);
	return (now_ns() - begin) / BATCH;
}

static void measure(unsigned which, const struct functions *libc,
		    const struct functions *found)
{
	static double plain[BATCHES], ratio[BATCHES], added[BATCHES];
	double one, other;
	unsigned i;

	for (i = 0; i < BATCHES; i++) {
		one = batch(which, i % 2 ? libc : found);
		other = batch(which, i % 2 ? found : libc);
		plain[i] = i % 2 ? one : other;
		added[i] = i % 2 ? other - one : one - other;
		ratio[i] = added[i] / plain[i] + 1;
	}
	printf("%s %.1f %.4f %.1f\n", measures[which].name, median(plain), median(ratio),
	       median(added));
}

static struct functions find(void *where)
{
	return (struct functions){
		.open = dlsym(where, "open"),
		.close = dlsym(where, "close"),
		.stat = dlsym(where, "stat"),
		.read = dlsym(where, "read"),
		.write = dlsym(where, "write"),
	};
}

int main(void)
{
	struct functions libc = find(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD));
	struct functions found = find(RTLD_DEFAULT);
	struct rlimit most = {0, 0};
	unsigned which;

	if (!libc.stat || !found.stat) { /* glibc before 2.33 does not export stat */
		fprintf(stderr, "calls: no stat() to be found\n");
		return 1;
	}
	getrlimit(RLIMIT_NOFILE, &most);
	if (most.rlim_cur < FIRST_FD + BATCH) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	null = open("/dev/null", O_RDWR);
	for (which = 0; which < MEASURES; which++)
		measure(which, &libc, &found);
	return 0;
}
