/* SPDX-License-Identifier: MIT */
/*
 * tools/read/reader.c: every valid record is found once, whatever bytes surround it.
 */
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/reader.h"
#include "records_modules.h"

static const char command[] = "python3\0-m\0shop";

/* Two processes and three events. */
static struct records sample(void)
{
	struct records_module module = records_module("/app", "shop");
	struct records records;

	records_begin(&records);
	records_process(&records, 7, 100, command, sizeof(command));
	records_hit(&records, &module);
	records_process(&records, 8, 101, command, sizeof(command));
	records_event(&records, RECORD_rename, "/app/a", "/app/b", 0);
	records_compile(&records, "/app/shop.py", 5000, RECORD_EXACT);
	return records;
}

static unsigned count(struct reader *reader)
{
	unsigned found = 0;

	while (reader_next(reader))
		found++;
	return found;
}

/* Read bytes from memory, and count the records and the damaged bytes. */
static unsigned count_bytes(const void *bytes, size_t size, uint64_t *damaged)
{
	struct reader reader;
	unsigned found;

	reader_open_memory(&reader, bytes, size);
	found = count(&reader);
	*damaged = reader.damaged_bytes;
	reader_close(&reader);
	return found;
}

static void reader_whole_recording_is_read(void **state)
{
	struct records records = sample();
	uint64_t damaged;

	(void)state;
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 5);
	assert_int_equal(damaged, 0);
	records_free(&records);
}

static void reader_nothing_is_no_record(void **state)
{
	uint64_t damaged;

	(void)state;
	assert_int_equal(count_bytes("", 0, &damaged), 0);
	assert_int_equal(damaged, 0);
}

static void reader_fields_are_as_written(void **state)
{
	struct records records = sample();
	const struct record *record;
	struct reader_process process;
	struct reader reader;

	(void)state;
	reader_open_memory(&reader, records.bytes, records.size);
	record = reader_next(&reader);
	assert_int_equal(record->type, RECORD_PROCESS);
	process = reader_process((const struct record_process *)record);
	assert_string_equal(process.executable, "/usr/bin/python3.11");
	assert_int_equal(process.command_bytes, sizeof(command));
	assert_memory_equal(process.command, command, sizeof(command));
	assert_string_equal(process.root, "");
	assert_true(process.has_totals);
	record = reader_next(&reader);
	assert_string_equal(reader_path(record), "/app/__pycache__/shop.cpython-311.pyc");
	assert_null(reader_path_to(record));
	assert_non_null(reader_next(&reader));
	record = reader_next(&reader);
	assert_string_equal(reader_path(record), "/app/a");
	assert_string_equal(reader_path_to(record), "/app/b");
	reader_close(&reader);
	records_free(&records);
}

/* Truncated anywhere: the complete records are read, and the rest counts as damage. */
static void reader_cut_anywhere_keeps_what_is_whole(void **state)
{
	struct records records = sample();
	size_t starts[8], size, at, whole;
	unsigned total = 0;
	uint64_t damaged;

	(void)state;
	for (at = 0; at < records.size; at += size) {
		starts[total++] = at;
		size = ((const struct record *)(const void *)(records.bytes + at))->size;
	}
	starts[total] = records.size;
	for (size = 0; size <= records.size; size++) {
		for (whole = 0; whole < total && starts[whole + 1] <= size;)
			whole++;
		assert_int_equal(count_bytes(records.bytes, size, &damaged), whole);
		assert_int_equal(damaged, size - starts[whole]);
	}
	records_free(&records);
}

/* A torn record in the middle, of any length, damages no other record. */
static void reader_torn_record_costs_itself(void **state)
{
	struct records records = sample(), torn;
	uint64_t damaged;
	size_t cut;

	(void)state;
	for (cut = 1; cut < 100; cut++) {
		records_begin(&torn);
		torn.bytes = malloc(records.size * 2);
		assert_non_null(torn.bytes);
		memcpy(torn.bytes, records.bytes, cut);
		memcpy(torn.bytes + cut, records.bytes, records.size);
		assert_int_equal(count_bytes(torn.bytes, records.size + cut, &damaged),
				 5);
		assert_int_equal(damaged, cut);
		records_free(&torn);
	}
	records_free(&records);
}

/* Change any byte: one record is lost at most, and every other is found. */
static void reader_flipped_byte_costs_one_record(void **state)
{
	struct records records = sample();
	uint64_t damaged;
	unsigned found;
	size_t at;

	(void)state;
	for (at = 0; at < records.size; at++) {
		records.bytes[at] ^= 0x5a;
		found = count_bytes(records.bytes, records.size, &damaged);
		assert_in_range(found, 4, 5);
		assert_int_equal(damaged != 0, found == 4);
		records.bytes[at] ^= 0x5a;
	}
	records_free(&records);
}

static void reader_random_bytes_are_damage(void **state)
{
	unsigned char bytes[4096];
	uint64_t damaged, seed = 1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bytes); i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (unsigned char)(seed >> 56);
	}
	assert_int_equal(count_bytes(bytes, sizeof(bytes), &damaged), 0);
	assert_int_equal(damaged, sizeof(bytes));
}

