/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD lists and the path that may be put in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "launch/launch_library.h"
#include "launch/launch_preload.h"

#define OURS "/lib/libpycshim.so"

static void preload_merge_of_any_list_has_ours_once(void **state)
{
	static const struct {
		const char *existing, *merged;
	} cases[] = {
		{NULL, OURS},
		{"", OURS},
		{":", OURS},
		{" \t\n: ", OURS},
		{OURS, OURS},
		{"a.so", OURS ":a.so"},
		{"a.so:b.so", OURS ":a.so:b.so"},
		{"a.so b.so", OURS ":a.so:b.so"},
		{":a.so::b.so:", OURS ":a.so:b.so"},
		/* there already: as the user wrote it, with his separators */
		{"a.so " OURS, "a.so " OURS},
		{OURS " a.so", OURS " a.so"},
		{OURS ":a.so:" OURS, OURS ":a.so"},
		/* another copy, or one that was found by its name */
		{"libpycshim.so", OURS},
		{"/old/libpycshim.so:a.so", OURS ":a.so"},
		{OURS ":/old/libpycshim.so", OURS},
		{"/lib/libpycshim.so.old", OURS ":/lib/libpycshim.so.old"},
		{"/lib/libpycshim.so/x.so", OURS ":/lib/libpycshim.so/x.so"},
		/* a sanitizer's runtime, wherever it is */
		{"libasan.so", "libasan.so:" OURS},
		{"/usr/lib/libasan.so.8:a.so", "/usr/lib/libasan.so.8:" OURS ":a.so"},
		{"libasan.so.8 libubsan.so.1 a.so",
		 "libasan.so.8:libubsan.so.1:" OURS ":a.so"},
		{"a.so:libtsan.so.2:b.so", "a.so:libtsan.so.2:" OURS ":b.so"},
		{OURS ":libasan.so", "libasan.so:" OURS},
		{"libasan.so:" OURS, "libasan.so:" OURS},
		{"libasan.so:a.so:" OURS, "libasan.so:a.so:" OURS},
		{"/l/libclang_rt.asan-x86_64.so", "/l/libclang_rt.asan-x86_64.so:" OURS},
		{"/libasan.so/a.so", OURS ":/libasan.so/a.so"},
		{"mylibasan.so", OURS ":mylibasan.so"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *merged = preload_merge(cases[i].existing, OURS);

		assert_string_equal(merged, cases[i].merged);
		free(merged);
	}
}

static void library_path_with_a_separator_is_refused(void **state)
{
	static const char *const bad[] = {"/a b/l.so", "/a:b/l.so", "/a\tb", "/a\nb",
					  "/$LIB/l"};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(library_path_problem(bad[i]));
	assert_null(library_path_problem(OURS));
	assert_null(library_path_problem("/ä-b_c/d.e,f=g/l.so"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preload_merge_of_any_list_has_ours_once),
		cmocka_unit_test(library_path_with_a_separator_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
