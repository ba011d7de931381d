/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/story.c and story_text.c: the story of a pyc reports what happened to it.
 */
#include "check.h"

#include <stdlib.h>

#include "answer/story.h"
#include "read/reader.h"
#include "records_modules.h"
#include "records_stats.h"
#include "show/story_text.h"

static const char command[] = "python3\0-c\0import shop";

/* What is told of a module, each step after its time.  Frees the recording. */
static char *tell(struct records *records, const struct records_module *module)
{
	struct query query;
	struct story_teller teller = {&query};
	struct terminal terminal = {0};
	const struct module *found;
	struct stats stats;
	char *text = NULL;
	size_t bytes;

	query_begin(&query, module->pyc);
	stats = records_observed(records, story_observe, &teller);
	found = tables_module(&stats.tables, module->pyc, strlen(module->pyc));
	terminal.out = open_memstream(&text, &bytes);
	assert_non_null(terminal.out);
	assert_non_null(story_of(found));
	story_sort(story_of(found));
	story_print(&terminal, found, story_of(found));
	fclose(terminal.out);
	story_free(&stats);
	stats_free(&stats);
	query_end(&query);
	return text;
}

static struct records begin(void)
{
	struct records records;

	records_begin(&records);
	records_process(&records, 1, 100, command, sizeof(command));
	return records;
}

/* The disk is full: the interpreter deletes its temporary, and there never was a pyc. */
static void story_of_a_full_disk_is_not_that_a_pyc_was_deleted(void **state)
{
	struct records_module module = records_module("/app", "m");
	struct records records = begin();
	char *text;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		records_miss_create(&records, &module, 0);
		records_event(&records, RECORD_write, module.temporary, NULL, ENOSPC);
		records_event(&records, RECORD_unlink, module.temporary, NULL,
			      i ? EACCES : 0);
	}
	text = tell(&records, &module);
	assert_non_null(
		strstr(text, "python3.11 (100) could not write all of the pyc: ENOSPC"));
	assert_null(strstr(text, "delete"));
	free(text);
}

static void story_of_a_deleted_pyc_says_so(void **state)
{
	struct records_module module = records_module("/app", "m");
	struct records records = begin();
	char *text;

	(void)state;
	records_miss_written(&records, &module);
	records_event(&records, RECORD_unlink, module.pyc, NULL, EACCES);
	records_event(&records, RECORD_unlink, module.pyc, NULL, 0);
	text = tell(&records, &module);
	assert_non_null(
		strstr(text, "python3.11 (100) could not delete the pyc: EACCES"));
	assert_non_null(strstr(text, "python3.11 (100) deleted the pyc."));
	free(text);
}

/* Count how often `word` occurs in a text. */
static unsigned count_of(const char *text, const char *word)
{
	unsigned count = 0;

	while ((text = strstr(text, word))) {
		count++;
		text++;
	}
	return count;
}

/* Workers that do the same at the same time are told in two lines, in order. */
static void story_of_equal_loads_is_told_once(void **state)
{
	struct records_module module = records_module("/app", "m");
	struct records records = begin();
	char *text, *same;
	uint32_t i;

	(void)state;
	for (i = 2; i < 6; i++)
		records_process(&records, i, 100 + i, command, sizeof(command));
	for (i = 2; i < 6; i++) { /* all have looked before the first has compiled */
		records.process = i;
		records.tid = 100 + i;
		records_lookup(&records, module.pyc, ENOENT, &module.valid);
	}
	for (i = 2; i < 6; i++) {
		records.process = i;
		records.tid = 100 + i;
		records_recompile(&records, &module);
		records_event(&records, RECORD_mkdir, module.cache, NULL, EROFS);
	}
	records_miss_mkdir(&records, &module, EACCES); /* that is something else */
	text = tell(&records, &module);
	assert_int_equal(count_of(text, "(miss)"), 2);
	assert_int_equal(count_of(text, "EROFS"), 1);
	assert_int_equal(count_of(text, "EACCES"), 1);
	same = strstr(text, "3 processes did the same 3 more times, until ");
	assert_non_null(same);
	assert_non_null(strstr(same, "3.00 ms"));
	assert_true(strstr(text, "EROFS") < same);
	assert_true(same < strstr(text, "EACCES"));
	free(text);
}

