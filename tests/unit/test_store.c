/* SPDX-License-Identifier: MIT */
/*
 * include/store.c: which tags are stored, the names of entries, and which entries are believed.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "store.h"

static void tag_of_a_compiler_is_own(void **state)
{
	static const char *const tags[] = {
		"cpython-36",	"cpython-38d",	      "cpython-37m",
		"cpython-312",	"cpython-312.opt-1",  "cpython-312.opt-2",
		"cpython-313t", "cpython-313t.opt-1", "pypy39",
		"pypy39.opt-1", "pypy310-pp73",	      "pypy310-pp73.opt-2",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (!store_tag_is_own(tags[i], strlen(tags[i])))
			fail_msg("refused: %s", tags[i]);
}

static void tag_of_a_rewriter_is_not_own(void **state)
{
	static const char *const tags[] = {
		"",
		"cpython-",
		"cpython-x",
		"cpython-312-pytest-8.3.2",
		"cpython-312-PYTEST",
		"cpython-312x",
		"cpython-312tt",
		"cpython-312.",
		"cpython-312.opt-",
		"cpython-312.opt-typeguard1",
		"cpython-312.opt-1typeguard",
		"cpython-312.opt-1.opt-2",
		"cpython-312.opt-beartype0v19",
		"cpython-312.opt1",
		"cpython-312/../x",
		"Cpython-312",
		"xcpython-312",
		"pypy",
		"pypy-pp73",
		"pypy39-pytest-8",
		"pypy39-pp",
		"pypy39-pp73.x",
		"graalpy-24",
		"cpython-3121111111111111111111111111111111111",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tags); i++)
		if (store_tag_is_own(tags[i], strlen(tags[i])))
			fail_msg("taken: %s", tags[i]);
	assert_true(store_tag_is_own("cpython-312-pytest", strlen("cpython-312")));
}

static struct store_key any_key(void)
{
	struct store_key key = {.magic = 3531, .tag = "cpython-312.opt-1"};
	size_t i;

	for (i = 0; i < CONTENT_BYTES; i++)
		key.source.hash[i] = (uint8_t)(0xab + 17 * i);
	return key;
}

static void name_tells_the_whole_key(void **state)
{
	struct store_key key = any_key();
	char name[STORE_NAME_BYTES];

	(void)state;
	store_name(name, &key);
	assert_string_equal(
		name,
		"ab/abbccddeef00112233445566778899aabbccddeeff102132435465768798a9ba"
		".cpython-312.opt-1.3531");
	memset(key.tag, 'x', STORE_TAG_MAX);
	key.magic = UINT32_MAX;
	store_name(name, &key);
	assert_int_equal(strlen(name) + 1, STORE_NAME_BYTES);
}

#define PATH "/somewhere/m.py"
#define CODE "the code object"
#define BYTES (sizeof(struct store_entry) + sizeof(PATH) + sizeof(CODE))

/* An entry, in memory of its size, so that a sanitizer sees a read behind it. */
static struct store_entry *make_entry(void)
{
	struct store_entry *entry = calloc(1, BYTES);

	assert_non_null(entry);
	entry->magic = STORE_MAGIC;
	entry->path_bytes = sizeof(PATH);
	entry->key = any_key();
	entry->code_bytes = sizeof(CODE);
	memcpy(entry + 1, PATH, sizeof(PATH));
	memcpy((char *)(entry + 1) + sizeof(PATH), CODE, sizeof(CODE));
	entry->check = content_check(&entry->key,
				     BYTES - offsetof(struct store_entry, key));
	return entry;
}

/* Like an attacker who knows how the check is computed. */
static void sign(struct store_entry *entry)
{
	entry->check = content_check(&entry->key,
				     BYTES - offsetof(struct store_entry, key));
}

static void entry_that_is_whole_is_believed(void **state)
{
	struct store_entry *entry = make_entry();
	struct store_key key = any_key();

	(void)state;
	assert_true(store_entry_is_valid(entry, BYTES, &key));
	assert_true(store_entry_is_valid(entry, BYTES, NULL));
	assert_string_equal(store_entry_path(entry), PATH);
	assert_string_equal((const char *)store_entry_code(entry), CODE);
	free(entry);
}

