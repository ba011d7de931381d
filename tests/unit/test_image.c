/* SPDX-License-Identifier: MIT */
/*
 * tools/read/image.c and image_pyc.c: the verdict on a module's pyc, as its interpreter would
 * judge it.  Each row makes a library with one module, and one file that may be its pyc.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/image_cost.h"
#include "check.h"
#include "common/util.h"
#include "pyc_header.h"
#include "read/image.h"
#include "read/source_hash.h"

#define SOURCE "x = 1\n"
#define MTIME 1690000000
#define MAGIC_2 62211
#define MAGIC_39 3425

enum kind { A_FILE, NO_FILE, A_DIRECTORY, A_FIFO, A_LOST_LINK };
enum hash { NO_HASH, RIGHT_HASH, WRONG_HASH };

/* What stands in the counts: at most one is 1. */
enum verdict {
	VALID,
	MISSING,
	MTIME_STALE,
	SIZE_STALE,
	MAGIC_STALE,
	FLAGS_STALE,
	HASH_STALE,
	TRUNCATED, /* the header is cut short */
	DAMAGED,   /* the code is */
	UNREADABLE,
};

static const struct row {
	const char *name; /* of the file; with a slash: in the cache */
	enum verdict want;
	enum kind kind;
	int magic, mtime, bytes; /* how far off they are */
	uint32_t flags;
	enum hash hash;
	int cut;	  /* so many bytes are missing at the end; less than 0: more */
	int optimised;	  /* how many of these are there ... */
	enum verdict one; /* ... and what is it */
	enum image_level level;
	bool orphaned, sourceless;
	bool lost; /* the source is a link that leads nowhere */
	bool two;  /* Python 2.7 */
} rows[] = {
#define NAME "/m.cpython-39.pyc"
	{NAME, .want = VALID},
	{NAME, .want = MISSING, .kind = NO_FILE},
	{NAME, .want = MTIME_STALE, .mtime = 1},
	{NAME, .want = MTIME_STALE, .mtime = -1},
	{NAME, .want = SIZE_STALE, .bytes = 1},
	{NAME, .want = MTIME_STALE, .mtime = 1, .bytes = 1},
	{NAME, .want = MAGIC_STALE, .magic = 1},
	{NAME, .want = MAGIC_STALE, .magic = 1, .mtime = 1},
	{NAME, .want = FLAGS_STALE, .flags = 4},
	/* with a hash the time does not matter */
	{NAME, .want = VALID, .flags = 3, .hash = RIGHT_HASH},
	{NAME, .want = HASH_STALE, .flags = 3, .hash = WRONG_HASH},
	{NAME, .want = VALID, .flags = 1, .hash = RIGHT_HASH},
	{NAME, .want = VALID, .flags = 1, .hash = WRONG_HASH},
	{NAME, .want = MAGIC_STALE, .flags = 1, .hash = RIGHT_HASH, .magic = 1},
	/* cut short: code of 42 bytes behind a header of 16 */
	{NAME, .want = VALID, .cut = -64},
	{NAME, .want = DAMAGED, .cut = 1},
	{NAME, .want = DAMAGED, .cut = 41},
	{NAME, .want = DAMAGED, .cut = 42},
	{NAME, .want = TRUNCATED, .cut = 43},
	{NAME, .want = TRUNCATED, .cut = 51},
	{NAME, .want = TRUNCATED, .cut = 58},
	{NAME, .want = DAMAGED, .flags = 3, .hash = RIGHT_HASH, .cut = 1},
	{NAME, .want = UNREADABLE, .kind = A_DIRECTORY},
	{NAME, .want = UNREADABLE, .kind = A_FIFO},
	{NAME, .want = UNREADABLE, .kind = A_LOST_LINK},
	/* what no start without -O looks for */
	{"/m.cpython-39.opt-1.pyc", .want = MISSING, .optimised = 1,
	 .level = IMAGE_LEVEL_1},
	{"/m.cpython-39.opt-2.pyc", .want = MISSING, .optimised = 1,
	 .level = IMAGE_LEVEL_2},
	{"/m.cpython-39.opt-x.pyc", .want = MISSING, .optimised = 1,
	 .level = IMAGE_LEVEL_OTHER},
	{"/m.cpython-39.opt-1.pyc", .want = MISSING, .optimised = 1, .one = MTIME_STALE,
	 .level = IMAGE_LEVEL_1, .mtime = 1},
	{"/m.cpython-39.opt-2.pyc", .want = MISSING, .optimised = 1, .one = DAMAGED,
	 .level = IMAGE_LEVEL_2, .cut = 1},
	{"/m.cpython-39.opt-1.pyc", .want = MISSING, .kind = A_DIRECTORY, .optimised = 1,
	 .one = UNREADABLE, .level = IMAGE_LEVEL_1},
	/* what nobody looks for */
	{"/gone.cpython-39.pyc", .want = MISSING, .orphaned = true},
	{"/gone.cpython-39.opt-1.pyc", .want = MISSING, .orphaned = true},
	{"/lost.cpython-39.pyc", .want = MISSING, .orphaned = true, .lost = true},
	{"lost.pyc", .want = MISSING, .sourceless = true, .lost = true},
	{"/m.cpython-39-pytest-7.2.1.pyc", .want = MISSING},
	{"/m.cpython-39.pyc.140001", .want = MISSING},
	{"m.pyc", .want = MISSING},
	{"gone.pyc", .want = MISSING, .sourceless = true},
	/* Python 2 */
	{"m.pyc", .want = VALID, .two = true},
	{"m.pyc", .want = MTIME_STALE, .two = true, .mtime = 1},
	{"m.pyc", .want = VALID, .two = true, .bytes = 1}, /* there is no size in it */
	{"m.pyc", .want = MISSING, .two = true, .magic = 1},
	{"m.pyc", .want = TRUNCATED, .two = true, .cut = 38},
	{"m.pyo", .want = MISSING, .two = true, .optimised = 1,
	 .level = IMAGE_LEVEL_OTHER},
	{"m.pyo", .want = MISSING, .two = true, .optimised = 1, .one = MTIME_STALE,
	 .level = IMAGE_LEVEL_OTHER, .mtime = 1},
#undef NAME
};

