/* SPDX-License-Identifier: MIT */
/*
 * Measures the CPU time of one look-up: repeats the calls that CPython 3 makes for a
 * module whose cached pyc is valid, and prints `look-up NS`, the median.
 *
 *	lookup [PASSES] < LIST		lines: SOURCE PYC
 *
 * A look-up takes microseconds, a Python start hundreds of milliseconds: a difference
 * that the noise of the machine hides in a start can be measured here.
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MODULES_MAX 4096

struct module {
	char *source, *pyc;
};

/* The library recognizes a Python process by this exported symbol. */
__attribute__((visibility("default"))) void Py_Initialize(void);
void Py_Initialize(void)
{
}

static size_t read_list(struct module *modules)
{
	char line[2 * PATH_MAX + 2], source[PATH_MAX], pyc[PATH_MAX];
	size_t count = 0;

	while (count < MODULES_MAX && fgets(line, sizeof(line), stdin))
		if (sscanf(line, "%4095s %4095s", source, pyc) == 2)
			modules[count++] = (struct module){strdup(source), strdup(pyc)};
	return count;
}

/* Modules/_io/fileio.c, Lib/importlib/_bootstrap_external.py (get_code) */
static void look_up(const struct module *module)
{
	static char buffer[1 << 20];
	struct termios terminal;
	struct stat status;
	int fd;

	if (stat(module->source, &status) < 0 || stat(module->source, &status) < 0)
		err(1, "%s", module->source);
	fd = open(module->pyc, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		err(1, "%s", module->pyc);
	ioctl(fd, TCGETS, &terminal);
	lseek(fd, 0, SEEK_CUR);
	lseek(fd, 0, SEEK_CUR);
	fstat(fd, &status);
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

static double cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	static struct module modules[MODULES_MAX];
	size_t passes = argc > 1 ? strtoul(argv[1], NULL, 10) : 20, pass, i;
	size_t count = read_list(modules);
	double *ns = calloc(passes + 1, sizeof(*ns)), begin;

	if (!count || !passes || !ns)
		errx(64, "usage: lookup [PASSES] < LIST");
	for (i = 0; i < count; i++)
		look_up(&modules[i]);
	for (pass = 0; pass < passes; pass++) {
		begin = cpu_ns();
		for (i = 0; i < count; i++)
			look_up(&modules[i]);
		ns[pass] = (cpu_ns() - begin) / (double)count;
	}
	qsort(ns, passes, sizeof(*ns), compare);
	printf("look-up %.1f\n", ns[passes / 2]);
	free(ns);
	return 0;
}
