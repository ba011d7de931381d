/* SPDX-License-Identifier: MIT */
/*
 * The places of records in the file: SIGKILL can end a write at the end of a page, so
 * that no record may cross a page.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "read/reader.h"
#include "record/append.h"

#define RECORDS 4000
#define UNBOUND ((uint64_t)1 << 40)

static char path[] = "/tmp/pycshim-test.XXXXXX";
static int fd;

static int open_recording(void **state)
{
	(void)state;
	close(mkstemp(path));
	fd = open(path, O_WRONLY | O_APPEND);
	return fd < 0;
}

static int remove_recording(void **state)
{
	(void)state;
	close(fd);
	return unlink(path);
}

static int64_t recording_bytes(void)
{
	return lseek(fd, 0, SEEK_END);
}

/* Append an event of `bytes` to a recording of `size` bytes; returns 0 or -errno. */
static int append_at(int64_t size, size_t bytes, uint64_t limit)
{
	static union {
		struct record_event event;
		char bytes[RECORD_SIZE_MAX];
	} buffer;

	memset(&buffer, 0, sizeof(buffer));
	buffer.event.record.magic = RECORD_MAGIC;
	buffer.event.record.size = (uint16_t)bytes;
	buffer.event.record.type = RECORD_unlink;
	memset(buffer.event.path, 'x', bytes - sizeof(struct record_event) - 1);
	buffer.event.record.check = record_check(&buffer.event.record);
	return append_records(&fd, &buffer, bytes, size, limit);
}

static int append(size_t bytes, uint64_t limit)
{
	return append_at(recording_bytes(), bytes, limit);
}

static bool crosses_page(uint64_t end, size_t bytes)
{
	return (end - bytes) / RECORD_PAGE != (end - 1) / RECORD_PAGE;
}

/* Records of all sizes in a range: all are read, none is damaged, none crosses a page. */
static void expect_whole(size_t least, size_t most)
{
	const struct record *record;
	struct reader reader;
	unsigned i, read = 0;

	assert_int_equal(ftruncate(fd, 0), 0);
	for (i = 0; i < RECORDS; i++)
		assert_int_equal(
			append(least + (size_t)rand() % ((most - least) / 8 + 1) * 8,
			       UNBOUND),
			0);
	assert_int_equal(reader_open(&reader, path), 0);
	for (; (record = reader_next(&reader)); read++)
		assert_false(crosses_page(reader.offset, record->size));
	assert_int_equal(read, RECORDS);
	assert_int_equal(reader.damaged_bytes, 0);
	reader_close(&reader);
}

static void no_usual_record_crosses_a_page(void **state)
{
	(void)state;
	expect_whole(64, 240);
}

static void no_long_record_crosses_a_page(void **state)
{
	(void)state;
	expect_whole(64, RECORD_PAGE - sizeof(struct record));
}

static void filler_takes_little(void **state)
{
	int64_t bytes;
	unsigned i;

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	for (i = 0; i < RECORDS; i++)
		assert_int_equal(append(144, UNBOUND), 0);
	bytes = recording_bytes();
	assert_true(bytes >= RECORDS * 144 && bytes < RECORDS * 148);
}

/* Read the whole recording. */
static void expect_read(unsigned records, uint64_t damaged_bytes)
{
	struct reader reader;
	unsigned read;

	assert_int_equal(reader_open(&reader, path), 0);
	for (read = 0; reader_next(&reader); read++)
		;
	assert_int_equal(read, records);
	assert_int_equal(reader.damaged_bytes, damaged_bytes);
	reader_close(&reader);
}

static void record_larger_than_a_page_is_whole(void **state)
{
	unsigned i;

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(append(i % 2 ? 4064 : 4104 + i * 8, UNBOUND), 0);
	expect_read(100, 0);
}

/* After a torn record the recording's size is no multiple of 8. */
static void what_follows_a_torn_record_is_read(void **state)
{
	unsigned i;

	(void)state;
	assert_int_equal(ftruncate(fd, 4001), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(append(144, UNBOUND), 0);
	expect_read(100, 4001);
}

/* With a filler the recording would exceed its limit. */
static void bound_is_kept_with_a_filler(void **state)
{
	(void)state;
	assert_int_equal(ftruncate(fd, 4000), 0);
	assert_int_equal(append(144, 4096 + 136), -EFBIG);
	assert_int_equal(recording_bytes(), 4000);
	assert_int_equal(append(144, 4096 + 144), 0);
	assert_int_equal(recording_bytes(), 4096 + 144);
}

/* --- limits of the process ---------------------------------------------------------- */

#define SPARE 4096 /* a quarter of the limit, reserved for other processes' appends */

/* Runs in a process with a limit on file sizes: nothing may raise SIGXFSZ. */
static int append_below_a_limit(void)
{
	struct rlimit limit = {4 * SPARE, 4 * SPARE};
	uint64_t before = append_size_limit();

	if (before != RLIM_INFINITY)
		return 1;
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 2;
	append_limit_changed();
	if (append_size_limit() != 4 * SPARE)
		return 3;
	if (ftruncate(fd, 3 * SPARE - 144) < 0 || append(144, UNBOUND) != 0)
		return 4;
	if (append(144, UNBOUND) != -EFBIG || recording_bytes() != 3 * SPARE)
		return 5;
	/* others have appended since the size was read: there is room for a part only */
	if (ftruncate(fd, 4 * SPARE - 8) < 0 ||
	    append_at(2 * SPARE, 144, UNBOUND) != -ENOSPC)
		return 6;
	return append_at(2 * SPARE, 144, UNBOUND) == -EFBIG ? 0 : 7;
}

static void limit_of_the_process_ends_no_program(void **state)
{
	int status, pid;

	(void)state;
	pid = fork();
	if (pid == 0)
		_exit(append_below_a_limit());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_usual_record_crosses_a_page),
		cmocka_unit_test(no_long_record_crosses_a_page),
		cmocka_unit_test(filler_takes_little),
		cmocka_unit_test(record_larger_than_a_page_is_whole),
		cmocka_unit_test(what_follows_a_torn_record_is_read),
		cmocka_unit_test(bound_is_kept_with_a_filler),
		cmocka_unit_test(limit_of_the_process_ends_no_program),
	};

	return cmocka_run_group_tests(tests, open_recording, remove_recording);
}
