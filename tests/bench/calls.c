/*
 * What a libc call on something that is no pyc costs: the median over many short batches,
 * in nanoseconds.
 *
 *	calls				of this process: `NAME NANOSECONDS` lines
 *	calls ROUNDS NAME=VALUE...	runs itself without and with the variables in
 *					turns: `NAME WITHOUT WITH RATIO ADDED_NS` lines
 *
 *	calls 50 LD_PRELOAD=/path/libpycshim.so PYCSHIM_PROCESSES=all PYCSHIM_RECORD=off
 */
#define _GNU_SOURCE 1

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A batch takes some tens of microseconds: most of them meet nothing else. */
enum { BATCH = 100, BATCHES = 301, ROUNDS_MAX = 1000, FIRST_FD = 100 };

static const char file[] = "/etc/passwd", none[] = "/etc/none/configuration";
static char buffer[128];
static int null;
static volatile long sink;

static void open_close(void)
{
	close(open(file, O_RDONLY | O_CLOEXEC));
}

static void open_fails(void)
{
	sink = open(none, O_RDONLY);
}

static void stat_file(void)
{
	struct stat status;

	sink = stat(file, &status);
}

static void write_null(void)
{
	sink = write(null, buffer, sizeof(buffer));
}

static void read_null(void)
{
	sink = read(null, buffer, sizeof(buffer));
}

static int next_fd;

static void close_one(void)
{
	close(next_fd++);
}

/* Behind the library: it must not know these. */
static void prepare_close(void)
{
	for (next_fd = FIRST_FD + BATCH; next_fd > FIRST_FD;)
		syscall(SYS_dup3, null, --next_fd, 0);
}

static void close_none(void)
{
	close(-1);
}

static const struct {
	const char *name;
	void (*call)(void);
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

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static double measure(unsigned which)
{
	static double times[BATCHES];
	unsigned batch, i;
	double begin;

	for (batch = 0; batch < BATCHES; batch++) {
		if (measures[which].prepare)
			measures[which].prepare();
		begin = now_ns();
		for (i = 0; i < BATCH; i++)
			measures[which].call();
		times[batch] = (now_ns() - begin) / BATCH;
	}
	return median(times, BATCHES);
}

static void measure_all(void)
{
	unsigned which;

	null = open("/dev/null", O_RDWR);
	for (which = 0; which < MEASURES; which++)
		printf("%s %.1f\n", measures[which].name, measure(which));
}

/* One run of ourselves, with these variables; its figures into `figures`. */
static bool run(char **variables, double *figures)
{
	int ends[2], status;
	char name[64];
	unsigned i;
	pid_t pid;
	FILE *from;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		return false;
	if (pid == 0) {
		for (; variables && *variables; variables++)
			putenv(*variables);
		dup2(ends[1], 1);
		execl("/proc/self/exe", "calls", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	from = fdopen(ends[0], "r");
	for (i = 0; from && i < MEASURES; i++)
		if (fscanf(from, "%63s %lf", name, &figures[i]) != 2)
			break;
	if (from)
		fclose(from);
	return waitpid(pid, &status, 0) == pid && status == 0 && i == MEASURES;
}

/* The ratio is that of neighbours: what slows the machine down meets both. */
static int compare_runs(unsigned rounds, char **variables)
{
	static double with[MEASURES][ROUNDS_MAX], without[MEASURES][ROUNDS_MAX],
		ratio[MEASURES][ROUNDS_MAX], added[MEASURES][ROUNDS_MAX];
	double one[MEASURES], other[MEASURES];
	unsigned round, i;

	for (round = 0; round < rounds; round++) {
		bool first = round % 2;

		if (!run(first ? variables : NULL, first ? other : one) ||
		    !run(first ? NULL : variables, first ? one : other))
			return 1;
		for (i = 0; i < MEASURES; i++) {
			without[i][round] = one[i];
			with[i][round] = other[i];
			ratio[i][round] = other[i] / one[i];
			added[i][round] = other[i] - one[i];
		}
	}
	for (i = 0; i < MEASURES; i++)
		printf("%-12s %8.1f %8.1f %6.3f %+6.1f\n", measures[i].name,
		       median(without[i], rounds), median(with[i], rounds),
		       median(ratio[i], rounds), median(added[i], rounds));
	return 0;
}

int main(int count, char **arguments)
{
	struct rlimit most = {0, 0};
	int rounds = count > 1 ? atoi(arguments[1]) : 0;

	getrlimit(RLIMIT_NOFILE, &most);
	if (most.rlim_cur < FIRST_FD + BATCH) {
		most.rlim_cur = most.rlim_max;
		setrlimit(RLIMIT_NOFILE, &most);
	}
	if (count > 2 && rounds > 0 && rounds <= ROUNDS_MAX)
		return compare_runs((unsigned)rounds, arguments + 2);
	if (count > 1)
		return 64;
	measure_all();
	return 0;
}
