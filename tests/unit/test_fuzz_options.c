/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_options.c, each read once.
 */
#include "../fuzz/fuzz_options.c"
#include "corpus.h"

static void command_line_of_any_kind_is_taken_or_refused(void **state)
{
	(void)state;
	corpus_replay("options", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_line_of_any_kind_is_taken_or_refused),
	};

	return RUN(tests);
}