static void reader_other_version_is_named(void **state)
{
	struct records records = sample();
	struct reader reader;
	size_t at, size;

	(void)state;
	for (at = 0; at < records.size; at += size) {
		size = ((const struct record *)(const void *)(records.bytes + at))->size;
		records.bytes[at + 3] = 9;
	}
	reader_open_memory(&reader, records.bytes, records.size);
	assert_int_equal(count(&reader), 0);
	assert_int_equal(reader.other_version, 9);
	assert_int_equal(reader.records, 0);
	reader_close(&reader);
	records_free(&records);
}

static void reader_unknown_type_is_skipped_without_damage(void **state)
{
	struct records records = sample();
	uint64_t damaged;

	(void)state;
	records_event(&records, (enum record_type)200, "/x", NULL, 0);
	records_event(&records, RECORD_unlink, "/x.pyc", NULL, 0);
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 6);
	assert_int_equal(damaged, 0);
	records_free(&records);
}

/* Correct the checksum of the last record after a change. */
static void sign(struct records *records)
{
	struct record *record = (struct record *)(void *)(records->bytes + records->last);

	record->check = record_check(record);
}

static void reader_lying_strings_are_damage(void **state)
{
	struct records records;
	uint64_t damaged;
	struct record_process *process;

	(void)state;
	records_begin(&records);
	records_process(&records, 1, 1, command, sizeof(command));
	process = (struct record_process *)(void *)records.bytes;
	process->command_bytes = 0xffff;
	sign(&records);
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 0);
	assert_int_equal(damaged, records.size);
	process->command_bytes = sizeof(command) - 1; /* does not end in its NUL */
	sign(&records);
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 0);
	records_free(&records);

	records_begin(&records);
	records_event(&records, RECORD_unlink, "/1234567", NULL, 0);
	memset(records.bytes + offsetof(struct record_event, path), 'x',
	       records.size - offsetof(struct record_event, path));
	sign(&records);
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 0);
	records_free(&records);
}

static void reader_rename_without_new_path_is_damage(void **state)
{
	struct records records;
	uint64_t damaged;

	(void)state;
	records_begin(&records);
	records_event(&records, RECORD_rename, "/234567", NULL, 0); /* 8 with its NUL */
	assert_int_equal(count_bytes(records.bytes, records.size, &damaged), 0);
	records_free(&records);
}

static void reader_totals_being_rewritten_are_not_taken(void **state)
{
	struct records records;
	struct reader reader;
	const struct record *record;

	(void)state;
	records_begin(&records);
	records_process(&records, 1, 1, command, sizeof(command));
	records.bytes[records.size - 1] ^= 1;
	reader_open_memory(&reader, records.bytes, records.size);
	record = reader_next(&reader);
	assert_non_null(record);
	assert_false(reader_process((const struct record_process *)record).has_totals);
	reader_close(&reader);
	records_free(&records);
}

static void reader_missing_file_is_an_error(void **state)
{
	struct reader reader;

	(void)state;
	assert_int_equal(reader_open(&reader, "/nonexistent/recording"), -ENOENT);
	assert_int_equal(reader_open(&reader, "/"), -EISDIR);
	assert_int_equal(reader_open(&reader, "/dev/zero"), -ENOTSUP);
}

