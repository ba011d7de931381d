/* SPDX-License-Identifier: MIT */
/*
 * The bound of the store: what was used longest ago is removed first, and only entries and
 * old leftovers are removed.
 */
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "host/config.h"
#include "host/sys.h"
#include "host/thread.h"
#include "store.h"
#include "store/bound.h"

#define ENTRY_BYTES 1000

static char path[32];
static int store;

static int make_store(void **state)
{
	(void)state;
	strcpy(path, "/tmp/pycshim-test-bound.XXXXXX");
	assert_non_null(mkdtemp(path));
	store = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(store >= 0);
	assert_true(thread_take(sys_getpid(), sys_gettid()));
	config.store_max_bytes = 20 * ENTRY_BYTES;
	return 0;
}

static int remove_store(void **state)
{
	char command[64];

	(void)state;
	close(store);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	return system(command); /* NOLINT: a name of our own */
}

/* Entry number `number` of a part, with its name; used at this second. */
static void name_entry(char *name, unsigned part, unsigned number)
{
	struct store_key key = {.magic = number, .tag = "cpython-312"};

	key.source.hash[0] = (uint8_t)part;
	store_name(name, &key);
}

static void make_file(const char *name, int64_t seconds)
{
	const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
	char part[3] = {name[0], name[1], '\0'};
	int fd;

	mkdirat(store, part, 0755);
	fd = openat(store, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, ENTRY_BYTES), 0);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void put(unsigned part, unsigned number, int64_t seconds)
{
	char name[STORE_NAME_BYTES];

	name_entry(name, part, number);
	make_file(name, seconds);
	bound_grown(store, part, ENTRY_BYTES);
}

static bool is_there(const char *name)
{
	return faccessat(store, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool has(unsigned part, unsigned number)
{
	char name[STORE_NAME_BYTES];

	name_entry(name, part, number);
	return is_there(name);
}

static struct store_sizes read_sizes(void)
{
	struct store_sizes sizes = {{0}};
	int fd = openat(store, STORE_SIZES, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, &sizes, sizeof(sizes)) >= 0);
	close(fd);
	return sizes;
}

static void store_below_the_limit_keeps_all_and_counts(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		put(i % 3, i, 1000 + i);
	for (i = 0; i < 20; i++)
		assert_true(has(i % 3, i));
	assert_int_equal(read_sizes().bytes[0], 7 * ENTRY_BYTES);
	assert_int_equal(read_sizes().bytes[2], 6 * ENTRY_BYTES);
	assert_int_equal(read_sizes().bytes[3], 0);
}

/* The order of uses is not the order of names, of parts or of making. */
static void store_above_the_limit_loses_what_was_used_longest_ago(void **state)
{
	unsigned i, used[20];

	(void)state;
	for (i = 0; i < 20; i++) {
		used[i] = 1000 + (i * 7) % 20;
		put((i * 89) % STORE_PARTS, i, used[i]);
	}
	put(5, 99, 2000);
	/* a twentieth below the limit: two of 21 go */
	for (i = 0; i < 20; i++)
		assert_int_equal(has((i * 89) % STORE_PARTS, i), used[i] >= 1002);
	assert_true(has(5, 99));
}

static void store_that_grows_on_stays_within_the_limit(void **state)
{
	struct store_sizes sizes;
	uint64_t sum = 0;
	unsigned i, there = 0;

	(void)state;
	for (i = 0; i < 300; i++)
		put((i * 37) % STORE_PARTS, i, 1000 + i);
	for (i = 0; i < 300; i++)
		there += has((i * 37) % STORE_PARTS, i);
	assert_in_range(there, 19, 20);
	assert_true(has((299 * 37) % STORE_PARTS, 299));
	sizes = read_sizes();
	for (i = 0; i < STORE_PARTS; i++)
		sum += sizes.bytes[i];
	assert_int_equal(sum, there * ENTRY_BYTES);
}

/* Others may have removed entries, or the counters may be wrong: they are counted anew. */
static void sizes_that_lie_are_corrected(void **state)
{
	struct store_sizes sizes;
	unsigned i;
	int fd;

	(void)state;
	put(1, 1, 1000);
	for (i = 0; i < STORE_PARTS; i++)
		sizes.bytes[i] = (uint64_t)1 << 40;
	fd = openat(store, STORE_SIZES, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, &sizes, sizeof(sizes)), sizeof(sizes));
	close(fd);
	put(2, 2, 2000);
	assert_true(has(2, 2));
	sizes = read_sizes();
	assert_int_equal(sizes.bytes[2], ENTRY_BYTES);
	assert_int_equal(sizes.bytes[77], 0);
	put(3, 3, 3000);
	assert_true(has(2, 2) && has(3, 3));
}

