/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_config.c, each read once.
 */
#include "../fuzz/fuzz_config.c"
#include "corpus.h"

static void environment_of_any_kind_is_taken_or_named(void **state)
{
	(void)state;
	corpus_replay("config", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environment_of_any_kind_is_taken_or_named),
	};

	return RUN(tests);
}