/* What the store or another process answered is told with where it came from. */
static void story_of_a_shared_pyc_says_whose_compile_it_was(void **state)
{
	static const struct {
		bool waited, reused;
		const char *from;
		uint64_t saved_ns;
		const char *told;
	} cases[] = {
		{false, true, "/other/m.py", 6400000,
		 "took it from the store: compiled from /other/m.py in 6.40 ms of CPU"},
		{false, true, NULL, 6400000,
		 "took it from the store: compiled in 6.40 ms of CPU (hit)"},
		{false, true, "/other/m.py", 0,
		 "took it from the store: compiled from /other/m.py (hit)"},
		{false, true, NULL, 0, "took it from the store (hit)"},
		{true, false, NULL, 0,
		 "waited 12.0 ms for another process, then took its pyc (hit)"},
		{true, true, NULL, 6400000,
		 "waited 12.0 ms for another process, then took it from the store"},
	};
	struct records_module module = records_module("/app", "m");
	char *text, *flat, *from;
	struct records records;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		records = begin();
		records_lookup(&records, module.pyc, 0, &module.valid);
		if (cases[i].waited)
			records_shared(&records, RECORD_wait, module.pyc, NULL, 12000000);
		if (cases[i].reused)
			records_shared(&records, RECORD_reuse, module.pyc, cases[i].from,
				       cases[i].saved_ns);
		text = flat = tell(&records, &module);
		for (from = text; *from; from++) /* lines are wrapped */
			if (*from != '\n' &&
			    (*from != ' ' || flat == text || flat[-1] != ' '))
				*flat++ = *from;
			else if (flat != text && flat[-1] != ' ')
				*flat++ = ' ';
		*flat = '\0';
		if (!strstr(text, cases[i].told))
			fail_msg("%s: is not in: %s", cases[i].told, text);
		free(text);
	}
}

/* Equal answers of the store are told once. */
static void story_of_equal_reuses_is_told_once(void **state)
{
	struct records_module module = records_module("/app", "m");
	struct records records = begin();
	char *text;
	uint32_t i;

	(void)state;
	for (i = 2; i < 6; i++) {
		records_process(&records, i, 100 + i, command, sizeof(command));
		records_lookup(&records, module.pyc, 0, &module.valid);
		records_shared(&records, RECORD_reuse, module.pyc, "/a.py", 1000000);
	}
	text = tell(&records, &module);
	assert_int_equal(count_of(text, "from the store"), 1);
	assert_int_equal(count_of(text, "did the same 3 more times"), 1);
	free(text);
}

/* The events say which source the store's entry was made from, if that is recorded. */
static void event_of_the_store_has_the_source(void **state)
{
	struct records records = begin();
	const struct record *last;

	(void)state;
	records_shared(&records, RECORD_reuse, "/a/__pycache__/m.cpython-311.pyc",
		       "/b/m.py", 5);
	last = (const void *)(records.bytes + records.last);
	assert_true(record_is_sound(last));
	assert_string_equal(reader_path_from(last), "/b/m.py");
	/* without it, for each length of the padding */
	records_shared(&records, RECORD_reuse, "/1234567", NULL, 5);
	assert_null(reader_path_from((const void *)(records.bytes + records.last)));
	records_shared(&records, RECORD_reuse, "/123456", NULL, 5);
	assert_null(reader_path_from((const void *)(records.bytes + records.last)));
	records_shared(&records, RECORD_wait, "/1", "/2", 5);
	assert_null(reader_path_from((const void *)(records.bytes + records.last)));
	records_free(&records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(story_of_a_full_disk_is_not_that_a_pyc_was_deleted),
		cmocka_unit_test(story_of_a_deleted_pyc_says_so),
		cmocka_unit_test(story_of_equal_loads_is_told_once),
		cmocka_unit_test(story_of_a_shared_pyc_says_whose_compile_it_was),
		cmocka_unit_test(story_of_equal_reuses_is_told_once),
		cmocka_unit_test(event_of_the_store_has_the_source),
	};

	return RUN(tests);
}