static void entry_of_another_key_is_not_believed(void **state)
{
	struct store_entry *entry = make_entry();
	struct store_key keys[4];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		keys[i] = any_key();
	keys[0].source.hash[CONTENT_BYTES - 1] ^= 1;
	keys[1].magic++;
	strcpy(keys[2].tag, "cpython-312.opt-2");
	keys[3].tag[sizeof(keys[3].tag) - 1] = 1;
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		assert_false(store_entry_is_valid(entry, BYTES, &keys[i]));
	free(entry);
}

/* Each single byte counts, but for the padding that the format does not have. */
static void entry_with_any_byte_changed_is_not_believed(void **state)
{
	struct store_entry *entry = make_entry();
	struct store_key key = any_key();
	size_t i;

	(void)state;
	for (i = 0; i < BYTES; i++) {
		((uint8_t *)entry)[i] ^= 4;
		if (store_entry_is_valid(entry, BYTES, &key) ||
		    store_entry_is_valid(entry, BYTES, NULL))
			fail_msg("believed with another byte at %zu", i);
		((uint8_t *)entry)[i] ^= 4;
	}
	assert_true(store_entry_is_valid(entry, BYTES, &key));
	free(entry);
}

static void entry_of_another_size_is_not_believed(void **state)
{
	struct store_entry *entry = make_entry(), *part;
	size_t bytes;

	(void)state;
	for (bytes = 0; bytes < BYTES; bytes++) {
		part = malloc(bytes ? bytes : 1);
		assert_non_null(part);
		memcpy(part, entry, bytes);
		if (store_entry_is_valid(part, bytes, NULL))
			fail_msg("believed when cut to %zu", bytes);
		free(part);
	}
	free(entry);
}

/* With a right check, lengths that lead out of the entry, or around the end of numbers. */
static void entry_with_lengths_that_lie_is_not_believed(void **state)
{
	struct store_entry *entry = make_entry();
	static const struct {
		uint32_t path_bytes;
		uint64_t code_bytes;
	} lies[] = {
		{0, sizeof(PATH) + sizeof(CODE)},
		{UINT32_MAX, sizeof(CODE)},
		{sizeof(PATH) + 1, sizeof(CODE)},
		{sizeof(PATH), sizeof(CODE) + 1},
		{sizeof(PATH), UINT64_MAX},
		{sizeof(PATH) + sizeof(CODE) + 1, UINT64_MAX},
		{UINT32_MAX, sizeof(PATH) + sizeof(CODE) - (uint64_t)UINT32_MAX},
		{sizeof(PATH) - 1, sizeof(CODE) + 1}, /* the path does not end */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		entry->path_bytes = lies[i].path_bytes;
		entry->code_bytes = lies[i].code_bytes;
		sign(entry);
		if (store_entry_is_valid(entry, BYTES, NULL))
			fail_msg("believed with lie %zu", i);
	}
	free(entry);
}

static void entry_with_an_endless_tag_is_not_believed(void **state)
{
	struct store_entry *entry = make_entry();

	(void)state;
	memset(entry->key.tag, 'x', sizeof(entry->key.tag));
	sign(entry);
	assert_false(store_entry_is_valid(entry, BYTES, NULL));
	free(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag_of_a_compiler_is_own),
		cmocka_unit_test(tag_of_a_rewriter_is_not_own),
		cmocka_unit_test(name_tells_the_whole_key),
		cmocka_unit_test(entry_that_is_whole_is_believed),
		cmocka_unit_test(entry_of_another_key_is_not_believed),
		cmocka_unit_test(entry_with_any_byte_changed_is_not_believed),
		cmocka_unit_test(entry_of_another_size_is_not_believed),
		cmocka_unit_test(entry_with_lengths_that_lie_is_not_believed),
		cmocka_unit_test(entry_with_an_endless_tag_is_not_believed),
	};

	content_prepare();
	return RUN(tests);
}
