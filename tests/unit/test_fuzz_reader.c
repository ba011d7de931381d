/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_reader.c, each read once.
 */
#include "../fuzz/fuzz_reader.c"
#include "corpus.h"

static void recording_of_any_kind_is_read_without_harm(void **state)
{
	(void)state;
	corpus_replay("reader", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recording_of_any_kind_is_read_without_harm),
	};

	return RUN(tests);
}
