/* SPDX-License-Identifier: MIT */
/*
 * include/pyc_header.h: a pyc is judged as its interpreter would.
 */
#include "check.h"

#include "pyc_header.h"
#include "records.h"

#define MTIME 1690000000
#define BYTES 2000

static const struct interpreter {
	const char *tag;
	unsigned magic;
	size_t header_bytes;
} interpreters[] = {
	{"", 62211, 8},
	{"cpython-36", 3379, 12},
	{"cpython-37", 3394, 16},
	{"cpython-38", 3413, 16},
	{"cpython-39", 3425, 16},
	{"cpython-310", 3439, 16},
	{"cpython-311", 3495, 16},
	{"cpython-311-pytest-7.2.1", 3495, 16},
	{"cpython-312", 3531, 16},
	{"cpython-313", 3571, 16},
};

static enum pyc_verdict judge(const struct interpreter *interpreter,
			      const struct records_pyc *pyc)
{
	struct pyc_source source = {
		.seen = !pyc->source_unseen,
		.mtime = pyc->true_mtime,
		.bytes = pyc->true_source_bytes,
	};
	uint8_t header[16];

	records_header(pyc, header);
	return pyc_header_judge(header, pyc->bytes, interpreter->tag,
				strlen(interpreter->tag), source);
}

static struct records_pyc valid(const struct interpreter *interpreter)
{
	return (struct records_pyc){
		.magic = interpreter->magic,
		.mtime = MTIME,
		.source_bytes = BYTES,
		.true_mtime = MTIME,
		.true_source_bytes = BYTES,
		.bytes = 3000,
	};
}

static void header_of_each_interpreter_is_valid(void **state)
{
	struct records_pyc pyc;
	uint8_t header[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(interpreters); i++) {
		pyc = valid(&interpreters[i]);
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_VALID);
		records_header(&pyc, header);
		assert_int_equal(pyc_header_bytes(header, pyc.bytes, interpreters[i].tag,
						  strlen(interpreters[i].tag), true),
				 interpreters[i].header_bytes);
		assert_int_equal(pyc_header_mtime(header, interpreters[i].header_bytes),
				 MTIME);
		assert_int_equal(
			pyc_header_source_bytes(header, interpreters[i].header_bytes),
			interpreters[i].header_bytes == 8 ? 0 : BYTES);
	}
}

static void header_with_other_mtime_is_stale(void **state)
{
	struct records_pyc pyc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(interpreters); i++) {
		pyc = valid(&interpreters[i]);
		pyc.true_mtime++;
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_STALE_mtime);
		pyc.source_unseen = true;
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_VALID);
	}
}

static void header_with_other_size_is_stale_but_in_2_7(void **state)
{
	struct records_pyc pyc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(interpreters); i++) {
		pyc = valid(&interpreters[i]);
		pyc.true_source_bytes++;
		assert_int_equal(judge(&interpreters[i], &pyc),
				 interpreters[i].header_bytes == 8 ? PYC_VALID
								   : PYC_STALE_size);
	}
}

static void header_with_other_magic_is_stale(void **state)
{
	struct records_pyc pyc;
	size_t i;

	(void)state;
	for (i = 1; i < ARRAY_SIZE(interpreters); i++) {
		pyc = valid(&interpreters[i]);
		pyc.magic ^= 1;
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_STALE_magic);
	}
	pyc = valid(&interpreters[0]);
	pyc.magic = 62171; /* 2.6's */
	assert_int_equal(judge(&interpreters[0], &pyc), PYC_STALE_magic);
}

/* An interpreter checks the magic before the length. */
static void header_cut_short_is_truncated_or_of_no_magic(void **state)
{
	struct records_pyc pyc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(interpreters); i++) {
		pyc = valid(&interpreters[i]);
		for (pyc.bytes = 4; pyc.bytes < interpreters[i].header_bytes; pyc.bytes++)
			assert_int_equal(judge(&interpreters[i], &pyc),
					 PYC_STALE_truncated);
		pyc.bytes = 0;
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_STALE_truncated);
		pyc.bytes = interpreters[i].header_bytes;
		assert_int_equal(judge(&interpreters[i], &pyc), PYC_VALID);
	}
}

static void header_flags_say_what_is_compared(void **state)
{
	const struct interpreter *new = &interpreters[6];
	struct records_pyc pyc = valid(new);

	(void)state;
	pyc.true_mtime++;
	pyc.flags = 1;
	assert_int_equal(judge(new, &pyc), PYC_UNCHECKED_HASH);
	pyc.flags = 3;
	assert_int_equal(judge(new, &pyc), PYC_CHECKED_HASH);
	pyc.flags = 4;
	assert_int_equal(judge(new, &pyc), PYC_STALE_flags);
	pyc.flags = 0x80000001;
	assert_int_equal(judge(new, &pyc), PYC_STALE_flags);
}

static void header_of_an_unknown_tag_is_unproven(void **state)
{
	static const struct interpreter unknown[] = {{"pypy39", 336, 16},
						     {"cpython-3999", 9000, 16}};
	struct records_pyc pyc;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		pyc = valid(&unknown[i]);
		assert_int_equal(judge(&unknown[i], &pyc), PYC_UNPROVEN);
		pyc.true_mtime++;
		assert_int_equal(judge(&unknown[i], &pyc), PYC_STALE_mtime);
	}
}

/* 3.x looks for a pyc beside its source only where there is no source. */
static void header_beside_its_source_must_be_of_two(void **state)
{
	static const struct interpreter three = {"", 3379, 12}, two = {"", 62211, 8};
	struct records_pyc pyc = valid(&three);

	(void)state;
	assert_int_equal(judge(&three, &pyc), PYC_STALE_magic);
	pyc = valid(&two);
	assert_int_equal(judge(&two, &pyc), PYC_VALID);
	pyc.true_mtime++;
	assert_int_equal(judge(&two, &pyc), PYC_STALE_mtime);
}

static void magic_of_a_tag_needs_the_whole_number(void **state)
{
	(void)state;
	assert_int_equal(pyc_magic_of_tag("cpython-31", 10), 0);
	assert_int_equal(pyc_magic_of_tag("cpython-3111", 12), 0);
	assert_int_equal(pyc_magic_of_tag("cpython-", 8), 0);
	assert_int_equal(pyc_magic_of_tag("cpython-311", 11), 3495);
	assert_int_equal(pyc_magic_of_tag("cpython-311d", 12), 3495);
	assert_int_equal(pyc_magic_of_tag("cpython-315", 11), 3666);
	assert_int_equal(pyc_magic_of_tag("cpython-316", 11), 0);
	assert_int_equal(pyc_magic_of_tag("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_of_each_interpreter_is_valid),
		cmocka_unit_test(header_with_other_mtime_is_stale),
		cmocka_unit_test(header_with_other_size_is_stale_but_in_2_7),
		cmocka_unit_test(header_with_other_magic_is_stale),
		cmocka_unit_test(header_cut_short_is_truncated_or_of_no_magic),
		cmocka_unit_test(header_flags_say_what_is_compared),
		cmocka_unit_test(header_of_an_unknown_tag_is_unproven),
		cmocka_unit_test(header_beside_its_source_must_be_of_two),
		cmocka_unit_test(magic_of_a_tag_needs_the_whole_number),
	};

	return RUN(tests);
}
