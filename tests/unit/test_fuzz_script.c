/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_script.c, each read once.
 */
#include "../fuzz/fuzz_script.c"
#include "corpus.h"

static void script_of_any_kind_is_read_as_the_kernel_does(void **state)
{
	(void)state;
	corpus_replay("script", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_of_any_kind_is_read_as_the_kernel_does),
	};

	return RUN(tests);
}
