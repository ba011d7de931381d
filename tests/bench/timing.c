/* SPDX-License-Identifier: MIT */
/*
 * Compares the run times of commands.  They run in turns, A B C, B C A, C A B, ..., so
 * that other work on the machine affects all of them alike.
 *
 *	timing [-n ROUNDS] [-b BATCH] COMMAND... [, COMMAND...]...
 *
 * A command may begin with NAME=VALUE, which is added to the environment for it alone.
 * One sample is BATCH runs of a command one after the other; the first round is
 * discarded. Prints one line for each command, in the order given:
 *
 *	CPU_MS RATIO LOW HIGH WALL_MS WALL_RATIO RSS_KIB
 *
 * CPU is the user and system time of the command and of all children that it waited for.
 * A time is that of one run, the median over the rounds.  A ratio compares the command
 * with the first command of the same round; RATIO is the median, LOW and HIGH are its 95
 * % confidence interval.  If a command fails, prints a line that says why and exits with
 * 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MAX 16
#define ASSIGNMENTS_MAX 32

struct sample {
	double cpu_ms, wall_ms;
};

struct command {
	char **arguments;   /* ends with a NULL */
	char **environment; /* timing's, plus the command's assignments */
	struct sample *samples;
	long rss_kib; /* the largest seen */
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "timing: %s: %s\n", what, why);
	exit(1);
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("memory", strerror(errno));
	return memory;
}

/*
 * Move the assignments at the beginning of the command to a new environment; return it.
 */
static void take_assignments(struct command *command)
{
	size_t count = 0, i = 0, own;

	while (environ[count])
		count++;
	command->environment = allocate(count + ASSIGNMENTS_MAX + 1, sizeof(char *));
	for (own = 0; own < ASSIGNMENTS_MAX && command->arguments[0] &&
		      strchr(command->arguments[0], '=');
	     own++)
		command->environment[i++] = *command->arguments++;
	if (!command->arguments[0])
		die("a command", "is missing");
	memcpy(command->environment + i, environ, count * sizeof(char *));
}

/* Split the arguments at each `,`.  Returns how many commands there are. */
static unsigned split(char **arguments, struct command *commands)
{
	unsigned count = 0;
	char **at = arguments;

	while (*at) {
		if (count == COMMANDS_MAX)
			die(*at, "too many commands");
		commands[count].arguments = at;
		while (*at && strcmp(*at, ",") != 0)
			at++;
		if (*at)
			*at++ = NULL;
		take_assignments(&commands[count++]);
	}
	return count;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double timeval_ms(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

/* Run a command once, discard its output, and add its times to the sample. */
static void run(struct command *command, const posix_spawn_file_actions_t *quiet,
		struct sample *sum)
{
	double begin = now_ms();
	struct rusage usage;
	int status, error;
	pid_t pid;

	error = posix_spawnp(&pid, command->arguments[0], quiet, NULL, command->arguments,
			     command->environment);
	if (error)
		die(command->arguments[0], strerror(error));
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			die("wait4", strerror(errno));
	if (status != 0)
		die(command->arguments[0], "failed");
	sum->wall_ms += now_ms() - begin;
	sum->cpu_ms += timeval_ms(usage.ru_utime) + timeval_ms(usage.ru_stime);
	if (usage.ru_maxrss > command->rss_kib)
		command->rss_kib = usage.ru_maxrss;
}

static void run_rounds(struct command *commands, unsigned count, unsigned rounds,
		       unsigned batch)
{
	posix_spawn_file_actions_t quiet;
	unsigned round, turn, i;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&quiet, 1, 2);
	for (round = 0; round <= rounds; round++)
		for (turn = 0; turn < count; turn++) {
			struct command *command = &commands[(round + turn) % count];
			struct sample sum = {0, 0};

			for (i = 0; i < batch; i++)
				run(command, &quiet, &sum);
			if (round > 0)
				command->samples[round - 1] = (struct sample){
					sum.cpu_ms / batch, sum.wall_ms / batch};
		}
	posix_spawn_file_actions_destroy(&quiet);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

/* The value that is `ranks` places behind the median of the sorted values. */
static double near_median(const double *values, unsigned count, double ranks)
{
	double at = ((double)count - 1) / 2 + ranks;
	unsigned below;

	if (at <= 0)
		return values[0];
	if (at >= count - 1)
		return values[count - 1];
	below = (unsigned)at;
	return values[below] + (at - below) * (values[below + 1] - values[below]);
}

static void print(const struct command *command, const struct command *first,
		  unsigned rounds)
{
	double *values = allocate(4 * (size_t)rounds, sizeof(double));
	double *cpu = values, *wall = cpu + rounds, *ratio = wall + rounds;
	double *wall_ratio = ratio + rounds;
	double ranks = 1.96 * sqrt(rounds) / 2; /* 95 % of a binomial distribution */
	unsigned i;

	for (i = 0; i < rounds; i++) {
		cpu[i] = command->samples[i].cpu_ms;
		wall[i] = command->samples[i].wall_ms;
		ratio[i] = cpu[i] / first->samples[i].cpu_ms;
		wall_ratio[i] = wall[i] / first->samples[i].wall_ms;
	}
	for (i = 0; i < 4; i++)
		qsort(values + (size_t)i * rounds, rounds, sizeof(*values), compare);
	printf("%.4f %.4f %.4f %.4f %.4f %.4f %ld\n", near_median(cpu, rounds, 0),
	       near_median(ratio, rounds, 0), near_median(ratio, rounds, -ranks),
	       near_median(ratio, rounds, ranks), near_median(wall, rounds, 0),
	       near_median(wall_ratio, rounds, 0), command->rss_kib);
	free(values);
}

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	unsigned rounds = 20, batch = 1, count, i;
	int option;

	while ((option = getopt(argc, argv, "+n:b:")) != -1) {
		if (option == '?')
			return 64;
		*(option == 'n' ? &rounds : &batch) = (unsigned)strtoul(optarg, NULL, 10);
	}
	count = split(argv + optind, commands);
	if (!count || !rounds || !batch) {
		fprintf(stderr,
			"usage: timing [-n ROUNDS] [-b BATCH] COMMAND... [, ...]\n");
		return 64;
	}
	for (i = 0; i < count; i++)
		commands[i].samples = allocate(rounds, sizeof(struct sample));
	run_rounds(commands, count, rounds, batch);
	for (i = 0; i < count; i++)
		print(&commands[i], &commands[0], rounds);
	return 0;
}
