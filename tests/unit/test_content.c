/* SPDX-License-Identifier: MIT */
/*
 * The content hash: it is BLAKE3 (known answers of its authors), however the content comes in
 * parts.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "attributes.h"
#include "content.h"

/* The input of the official test vectors: the bytes 0 to 250, again and again. */
static void fill(uint8_t *bytes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		bytes[i] = (uint8_t)(i % 251);
}

static void assert_hash(const struct content *content, const char *want)
{
	char text[2 * CONTENT_BYTES + 1];
	size_t i;

	for (i = 0; i < CONTENT_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", content->hash[i]);
	assert_string_equal(text, want);
}

static void hash_of_known_contents_is_blake3(void **state)
{
	static uint8_t bytes[102400];
	static const struct {
		size_t count;
		const char *hash;
	} known[] = {
		{0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
		{1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"},
		{1024,
		 "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"},
		{31744,
		 "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"},
		{102400,
		 "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"},
	};
	struct content content;
	size_t i;

	(void)state;
	fill(bytes, sizeof(bytes));
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		content_of(&content, bytes, known[i].count);
		assert_hash(&content, known[i].hash);
	}
	content_of(&content, "abc", 3);
	assert_hash(&content,
		    "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

static void hash_of_parts_is_that_of_the_whole(void **state)
{
	static const size_t steps[] = {1, 7, 63, 64, 65, 1023, 1024, 1025, 8192, 20000};
	static uint8_t bytes[20000];
	struct content_parts parts;
	struct content whole, together;
	size_t i, at, step;

	(void)state;
	fill(bytes, sizeof(bytes));
	content_of(&whole, bytes, sizeof(bytes));
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		content_begin(&parts);
		for (at = 0; at < sizeof(bytes); at += step) {
			step = steps[i] < sizeof(bytes) - at ? steps[i]
							     : sizeof(bytes) - at;
			content_add(&parts, bytes + at, step);
		}
		content_end(&parts, &together);
		assert_memory_equal(&together, &whole, sizeof(whole));
	}
}

static void check_of_a_changed_content_is_another(void **state)
{
	static uint8_t bytes[3000];
	uint64_t check;
	size_t i;

	(void)state;
	fill(bytes, sizeof(bytes));
	check = content_check(bytes, sizeof(bytes));
	assert_true(check == content_check(bytes, sizeof(bytes)));
	for (i = 0; i < sizeof(bytes); i += 97) {
		bytes[i] ^= 1;
		assert_true(check != content_check(bytes, sizeof(bytes)));
		bytes[i] ^= 1;
	}
	assert_true(check != content_check(bytes, sizeof(bytes) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_of_known_contents_is_blake3),
		cmocka_unit_test(hash_of_parts_is_that_of_the_whole),
		cmocka_unit_test(check_of_a_changed_content_is_another),
	};

	content_prepare();
	return RUN(tests);
}
