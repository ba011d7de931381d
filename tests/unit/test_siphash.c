/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of include/siphash.h: the vectors of SipHash-2-4 that its authors have published;
 * and of preload/host/secret_hash.c.
 */
#include "check.h"

#include "host/secret_hash.h"
#include "siphash.h"

static void hash_is_that_of_the_authors(void **state)
{
	/* of the bytes 00 01 02 ... up to this length, with the key 00 01 ... 0f */
	static const struct {
		size_t bytes;
		uint64_t hash;
	} vectors[] = {
		{0, 0x726fdb47dd0e0e31},  {1, 0x74f839c593dc67fd},
		{7, 0xab0200f58b01d137},  {8, 0x93f5f5799a932462},
		{15, 0xa129ca6149be45e5},
	};
	const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t data[16];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_true(siphash(key, 2, 4, data, vectors[i].bytes) ==
			    vectors[i].hash);
}

static void hash_depends_on_the_secret(void **state)
{
	uint64_t before = secret_hash("/a", 2);

	(void)state;
	assert_true(secret_hash("/a", 2) == before);
	secret_hash_start();
	assert_false(secret_hash("/a", 2) == before);
	assert_false(secret_hash("/a", 2) == secret_hash("/b", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_that_of_the_authors),
		cmocka_unit_test(hash_depends_on_the_secret),
	};

	return RUN(tests);
}
