/* SPDX-License-Identifier: MIT */
/*
 * Recordings that are crafted to take long to read: the time grows linearly with the
 * size, not with its square.  Each kind is read at two sizes.  The larger one misses the
 * processor's caches, so its time may be eight times the linear one; quadratic growth
 * makes it sixteen.
 */
#include "check.h"

#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "attributes.h"
#include "command/commands.h"
#include "records_modules.h"

#define TRIES 5
#define TIMES 16	 /* the larger of the smaller */
#define RATIO_MOST 128.0 /* of their times; a square makes 256 and more */

static const char command[] = "python3\0m.py";

typedef void make_kind(struct records *records, unsigned count);

static void many_modules(struct records *records, unsigned count)
{
	struct records_module module;
	char stem[32];
	unsigned i;

	records_process(records, 1, 100, command, sizeof(command));
	for (i = 0; i < count; i++) {
		snprintf(stem, sizeof(stem), "m%u", i);
		module = records_module("/app", stem);
		records_miss_mkdir(records, &module, EROFS);
	}
}

/* The pyc of one module in `count` shadows. */
static void many_roots(struct records *records, unsigned count)
{
	struct records_module module = records_module("/app", "m");
	char root[32];
	unsigned i;

	records->root = root;
	records->action = ACTION_redirect;
	for (i = 0; i < count; i++) {
		snprintf(root, sizeof(root), "/root%u", i);
		records_process(records, i + 1, i + 1, command, sizeof(command));
		records_hit(records, &module);
	}
}

/* Events of one module, none of them a look-up. */
static void many_events(struct records *records, unsigned count)
{
	struct records_module module = records_module("/app", "m");
	unsigned i;

	records_process(records, 1, 100, command, sizeof(command));
	for (i = 0; i < count; i++) {
		records_event(records, RECORD_unlink, module.pyc, NULL, 0);
		records_bytes(records, RECORD_write, module.pyc, 10, 0);
		records_bytes(records, RECORD_read_source, module.source, 10, 0);
	}
}

/* Threads and processes that each look for one module once. */
static void many_threads(struct records *records, unsigned count)
{
	struct records_module module = records_module("/app", "m");
	unsigned i;

	for (i = 0; i < count; i++) {
		if (i % 4 == 0)
			records_process(records, i + 1, i + 1, command, sizeof(command));
		records->tid = i;
		records_miss_create(records, &module, EROFS);
	}
}

/* One token for `count` processes. */
static void many_of_one_token(struct records *records, unsigned count)
{
	struct records_module module = records_module("/app", "m");
	unsigned i;

	for (i = 0; i < count; i++) {
		records_process(records, 1, i + 1, command, sizeof(command));
		records_hit(records, &module);
	}
}

/* Packages in packages, `count` deep, and modules in the deepest. */
static void nested_packages(struct records *records, unsigned count)
{
	char *path = malloc(2 * (size_t)count + 64), *at = path;
	unsigned i;

	records_process(records, 1, 100, command, sizeof(command));
	for (i = 0; i < count; i++) {
		at = stpcpy(at, "/m");
		strcpy(at, "/__pycache__/__init__.cpython-311.pyc");
		records_lookup(records, path, ENOENT, NULL);
	}
	for (i = 0; i < 1000; i++) {
		sprintf(at, "/__pycache__/m%u.cpython-311.pyc", i);
		records_lookup(records, path, ENOENT, NULL);
	}
	free(path);
}

/* Paths of one length that record_hash(), which is public, cannot tell apart. */
static void equal_hashes(struct records *records, unsigned count)
{
	static const char end[] = "/m.cpython-311.pyc";
	uint64_t hash, word, wanted = 0x4142434445464748u;
	unsigned char *bytes = (unsigned char *)&word;
	unsigned long long salt = 0;
	size_t length = 24 + sizeof(end) - 1, i;
	char path[64];

	records_process(records, 1, 100, command, sizeof(command));
	while (count) {
		snprintf(path, sizeof(path), "/%015llx", salt++);
		hash = record_mix(length, path, 16);
		word = hash ^ wanted;
		for (i = 0; i < 8 && bytes[i] && bytes[i] != '/'; i++)
			;
		if (i < 8)
			continue;
		memcpy(path + 16, bytes, 8);
		memcpy(path + 24, end, sizeof(end));
		records_lookup(records, path, ENOENT, NULL);
		count--;
	}
}

