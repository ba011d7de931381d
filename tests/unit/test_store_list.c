/* SPDX-License-Identifier: MIT */
/*
 * tools/read/store_list.c and what include/store.h says about names: which names in a store
 * are entries, and what is counted.
 */
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attributes.h"
#include "read/store_list.h"

#define HASH "ab00000000000000000000000000000000000000000000000000000000000000"

static void name_of_any_entry_is_read_back(void **state)
{
	static const char *const tags[] = {
		"cpython-36",	"cpython-312", "cpython-312.opt-1",
		"cpython-313t", "pypy39",      "pypy310-pp73.opt-2"};
	static const uint32_t magics[] = {0, 7, 3531, UINT32_MAX};
	struct store_key key, read;
	char name[STORE_NAME_BYTES];
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		for (j = 0; j < ARRAY_SIZE(magics); j++) {
			memset(&key, 0, sizeof(key));
			content_of(&key.source, tags[i], strlen(tags[i]));
			key.magic = magics[j];
			strcpy(key.tag, tags[i]);
			store_name(name, &key);
			name[2] = '\0'; /* in place of the slash */
			assert_true(store_name_read(&read, name, name + 3));
			assert_memory_equal(&read, &key, sizeof(key));
		}
}

static void name_of_no_entry_is_refused(void **state)
{
	static const char *const names[] = {
		"",
		".",
		HASH,
		HASH ".",
		HASH ".cpython-312",
		HASH ".cpython-312.",
		HASH "..3531",
		HASH ".cpython-312.03531",
		HASH ".cpython-312.+3531",
		HASH ".cpython-312. 3531",
		HASH ".cpython-312.0x1",
		HASH ".cpython-312.4294967296",
		HASH ".cpython-312.99999999999999999999999",
		HASH ".cpython-312.3531.tmp",
		HASH ".cpython-312-pytest-8.3531",
		HASH ".perl-5.3531",
		HASH "0.cpython-312.3531",
		"AB00000000000000000000000000000000000000000000000000000000000000"
		".cpython-312.3531",
		"ag00000000000000000000000000000000000000000000000000000000000000"
		".cpython-312.3531",
		"cd00000000000000000000000000000000000000000000000000000000000000"
		".cpython-312.3531", /* in another directory */
		HASH ".cpython-1111111111111111111111111111111111111111111111.3531",
		"." HASH ".cpython-312.3531.1",
	};
	struct store_key key;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (store_name_read(&key, "ab", names[i]))
			fail_msg("taken: %s", names[i]);
	assert_true(store_name_read(&key, "ab", HASH ".cpython-312.3531"));
}

static void name_of_an_unfinished_entry_is_told_from_others(void **state)
{
	(void)state;
	assert_true(store_name_is_leftover("ab", "." HASH ".cpython-312.3531.1234"));
	assert_true(store_name_is_leftover("ab", "." HASH ".cpython-312.3531.12-ab"));
	assert_false(store_name_is_leftover("ab", "." HASH ".cpython-312.3531"));
	assert_false(store_name_is_leftover("ab", "." HASH ".cpython-312.3531."));
	assert_false(store_name_is_leftover("ab", "." HASH ".cpython-312.3531.A/"));
	assert_false(store_name_is_leftover("cd", "." HASH ".cpython-312.3531.1"));
	assert_false(store_name_is_leftover("ab", HASH ".cpython-312.3531.1"));
	assert_false(store_name_is_leftover("ab", ".nfs0000001"));
	assert_false(store_name_is_leftover("ab", "."));
	assert_false(store_name_is_leftover("ab", ".."));
}

static void make_file(int directory, const char *name, size_t bytes)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	close(fd);
}

/* A store with one entry, one unfinished entry, and all kinds of other things. */
static void make_store(char *path)
{
	int fd;

	assert_non_null(mkdtemp(path));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "ab", 0700), 0);
	make_file(fd, STORE_SIZES, 2048);
	make_file(fd, "ab/" HASH ".cpython-312.3531", 1000);
	make_file(fd, "ab/." HASH ".cpython-312.3531.7", 10);
	make_file(fd, "ab/readme", 5);
	assert_int_equal(symlinkat("/etc/passwd", fd, "ab/" HASH ".cpython-311.3495"), 0);
	assert_int_equal(mkdirat(fd, "ab/" HASH ".cpython-310.3439", 0700), 0);
	assert_int_equal(mkfifoat(fd, "ab/" HASH ".cpython-39.3425", 0600), 0);
	assert_int_equal(symlinkat("ab", fd, "cd"), 0);
	make_file(fd, "ef", 0);
	close(fd);
}

static void remove_store(const char *path)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
}

static void store_of_all_kinds_of_names_is_counted(void **state)
{
	char path[] = "/tmp/pycshim-test-store.XXXXXX";
	struct store_list list;

	(void)state;
	make_store(path);
	assert_int_equal(store_list_open(&list, path), 0);
	store_list_read(&list);
	assert_int_equal(list.error, 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.bytes, 1000);
	assert_int_equal(list.item[0].key.magic, 3531);
	assert_string_equal(list.item[0].key.tag, "cpython-312");
	assert_int_equal(list.leftover_count, 1);
	assert_int_equal(list.leftover_bytes, 10);
	assert_int_equal(list.others, 4 + 2); /* in ab; cd and ef */
	assert_false(list.untrusted);
	store_list_close(&list);
	remove_store(path);
}

static void store_that_others_can_write_is_not_trusted(void **state)
{
	char path[] = "/tmp/pycshim-test-store.XXXXXX", part[64];
	struct store_list list;

	(void)state;
	make_store(path);
	assert_int_equal(chmod(path, 0770), 0);
	assert_int_equal(store_list_open(&list, path), 0);
	assert_true(list.untrusted);
	store_list_close(&list);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(store_list_open(&list, path), 0);
	assert_false(list.untrusted);
	store_list_close(&list);
	snprintf(part, sizeof(part), "%s/ab", path);
	assert_int_equal(chmod(part, 0777), 0);
	assert_int_equal(store_list_open(&list, path), 0);
	store_list_read(&list);
	assert_true(list.untrusted);
	store_list_close(&list);
	remove_store(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_of_any_entry_is_read_back),
		cmocka_unit_test(name_of_no_entry_is_refused),
		cmocka_unit_test(name_of_an_unfinished_entry_is_told_from_others),
		cmocka_unit_test(store_of_all_kinds_of_names_is_counted),
		cmocka_unit_test(store_that_others_can_write_is_not_trusted),
	};

	content_prepare();
	return RUN(tests);
}
