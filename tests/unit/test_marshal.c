/* SPDX-License-Identifier: MIT */
/*
 * A body is reported as complete, truncated or no code, as marshal would find it.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "marshal.h"

/*
 * Bodies as each layout has them.  The function is on line 100 of its source: one in the
 * first lines may pass for the module that ends.
 */
/* clang-format off */
static const uint8_t of_2_7[] =
	"c\0\0\0\0\0\0\0\0\1\0\0\0@\0\0\0" "s\15\0\0\0" "d\0\0\204\0\0Z\0\0d\1\0S"
	"(\2\0\0\0"
		"c\0\0\0\0\0\0\0\0\1\0\0\0C\0\0\0" "s\4\0\0\0" "d\1\0S"
		"(\2\0\0\0" "N" "i\1\0\0\0" "(\0\0\0\0" "(\0\0\0\0" "(\0\0\0\0" "(\0\0\0\0"
		"s\1\0\0\0m" "t\1\0\0\0f" "d\0\0\0" "s\0\0\0\0"
		"N"
	"(\1\0\0\0" "R\0\0\0\0" "(\0\0\0\0" "(\0\0\0\0" "(\0\0\0\0"
	"s\1\0\0\0m" "t\10\0\0\0<module>" "\1\0\0\0" "s\2\0\0\0\1\1";

static const uint8_t of_3_8[] =
	"\343\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0@\0\0\0" "s\2\0\0\0S\0"
	")\3" "N" "{" "\332\1a" "l\2\0\0\0\1\2\3\4" "z\1b" "g\0\0\0\0\0\0\0\0" "0"
		"\251\2" "i\1\0\0\0" "x\0031.0\0032.0"
	"\251\0" "r\1\0\0\0" "r\1\0\0\0" "r\1\0\0\0" "\372\4m.py" "\332\10<module>"
	"\3\0\0\0" "s\2\0\0\0\4\1";

static const uint8_t of_3_12[] =
	"\343\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0" "\363\4\0\0\0\227\0y\0"
	")\2" "N" ":" "i\1\0\0\0" "N" "N"
	"\251\0" "r\3\0\0\0" "\363\0\0\0\0" "\372\4m.py" "\332\10<module>" "r\5\0\0\0"
	"\1\0\0\0" "s\5\0\0\0\360\3\1\1\1" "r\3\0\0\0";
/* clang-format on */

static const struct sample {
	const uint8_t *body;
	size_t bytes;
	unsigned magic;
} samples[] = {
	{of_2_7, sizeof(of_2_7) - 1, 62211},
	{of_3_8, sizeof(of_3_8) - 1, 3413},
	{of_3_12, sizeof(of_3_12) - 1, 3531},
};

static enum marshal_body judge(const struct sample *sample, const uint8_t *body,
			       size_t bytes)
{
	return marshal_judge(body, bytes, bytes, sample->magic);
}

static void body_that_is_whole_is_told_as_such(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		assert_int_equal(judge(&samples[i], samples[i].body, samples[i].bytes),
				 MARSHAL_WHOLE);
}

/* Bytes behind a code object are ignored; the object is parsed to find its end. */
static void body_with_something_behind_it_is_whole(void **state)
{
	uint8_t longer[512] = {0};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		memcpy(longer, samples[i].body, samples[i].bytes);
		assert_int_equal(judge(&samples[i], longer, samples[i].bytes + 9),
				 MARSHAL_WHOLE);
	}
}

static void body_that_is_cut_short_anywhere_is_damaged(void **state)
{
	uint8_t *part;
	size_t i, bytes;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++)
		for (bytes = 0; bytes < samples[i].bytes; bytes++) {
			part = malloc(bytes + 1); /* ASan reports a read beyond it */
			memcpy(part, samples[i].body, bytes);
			if (judge(&samples[i], part, bytes) != MARSHAL_DAMAGED)
				fail_msg("%zu of %zu bytes, magic %u", bytes,
					 samples[i].bytes, samples[i].magic);
			free(part);
		}
}

static void body_whose_end_is_zeros_is_damaged(void **state)
{
	uint8_t zeros[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		memset(zeros, 0, sizeof(zeros));
		assert_int_equal(judge(&samples[i], zeros, samples[i].bytes),
				 MARSHAL_DAMAGED);
		memcpy(zeros, samples[i].body, samples[i].bytes / 2);
		assert_int_equal(judge(&samples[i], zeros, samples[i].bytes),
				 MARSHAL_DAMAGED);
	}
}

static void body_that_is_no_code_is_damaged(void **state)
{
	static const uint8_t number[] = "i\1\0\0\0";

	(void)state;
	assert_int_equal(marshal_judge(number, 5, 5, 3531), MARSHAL_DAMAGED);
	assert_int_equal(marshal_judge(number, 1, 9000, 3531), MARSHAL_DAMAGED);
}

static void body_that_was_seen_in_part_is_not_known(void **state)
{
	(void)state;
	assert_int_equal(marshal_judge(of_3_8, 20, sizeof(of_3_8) - 1, 3413),
			 MARSHAL_UNKNOWN);
	assert_int_equal(marshal_judge(of_3_8, 0, sizeof(of_3_8) - 1, 3413),
			 MARSHAL_UNKNOWN);
}

/* A future interpreter may have another layout: its pycs are not reported as damaged. */
static void body_of_an_unknown_layout_is_never_damaged(void **state)
{
	size_t bytes;

	(void)state;
	for (bytes = 1; bytes < sizeof(of_3_12) - 1; bytes++)
		assert_int_not_equal(marshal_judge(of_3_12, bytes, bytes, 3800),
				     MARSHAL_DAMAGED);
}

static void body_that_nests_deeper_than_is_followed_is_not_known(void **state)
{
	uint8_t deep[1200] = "c";
	size_t i;

	(void)state;
	for (i = 25; i + 1 < sizeof(deep); i += 2)
		memcpy(deep + i, ")\1", 2);
	assert_int_equal(marshal_judge(deep, sizeof(deep), sizeof(deep), 3413),
			 MARSHAL_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_that_is_whole_is_told_as_such),
		cmocka_unit_test(body_with_something_behind_it_is_whole),
		cmocka_unit_test(body_that_is_cut_short_anywhere_is_damaged),
		cmocka_unit_test(body_whose_end_is_zeros_is_damaged),
		cmocka_unit_test(body_that_is_no_code_is_damaged),
		cmocka_unit_test(body_that_was_seen_in_part_is_not_known),
		cmocka_unit_test(body_of_an_unknown_layout_is_never_damaged),
		cmocka_unit_test(body_that_nests_deeper_than_is_followed_is_not_known),
	};

	return RUN(tests);
}
