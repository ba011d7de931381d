/*
 * Where records are put: SIGKILL ends a write at the end of a page, and must tear none.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "append.h"
#include "reader.h"

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

/* An event of so many bytes; 0, or why not. */
static int append(size_t bytes, uint64_t limit)
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
	return append_record(&fd, &buffer.event.record, recording_bytes(), limit);
}

static bool crosses_page(uint64_t end, size_t bytes)
{
	return (end - bytes) / RECORD_PAGE != (end - 1) / RECORD_PAGE;
}

/* From one size to another: all are read, none is damaged, and none crosses a page. */
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

/* All that is in the recording. */
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

/* A torn record before it: no size is a multiple of 8 then. */
static void what_follows_a_torn_record_is_read(void **state)
{
	unsigned i;

	(void)state;
	assert_int_equal(ftruncate(fd, 4001), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(append(144, UNBOUND), 0);
	expect_read(100, 4001);
}

/* With its filler it would be larger. */
static void bound_is_kept_with_a_filler(void **state)
{
	(void)state;
	assert_int_equal(ftruncate(fd, 4000), 0);
	assert_int_equal(append(144, 4096 + 136), -EFBIG);
	assert_int_equal(recording_bytes(), 4000);
	assert_int_equal(append(144, 4096 + 144), 0);
	assert_int_equal(recording_bytes(), 4096 + 144);
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
	};

	return cmocka_run_group_tests(tests, open_recording, remove_recording);
}