static void sizes_that_are_no_trusted_file_are_left_alone(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(symlinkat("/etc/passwd", store, STORE_SIZES), 0);
	put(1, 1, 1000);
	assert_int_equal(unlinkat(store, STORE_SIZES, 0), 0);
	assert_int_equal(mkfifoat(store, STORE_SIZES, 0600), 0);
	put(1, 2, 1000);
	assert_int_equal(unlinkat(store, STORE_SIZES, 0), 0);
	make_file(STORE_SIZES, 1000);
	assert_int_equal(fchmodat(store, STORE_SIZES, 0666, 0), 0);
	put(1, 3, 1000);
	assert_int_equal(fstatat(store, STORE_SIZES, &status, 0), 0);
	assert_int_equal(status.st_mtim.tv_sec, 1000); /* not written */
	assert_true(has(1, 1) && has(1, 2) && has(1, 3));
}

#define SOURCE "07000000000000000000000000000000000000000000000000000000000000aa"

/* What a kill has left goes after an hour; what is being written now stays. */
static void leftovers_go_when_they_are_old(void **state)
{
	time_t now = time(NULL);
	unsigned i;

	(void)state;
	make_file("07/." SOURCE ".cpython-312.1.1-0", now - 2 * 3600);
	make_file("07/." SOURCE ".cpython-312.1.2-0", now - 60);
	for (i = 0; i < 30; i++)
		put(7, i, now - 100 + (int64_t)i);
	assert_false(is_there("07/." SOURCE ".cpython-312.1.1-0"));
	assert_true(is_there("07/." SOURCE ".cpython-312.1.2-0"));
}

static void things_that_are_no_files_are_left_alone(void **state)
{
	static const char *const names[] = {"07/link", "07/directory", "07/fifo"};
	const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		put(7, i, 1000);
	assert_int_equal(symlinkat("/etc/passwd", store, "07/link"), 0);
	assert_int_equal(mkdirat(store, "07/directory", 0700), 0);
	assert_int_equal(mkfifoat(store, "07/fifo", 0600), 0);
	assert_int_equal(symlinkat("07", store, "08"), 0);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(
			utimensat(store, names[i], long_ago, AT_SYMLINK_NOFOLLOW), 0);
	for (i = 3; i < 60; i++)
		put(7, i, 1000 + i);
	assert_true(is_there("07/link") && is_there("07/directory") &&
		    is_there("07/fifo") && is_there("08"));
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	assert_true(has(7, 59));
	assert_int_equal(read_sizes().bytes[8], 0);
}

/*
 * In a store of very many entries only a sample is compared.  Another process compares
 * another sample: no part is always the first to be emptied.
 */
static void sample_begins_where_the_store_has_grown(void **state)
{
	char name[STORE_NAME_BYTES];
	struct store_sizes sizes = {{0}};
	unsigned part, i, first = 0, last = 0;
	int fd;

	(void)state;
	for (part = 0; part < 4; part++)
		for (i = 0; i < 1500; i++) {
			name_entry(name, part * 60, i);
			make_file(name, 1000 + part);
		}
	for (part = 0; part < 4; part++)
		sizes.bytes[part * 60] = 1500 * ENTRY_BYTES;
	fd = openat(store, STORE_SIZES, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_int_equal(write(fd, &sizes, sizeof(sizes)), sizeof(sizes));
	close(fd);
	config.store_max_bytes = 6000 * ENTRY_BYTES;
	put(180, 5000, 3000);
	for (i = 0; i < 1500; i++) {
		first += !has(0, i);
		last += !has(180, i);
	}
	assert_int_equal(first, 0);
	assert_in_range(last, 1, 1500);
	assert_true(has(180, 5000));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_store, remove_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(store_below_the_limit_keeps_all_and_counts),
		TEST(store_above_the_limit_loses_what_was_used_longest_ago),
		TEST(store_that_grows_on_stays_within_the_limit),
		TEST(sizes_that_lie_are_corrected),
		TEST(sizes_that_are_no_trusted_file_are_left_alone),
		TEST(leftovers_go_when_they_are_old),
		TEST(things_that_are_no_files_are_left_alone),
		TEST(sample_begins_where_the_store_has_grown),
	};

	return RUN(tests);
}
