/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/path/policy.c: which source directories the user's globs cover.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "attributes.h"
#include "path/policy.h"

static const struct {
	const char *only, *skip, *path;
	bool covered;
} cases[] = {
	{"", "", "/app/m.py", true},
	{"/app", "", "/app/m.py", true},
	{"/app", "", "/app/__pycache__/m.cpython-311.pyc", true},
	{"/app", "", "/app/__pycache__", true},
	{"/app", "", "/app/pkg/m.py", true},
	{"/app", "", "/application/m.py", false},
	{"/app/", "", "/app/pkg/m.py", true},
	{"/app/", "", "/app/m.py", true},
	{"/app//:/srv/", "", "/app/__pycache__/m.cpython-311.pyc", true},
	{"/app/", "", "/application/m.py", false},
	{"/app/*", "", "/app/pkg/deep/m.py", true},
	{"/app/*", "", "/app/m.py", false},
	{"/*/site-packages", "", "/usr/lib/python3/site-packages/a/m.py", true},
	{"/app:/srv", "", "/srv/m.py", true},
	{"/app:/srv", "", "/opt/m.py", false},
	{":/srv:", "", "/srv/m.py", true},
	{"", "/usr", "/usr/lib/m.py", false},
	{"", "/usr", "/app/m.py", true},
	{"/usr", "/usr/lib", "/usr/lib/m.py", false},
	{"/usr", "/usr/lib", "/usr/share/m.py", true},
	{"/ap?", "", "/app/m.py", true},
	{"/ap?", "", "/ap/m.py", false},
	{"*", "", "/m.py", true},
	{"/", "", "/app/m.py", true},
	{"*a*b*c", "", "/xaxxbxxa/m.py", false},
	{"*a*b*c", "", "/xaxxbxxc/m.py", true},
};

static void path_with_globs_is_covered_as_listed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (policy_covers(cases[i].only, cases[i].skip, cases[i].path,
				  strlen(cases[i].path)) != cases[i].covered)
			fail_msg("only '%s' skip '%s' path '%s': not %d", cases[i].only,
				 cases[i].skip, cases[i].path, cases[i].covered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_with_globs_is_covered_as_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
