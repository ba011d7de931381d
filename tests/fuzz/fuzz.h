/* SPDX-License-Identifier: MIT */
/*
 * What every fuzzer here begins with.  Each is a file with LLVMFuzzerTestOneInput(): libFuzzer
 * drives it (`make fuzz`), and a unit test feeds it its seeds (tests/unit/corpus.h).
 */
#ifndef PYCSHIM_FUZZ_H
#define PYCSHIM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* End with this message where the condition is false: what was promised is not so. */
static inline void must(bool condition, const char *what)
{
	if (condition)
		return;
	dprintf(2, "fuzz: %s\n", what);
	abort();
}

/* The input as a string in memory of just that size; the caller frees it. */
static inline char *copy_as_string(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);

	must(copy != NULL, "no memory");
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

#endif