/* A code object without code, as marshal has it: 3.8 to 3.10, and 2.7. */
static size_t write_code(uint8_t *at, bool two)
{
	size_t numbers = two ? 16 : 24, used = 0;

	at[used++] = 'c';
	memset(at + used, 0, numbers);
	used += numbers;
	memset(at + used, 'N', 8);
	used += 8;
	memset(at + used, 0, 4); /* the first line */
	used += 4;
	at[used++] = 's';
	memset(at + used, 0, 4);
	return used + 4;
}

static size_t put(uint8_t *at, uint64_t value, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> (8 * i));
	return bytes;
}

/* The bytes of the row's pyc. */
static size_t write_pyc(uint8_t *at, const struct row *row)
{
	uint32_t magic = (uint32_t)((row->two ? MAGIC_2 : MAGIC_39) + row->magic);
	size_t used = put(at, magic, 2);
	uint64_t hash = source_hash_of(SOURCE, strlen(SOURCE), magic);

	used += put(at + used, 0x0a0d, 2);
	if (!row->two)
		used += put(at + used, row->flags, 4);
	if (row->hash) {
		used += put(at + used, row->hash == RIGHT_HASH ? hash : ~hash, 8);
	} else {
		used += put(at + used, (uint64_t)(MTIME + row->mtime), 4);
		if (!row->two)
			used += put(at + used, strlen(SOURCE) + (uint64_t)row->bytes, 4);
	}
	used += write_code(at + used, row->two);
	if (row->cut < 0)
		memset(at + used, 'x', (size_t)-row->cut);
	return (size_t)((int)used - row->cut);
}

static void write_file(const char *path, const void *bytes, size_t count)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	close(fd);
}