static const struct kind {
	const char *name;
	make_kind *make;
	unsigned count;
} kinds[] = {
	{"modules", many_modules, 1500},    {"roots", many_roots, 1000},
	{"events", many_events, 2000},	    {"threads", many_threads, 1250},
	{"token", many_of_one_token, 1500}, {"packages", nested_packages, 100},
	{"hashes", equal_hashes, 2000},
};

static char *write_recording(const struct kind *kind, unsigned count)
{
	const char *directory = getenv("TMPDIR");
	struct records records;
	char *path;
	int fd;

	assert_true(asprintf(&path, "%s/linear.XXXXXX", directory ? directory : "/tmp") >
		    0);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	records_begin(&records);
	kind->make(&records, count);
	assert_int_equal(write(fd, records.bytes, records.size), records.size);
	close(fd);
	records_free(&records);
	return path;
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The CPU time that a command takes for a recording. */
static double measure(command_run *run, struct options options, const char *path)
{
	double begin = cpu_seconds();

	options.recordings = &path;
	options.recordings_count = 1;
	run(&options);
	return cpu_seconds() - begin;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static const struct asked {
	const char *name;
	command_run *run;
	struct options options;
} asked[] = {
	{"summary", cmd_summary, {0}},
	{"modules", cmd_modules, {0}},
	{"processes", cmd_processes, {0}},
	{"modules --by package", cmd_modules, {.is_grouped = true, .by = BY_PACKAGE}},
	{"processes --by command", cmd_processes, {.is_grouped = true, .by = BY_COMMAND}},
	{"events", cmd_events, {0}},
	{"events --module", cmd_events, {.module = "m"}},
	{"why", cmd_why, {.query = "m"}},
	{"why --json", cmd_why, {.query = "m", .json = true}},
};

/* Discard the output of pycstat, but not its errors. */
static int out_fd, err_fd;

static void silence(void)
{
	int null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	out_fd = dup(STDOUT_FILENO);
	err_fd = dup(STDERR_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static void speak(void)
{
	fflush(stdout);
	dup2(out_fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	close(out_fd);
	close(err_fd);
}

static unsigned compare(const struct kind *kind, const struct asked *what,
			const char *small, const char *large)
{
	double first = 1e9, second = 1e9;
	int i;

	silence();
	for (i = 0; i < TRIES; i++)
		first = least(first, measure(what->run, what->options, small));
	for (i = 0; i < TRIES && second > RATIO_MOST * first; i++)
		second = least(second, measure(what->run, what->options, large));
	speak();
	if (second <= RATIO_MOST * first)
		return 0;
	print_error("%s of many %s: %.3f s, of %d times as many %.3f s\n", what->name,
		    kind->name, first, TIMES, second);
	return 1;
}

static void reading_of_any_kind_takes_linear_time(void **state)
{
	const struct kind *kind;
	unsigned failed = 0;
	char *small, *large;
	size_t i;

	(void)state;
	for (kind = kinds; kind < kinds + ARRAY_SIZE(kinds); kind++) {
		small = write_recording(kind, kind->count);
		large = write_recording(kind, TIMES * kind->count);
		for (i = 0; i < ARRAY_SIZE(asked); i++)
			failed += compare(kind, &asked[i], small, large);
		unlink(small);
		unlink(large);
		free(small);
		free(large);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_of_any_kind_takes_linear_time),
	};

	/* memory that is given back to the kernel is dear to get again on some machines */
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
	mallopt(M_MMAP_THRESHOLD, INT_MAX);
	return RUN(tests);
}
