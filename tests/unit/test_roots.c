/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/roots.c: the directories and files that are passed to compileall.
 */
#include "check.h"

#include <stdlib.h>

#include "answer/roots.h"
#include "records_modules.h"
#include "records_stats.h"

/* Roots that know the packages of these sources, which are added, too. */
static struct stats begin(struct roots *roots, const char *const *sources, size_t count)
{
	struct records records;
	struct stats stats;
	char pyc[MODULE_PATH_MAX];
	size_t i;

	records_begin(&records);
	for (i = 0; i < count; i++) {
		const char *slash = strrchr(sources[i], '/');

		snprintf(pyc, sizeof(pyc), "%.*s/__pycache__/%.*s.cpython-311.pyc",
			 (int)(slash - sources[i]), sources[i],
			 (int)strlen(slash + 1) - 3, slash + 1);
		records_lookup(&records, pyc, ENOENT, NULL);
	}
	stats = records_stats(&records);
	roots_begin(roots, &stats);
	for (i = 0; i < count; i++)
		roots_add(roots, sources[i], 10);
	return stats;
}

static void expect(const struct roots *roots, const char *whole, const char *flat)
{
	char *text = roots_words(roots, false);

	assert_string_equal(text, whole);
	free(text);
	text = roots_words(roots, true);
	assert_string_equal(text, flat);
	free(text);
}

static void roots_are_packages_and_single_files(void **state)
{
	static const char *const sources[] = {
		"/v/lib/python3.11/site-packages/django/__init__.py",
		"/v/lib/python3.11/site-packages/django/db/__init__.py",
		"/v/lib/python3.11/site-packages/django/db/models.py",
		"/v/lib/python3.11/site-packages/six.py",
		"/srv/my app/main.py",
	};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));

	(void)state;
	roots_choose(&roots, 12);
	expect(&roots,
	       "/v/lib/python3.11/site-packages/django "
	       "/v/lib/python3.11/site-packages/six.py '/srv/my app/main.py'",
	       "");
	assert_true(roots_cover(&roots, sources[2]));
	assert_true(roots_cover(&roots, sources[3]));
	assert_true(roots_cover(&roots,
				"/v/lib/python3.11/site-packages/django/other/deep.py"));
	assert_false(roots_cover(&roots, "/v/lib/python3.11/site-packages/djangoo/x.py"));
	roots_free(&roots);
	stats_free(&stats);
}

static void roots_of_many_files_are_their_directory_alone(void **state)
{
	static const char *const sources[] = {"/l/a.py", "/l/b.py", "/l/c.py", "/l/d.py"};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));

	(void)state;
	roots_choose(&roots, 12);
	expect(&roots, "", "/l");
	roots_free(&roots);
	stats_free(&stats);
}

/* compileall would go through what is nested twice. */
static void roots_are_never_within_another(void **state)
{
	static const char *const sources[] = {
		"/p/__init__.py",
		"/p/data/q/__init__.py", /* data is no package */
		"/p/data/q/r/__init__.py",
		"/p/data/x.py",
	};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));
	size_t i;

	(void)state;
	roots_choose(&roots, 12);
	expect(&roots, "/p", "");
	for (i = 0; i < ARRAY_SIZE(sources); i++)
		assert_true(roots_cover(&roots, sources[i]));
	roots_free(&roots);
	stats_free(&stats);
}

/* Though nothing of the outer package itself was compiled. */
static void roots_of_a_package_within_another_are_the_outermost(void **state)
{
	static const char *const sources[] = {"/p/__init__.py", "/p/q/__init__.py"};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));

	(void)state;
	roots_free(&roots);
	roots_begin(&roots, &stats);
	roots_add(&roots, "/p/q/x.py", 1);
	roots_choose(&roots, 12);
	expect(&roots, "/p", "");
	roots_free(&roots);
	stats_free(&stats);
}

/* `compileall /` would compile the whole file system. */
static void root_directory_is_no_package(void **state)
{
	static const char *const sources[] = {"/__init__.py", "/p/__init__.py"};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));

	(void)state;
	roots_choose(&roots, 12);
	expect(&roots, "/p", "");
	roots_free(&roots);
	stats_free(&stats);
}

static void roots_that_weigh_most_are_named(void **state)
{
	static const char *const sources[] = {"/a/x.py", "/b/x.py", "/c/x.py"};
	struct roots roots;
	struct stats stats = begin(&roots, sources, ARRAY_SIZE(sources));

	(void)state;
	roots_add(&roots, "/b/x.py", 5000);
	roots_add(&roots, "x.py", 5000); /* nobody knows where that is */
	roots_choose(&roots, 12);
	expect(&roots, "/b/x.py", ""); /* the others are less than a hundredth */
	assert_false(roots_cover(&roots, "/a/x.py"));
	roots_free(&roots);
	stats_free(&stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_packages_and_single_files),
		cmocka_unit_test(roots_of_many_files_are_their_directory_alone),
		cmocka_unit_test(roots_are_never_within_another),
		cmocka_unit_test(roots_of_a_package_within_another_are_the_outermost),
		cmocka_unit_test(root_directory_is_no_package),
		cmocka_unit_test(roots_that_weigh_most_are_named),
	};

	return RUN(tests);
}