static void make_library(const char *library, const struct row *row)
{
	const struct timespec times[2] = {{MTIME, 0}, {MTIME, 0}};
	char *source = xasprintf("%s/m.py", library),
	     *cache = xasprintf("%s/__pycache__", library),
	     *file = *row->name == '/' ? xasprintf("%s%s", cache, row->name)
				       : xasprintf("%s/%s", library, row->name);
	uint8_t bytes[256] = {0};

	assert_int_equal(mkdir(library, 0755), 0);
	assert_int_equal(mkdir(cache, 0755), 0);
	write_file(source, SOURCE, strlen(SOURCE));
	if (row->lost) {
		char *link = xasprintf("%s/lost.py", library);

		assert_int_equal(symlink("nowhere", link), 0);
		free(link);
	}
	assert_int_equal(utimensat(AT_FDCWD, source, times, 0), 0);
	switch (row->kind) {
	case A_FILE:
		write_file(file, bytes, write_pyc(bytes, row));
		break;
	case A_DIRECTORY:
		assert_int_equal(mkdir(file, 0755), 0);
		break;
	case A_FIFO:
		assert_int_equal(mkfifo(file, 0644), 0);
		break;
	case A_LOST_LINK:
		assert_int_equal(symlink("nowhere", file), 0);
		break;
	case NO_FILE:
		break;
	}
	free(file);
	free(cache);
	free(source);
}

static int64_t is_now(const struct row *row, enum verdict verdict)
{
	return row->want == verdict;
}

static void check_counts(const struct image_row *got, const struct row *row)
{
	static const struct {
		enum verdict verdict;
		unsigned reason;
	} reasons[] = {
		{MTIME_STALE, STALE_mtime}, {SIZE_STALE, STALE_size},
		{MAGIC_STALE, STALE_magic}, {FLAGS_STALE, STALE_flags},
		{HASH_STALE, STALE_hash},
	};
	int64_t stale = 0, hashed;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		stale += is_now(row, reasons[i].verdict);
		assert_int_equal(got->pycs.stale_reasons[reasons[i].reason],
				 is_now(row, reasons[i].verdict));
	}
	assert_int_equal(got->pycs.stale_reasons[STALE_truncated],
			 is_now(row, TRUNCATED) + is_now(row, DAMAGED));
	stale += is_now(row, TRUNCATED) + is_now(row, DAMAGED);
	assert_int_equal(got->sources, 1);
	assert_int_equal(got->pycs.valid, is_now(row, VALID));
	assert_int_equal(got->missing, is_now(row, MISSING));
	assert_int_equal(got->pycs.stale, stale);
	assert_int_equal(got->pycs.damaged, is_now(row, DAMAGED));
	assert_int_equal(got->pycs.unreadable, is_now(row, UNREADABLE));
	hashed = row->hash && !row->magic;
	assert_int_equal(got->pycs.hash_based, hashed);
	assert_int_equal(got->compile_ns > 0, row->want != VALID);
}

static void check_optimised(const struct image_row *got, const struct row *row)
{
	const struct image_optimised *level = &got->pycs.optimised[row->level];

	assert_int_equal(image_optimised_pycs(got), row->optimised);
	if (!row->optimised)
		return;
	assert_int_equal(level->valid, row->one == VALID);
	assert_int_equal(level->unreadable, row->one == UNREADABLE);
	assert_int_equal(level->stale, row->one != VALID && row->one != UNREADABLE);
}

static void image_pyc_is_judged_as_its_interpreter_would(void **state)
{
	const struct image_prices none = {0};
	char place[] = "/tmp/pycshim-test.XXXXXX", *library, *command;
	const struct row *row;
	struct image_cost cost;

	(void)state;
	assert_non_null(mkdtemp(place));
	for (row = rows; row < rows + ARRAY_SIZE(rows); row++) {
		struct image image = {.root = {.fd = AT_FDCWD}};

		print_message("row %d: %s\n", (int)(row - rows), row->name);
		library = xasprintf("%s/%d", place, (int)(row - rows));
		assert_int_equal(mkdir(library, 0755), 0);
		free(library);
		library = xasprintf("%s/%d/python%s", place, (int)(row - rows),
				    row->two ? "2.7" : "3.9");
		make_library(library, row);
		assert_int_equal(image_add(&image, library), 0);
		image_cost_find(&cost, &image, &none);
		assert_int_equal(cost.interpreters, 1);
		check_counts(&cost.interpreter[0], row);
		check_optimised(&cost.interpreter[0], row);
		assert_int_equal(image.orphaned, row->orphaned);
		assert_int_equal(image.sourceless, row->sourceless);
		assert_int_equal(image.errors, 0);
		image_cost_free(&cost);
		image_free(&image);
		free(library);
	}
	command = xasprintf("rm -r %s", place);
	assert_int_equal(system(command), 0);
	free(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_pyc_is_judged_as_its_interpreter_would),
	};

	return RUN(tests);
}
