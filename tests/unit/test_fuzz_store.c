/* SPDX-License-Identifier: MIT */
/*
 * The seeds of tests/fuzz/fuzz_store.c, each read once.
 */
#include "../fuzz/fuzz_store.c"
#include "corpus.h"

static void entry_of_any_kind_is_read_within_its_bounds(void **state)
{
	(void)state;
	corpus_replay("store", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_of_any_kind_is_read_within_its_bounds),
	};

	content_prepare();
	return RUN(tests);
}