/* A file, and a descriptor that writes to it. */
static int make_file(char path[32])
{
	int fd;

	strcpy(path, "/tmp/pycshim-test-XXXXXX");
	fd = mkostemp(path, O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void put(int fd, const void *bytes, size_t size)
{
	assert_int_equal(write(fd, bytes, size), size);
}

static void reader_following_waits_for_an_unfinished_record(void **state)
{
	struct records records = sample();
	struct reader reader;
	char path[32];
	int fd = make_file(path);

	(void)state;
	put(fd, records.bytes, records.size - 10);
	assert_int_equal(reader_open(&reader, path), 0);
	reader.follow = true;
	assert_int_equal(count(&reader), 4);
	assert_false(reader_refresh(&reader));
	put(fd, records.bytes + records.size - 10, 10);
	assert_true(reader_refresh(&reader));
	assert_int_equal(count(&reader), 1);
	assert_int_equal(reader.damaged_bytes, 0);
	reader_close(&reader);
	records_free(&records);
	close(fd);
	unlink(path);
}

/* Follow a file with the sample, after all of it has been read. */
static int follow(struct reader *reader, const struct records *records, char path[32])
{
	int fd = make_file(path);

	put(fd, records->bytes, records->size);
	assert_int_equal(reader_open(reader, path), 0);
	reader->follow = true;
	assert_int_equal(count(reader), 5);
	return fd;
}

static void reader_following_survives_truncation(void **state)
{
	struct records records = sample();
	struct reader reader;
	char path[32];
	int fd = follow(&reader, &records, path);

	(void)state;
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_true(reader_refresh(&reader));
	assert_int_equal(count(&reader), 0);
	put(fd, records.bytes, records.size);
	assert_true(reader_refresh(&reader));
	assert_int_equal(count(&reader), 5);
	reader_close(&reader);
	records_free(&records);
	close(fd);
	unlink(path);
}

/* The file is truncated and filled by another run between two reads. */
static void reader_following_sees_a_new_beginning_of_the_same_length(void **state)
{
	struct records records = sample();
	struct record *first;
	struct reader reader;
	char path[32];
	int fd = follow(&reader, &records, path);

	(void)state;
	assert_false(reader_refresh(&reader));
	assert_int_equal(ftruncate(fd, 0), 0);
	first = (struct record *)(void *)records.bytes;
	first->time_ns++;
	first->check = record_check(first);
	put(fd, records.bytes, records.size);
	assert_true(reader_refresh(&reader));
	assert_int_equal(count(&reader), 5);
	assert_false(reader_refresh(&reader));
	reader_close(&reader);
	records_free(&records);
	close(fd);
	unlink(path);
}

static void reader_following_survives_replacement(void **state)
{
	struct records records = sample();
	struct reader reader;
	char path[32];
	int fd = make_file(path);

	(void)state;
	put(fd, records.bytes, records.size);
	assert_int_equal(reader_open(&reader, path), 0);
	reader.follow = true;
	assert_int_equal(count(&reader), 5);
	close(fd);
	assert_int_equal(unlink(path), 0);
	assert_false(reader_refresh(&reader));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	put(fd, records.bytes, records.size);
	assert_true(reader_refresh(&reader));
	assert_int_equal(count(&reader), 5);
	reader_close(&reader);
	records_free(&records);
	close(fd);
	unlink(path);
}

/* A file larger than the buffer: records cross the buffer's end. */
static void reader_large_file_is_read_whole(void **state)
{
	struct records_module module = records_module("/app", "shop");
	struct records records;
	struct reader reader;
	char path[32];
	int fd = make_file(path), i;

	(void)state;
	records_begin(&records);
	for (i = 0; i < 30000; i++)
		records_hit(&records, &module);
	put(fd, records.bytes, records.size);
	assert_int_equal(reader_open(&reader, path), 0);
	assert_int_equal(count(&reader), 30000);
	assert_int_equal(reader.damaged_bytes, 0);
	reader_close(&reader);
	/* and at no multiple of 8 */
	assert_int_equal(ftruncate(fd, 0), 0);
	put(fd, "PYC", 3);
	put(fd, records.bytes, records.size);
	assert_int_equal(reader_open(&reader, path), 0);
	assert_int_equal(count(&reader), 30000);
	assert_int_equal(reader.damaged_bytes, 3);
	reader_close(&reader);
	records_free(&records);
	close(fd);
	unlink(path);
}

/* Headers of the largest records, 8 bytes apart, all with wrong checksums. */
static void reader_of_many_damaged_heads_checks_few(void **state)
{
	static const struct {
		uint32_t magic;
		uint16_t size;
		uint8_t type, flags;
	} head = {RECORD_MAGIC, RECORD_SIZE_MAX, RECORD_lookup, 0};
	size_t bytes = (size_t)8 << 20, i;
	unsigned char *data = malloc(bytes);
	struct reader reader;

	(void)state;
	assert_non_null(data);
	for (i = 0; i < bytes; i += sizeof(head))
		memcpy(data + i, &head, sizeof(head));
	reader_open_memory(&reader, data, bytes);
	assert_null(reader_next(&reader));
	assert_int_equal(reader.damaged_bytes, bytes);
	assert_true(reader.checked_bytes < 100 * bytes);
	reader_close(&reader);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_of_many_damaged_heads_checks_few),
		cmocka_unit_test(reader_whole_recording_is_read),
		cmocka_unit_test(reader_nothing_is_no_record),
		cmocka_unit_test(reader_fields_are_as_written),
		cmocka_unit_test(reader_cut_anywhere_keeps_what_is_whole),
		cmocka_unit_test(reader_torn_record_costs_itself),
		cmocka_unit_test(reader_flipped_byte_costs_one_record),
		cmocka_unit_test(reader_random_bytes_are_damage),
		cmocka_unit_test(reader_other_version_is_named),
		cmocka_unit_test(reader_unknown_type_is_skipped_without_damage),
		cmocka_unit_test(reader_lying_strings_are_damage),
		cmocka_unit_test(reader_rename_without_new_path_is_damage),
		cmocka_unit_test(reader_totals_being_rewritten_are_not_taken),
		cmocka_unit_test(reader_missing_file_is_an_error),
		cmocka_unit_test(reader_following_waits_for_an_unfinished_record),
		cmocka_unit_test(reader_following_survives_truncation),
		cmocka_unit_test(
			reader_following_sees_a_new_beginning_of_the_same_length),
		cmocka_unit_test(reader_following_survives_replacement),
		cmocka_unit_test(reader_large_file_is_read_whole),
	};

	return RUN(tests);
}
