/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_elf.c, each read once.
 */
#include "../fuzz/fuzz_elf.c"
#include "corpus.h"

static void program_of_any_kind_is_read_within_its_bounds(void **state)
{
	(void)state;
	corpus_replay("elf", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_of_any_kind_is_read_within_its_bounds),
	};

	return RUN(tests);
}
