/*
 * The fuzzer's corpus, replayed: what once was trouble for the reader stays solved.
 */
#include "check.h"

#include "../fuzz/fuzz_reader.c"

static void corpus_of_the_fuzzer_is_read_without_harm(void **state)
{
	char *directory = strdup(__FILE__), *path;
	struct dirent *entry;
	unsigned replayed = 0;
	DIR *corpus;

	(void)state;
	assert_non_null(directory);
	*strrchr(directory, '/') = '\0';
	assert_true(asprintf(&path, "%s/../fuzz/corpus", directory) > 0);
	corpus = opendir(path);
	assert_non_null(corpus);
	while ((entry = readdir(corpus))) {
		char *file;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(asprintf(&file, "%s/%s", path, entry->d_name) > 0);
		replay_file(file);
		free(file);
		replayed++;
	}
	closedir(corpus);
	free(path);
	free(directory);
	assert_in_range(replayed, 10, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus_of_the_fuzzer_is_read_without_harm),
	};

	return RUN(tests);
}
