/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_path.c, each read once.
 */
#include "../fuzz/fuzz_path.c"
#include "corpus.h"

static void path_of_any_kind_has_one_key_and_its_parts(void **state)
{
	(void)state;
	corpus_replay("path", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_of_any_kind_has_one_key_and_its_parts),
	};

	return RUN(tests);
}
