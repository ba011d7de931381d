/* SPDX-License-Identifier: MIT */
/*
 * tools/answer/query.c, packages.c, suggest.c and roots.c: which module a query means,
 * its name, and its origin.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/packages.h"
#include "answer/query.h"
#include "attributes.h"
#include "common/suggest.h"
#include "read/tables.h"

static enum query_rank rank(const char *word, const char *pyc)
{
	struct tables tables;
	struct query query;
	enum query_rank found;

	tables_init(&tables);
	query_begin(&query, word);
	found = query_rank(&query, tables_module(&tables, pyc, strlen(pyc)));
	query_end(&query);
	tables_free(&tables);
	return found;
}

static void query_of_any_kind_finds_its_module(void **state)
{
	static const char apps[] =
		"/usr/lib/python3/dist-packages/django/__pycache__/apps.cpython-311.pyc";
	static const char package[] =
		"/usr/lib/python3/dist-packages/django/apps/__pycache__/__init__.cpython-311.pyc";
	static const struct {
		const char *word, *pyc;
		enum query_rank rank;
	} cases[] = {
		{apps, apps, QUERY_EXACT},
		{"/usr/lib/python3/dist-packages/django/apps.py", apps, QUERY_EXACT},
		{"django.apps", apps, QUERY_END},
		{"django.apps", package, QUERY_END},
		{"django/apps.py", apps, QUERY_END},
		{"./django/apps.py", apps, QUERY_END},
		{"apps.py", apps, QUERY_END},
		{"apps", apps, QUERY_END},
		{"apps.cpython-311.pyc", apps, QUERY_END},
		{"pps.py", apps, QUERY_NO},
		{"pps", apps, QUERY_NO},
		{"ango.apps", apps, QUERY_NO},
		{"django", apps, QUERY_NO},
		{"", apps, QUERY_NO},
		{"/usr/lib/python3/dist-packages/django/apps", package, QUERY_EXACT},
		{"/usr/lib/python3/dist-packages/django/apps/", package, QUERY_EXACT},
		{"django/apps", package, QUERY_END},
		{"django/apps/", package, QUERY_END},
		{"jango/apps/", package, QUERY_NO},
		{"django/apps", apps, QUERY_NO},
		{"shop.models", "/app/shop/__pycache__/models.cpython-311.pyc",
		 QUERY_END},
		{"shop.models", "/app/shop/models.pyc", QUERY_END},
		{"json", "/app/serializers/__pycache__/json.cpython-311.pyc", QUERY_END},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (rank(cases[i].word, cases[i].pyc) != cases[i].rank)
			fail_msg("%s in %s: %d", cases[i].word, cases[i].pyc,
				 (int)rank(cases[i].word, cases[i].pyc));
}

static void query_relative_path_is_exact_from_its_directory(void **state)
{
	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	assert_int_equal(rank("lib/m.py", "/usr/lib/__pycache__/m.cpython-311.pyc"),
			 QUERY_EXACT);
	assert_int_equal(rank("lib/m.py", "/opt/lib/__pycache__/m.cpython-311.pyc"),
			 QUERY_END);
}

static void dotted_name_begins_below_the_library_or_at_the_first_package(void **state)
{
	static const struct {
		const char *pyc, *dotted;
	} cases[] = {
		{"/v/lib/python3.11/site-packages/a/__pycache__/b.cpython-311.pyc",
		 "a.b"},
		{"/usr/lib/python3.11/json/__pycache__/__init__.cpython-311.pyc", "json"},
		{"/usr/lib/pypy3.9/json/__pycache__/tool.pypy39.pyc", "json.tool"},
		{"/srv/app/shop/__pycache__/__init__.cpython-311.pyc", "shop"},
		{"/srv/app/shop/old/__pycache__/__init__.cpython-312.pyc", "shop.old"},
		{"/srv/app/shop/old/__init__.pyc", "shop.old"},
		{"/srv/app/shop/old/__pycache__/cart.cpython-311.pyc", "shop.old.cart"},
		{"/srv/app/shop/__pycache__/models.cpython-311.pyc", "shop.models"},
		{"/srv/app/__pycache__/settings.cpython-311.pyc", "settings"},
		{"/srv/app/shop/data/__pycache__/x.cpython-311.pyc", "x"},
		{"/srv/app/shopping/__pycache__/x.cpython-311.pyc", "x"},
		{"/m.pyc", "m"},
		{"/lib/python.pyc", "python"},
		{"/__init__.pyc", "__init__"},
	};
	struct packages packages;
	struct tables tables;
	char *dotted;
	size_t i;

	(void)state;
	tables_init(&tables);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		tables_module(&tables, cases[i].pyc, strlen(cases[i].pyc));
	packages_find(&packages, &tables);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		dotted = packages_dotted(&packages, tables_module(&tables, cases[i].pyc,
								  strlen(cases[i].pyc)));
		assert_string_equal(dotted, cases[i].dotted);
		free(dotted);
	}
	packages_free(&packages);
	tables_free(&tables);
}

static void suggestion_is_the_nearest_or_none(void **state)
{
	static const char *const names[] = {"summary", "modules", "processes", "events",
					    "why"};
	static const struct {
		const char *word, *best;
	} cases[] = {
		{"sumary", "summary"}, {"module", "modules"}, {"process", "processes"},
		{"evnets", "events"},  {"watch", NULL},	      {"xyzzy", NULL},
	};
	struct suggestion suggestion;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		suggest_begin(&suggestion, cases[i].word);
		for (j = 0; j < ARRAY_SIZE(names); j++)
			suggest_offer(&suggestion, names[j]);
		if (cases[i].best)
			assert_string_equal(suggestion.best, cases[i].best);
		else
			assert_null(suggestion.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_of_any_kind_finds_its_module),
		cmocka_unit_test(query_relative_path_is_exact_from_its_directory),
		cmocka_unit_test(
			dotted_name_begins_below_the_library_or_at_the_first_package),
		cmocka_unit_test(suggestion_is_the_nearest_or_none),
	};

	return RUN(tests);
}
