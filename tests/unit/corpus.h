/* SPDX-License-Identifier: MIT */
/*
 * A fuzzer's seeds, as a unit test: what once was trouble stays solved.  Include it behind the
 * fuzzer's source.
 */
#ifndef PYCSHIM_TEST_CORPUS_H
#define PYCSHIM_TEST_CORPUS_H

#include <dirent.h>

#include "check.h"

static inline void corpus_replay_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = NULL;
	size_t size = 0, got;

	assert_non_null(file);
	do {
		data = realloc(data, size + 65536);
		assert_non_null(data);
		got = fread(data + size, 1, 65536, file);
		size += got;
	} while (got);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

/* The seeds in tests/fuzz/corpus/NAME, of which there must be as many as that. */
static inline void corpus_replay(const char *name, unsigned least)
{
	char *here = strdup(__FILE__), *path;
	struct dirent *entry;
	unsigned replayed = 0;
	DIR *corpus;

	assert_non_null(here);
	*strrchr(here, '/') = '\0';
	assert_true(asprintf(&path, "%s/../fuzz/corpus/%s", here, name) > 0);
	corpus = opendir(path);
	assert_non_null(corpus);
	while ((entry = readdir(corpus))) {
		char *file;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(asprintf(&file, "%s/%s", path, entry->d_name) > 0);
		corpus_replay_file(file);
		free(file);
		replayed++;
	}
	closedir(corpus);
	free(path);
	free(here);
	assert_in_range(replayed, least, 10000);
}

#endif
