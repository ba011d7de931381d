/* SPDX-License-Identifier: MIT */
/*
 * include/pyc_path.h: the grammar of pyc names.
 */
#include "check.h"

#include "pyc_path.h"

static void class_of_any_path_follows_the_grammar(void **state)
{
	static const struct {
		const char *path;
		enum pyc_class class;
	} cases[] = {
		{"/a/m.py", PYC_SOURCE},
		{"m.py", PYC_SOURCE},
		{"/a/__pycache__/m.cpython-312.pyc", PYC_FILE},
		{"/a/__pycache__/m.cpython-312.opt-1.pyc", PYC_FILE},
		{"/a/__pycache__/m.cpython-311-pytest-7.2.1.pyc", PYC_FILE},
		{"/a/__pycache__/m.pypy39.pyc", PYC_FILE},
		{"/a/m.pyc", PYC_FILE},
		{"/a/m.pyo", PYC_FILE},
		{"m.cpython-311.pyc", PYC_FILE},
		{"/a/__pycache__/m.cpython-312.pyc.140737351234567", PYC_TEMPORARY},
		{"/a/__pycache__/m.cpython-311-pytest-7.2.1.pyc.812", PYC_TEMPORARY},
		{"/a/m.pyo.1", PYC_TEMPORARY},
		{"/a/__pycache__", PYC_CACHE},
		{"/a/__pycache__/", PYC_CACHE},
		{"__pycache__", PYC_CACHE},
		{"/a/__pycache__/_cffi_x.c", PYC_INSIDE},
		{"/a/__pycache__/m.pyc.tmp", PYC_INSIDE},
		{"/a/__pycache__/deep/x", PYC_INSIDE},
		{"/a/__pycache__/m.pyc.", PYC_INSIDE},
		{"/a/x__pycache__", PYC_NONE},
		{"/a/__pycache__x/y", PYC_NONE},
		{"/a/.py", PYC_NONE},
		{"/a/.pyc", PYC_NONE},
		{"/a/.pyc.1", PYC_NONE},
		{"/a/m.pyc.x", PYC_NONE},
		{"/a/m.pyc.1x", PYC_NONE},
		{"/a/123", PYC_NONE},
		{"/a/m.pyd", PYC_NONE},
		{"/a/m.pyw", PYC_NONE},
		{"/", PYC_NONE},
		{"", PYC_NONE},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (pyc_path_class(cases[i].path, strlen(cases[i].path)) !=
		    cases[i].class)
			fail_msg("%s", cases[i].path);
}

static void untemporary_length_is_without_digits(void **state)
{
	static const struct {
		const char *path, *pyc;
	} cases[] = {
		{"/a/m.pyc.123", "/a/m.pyc"},
		{"/a/m.pyc.", "/a/m.pyc."},
		{"/a/m.pyc", "/a/m.pyc"},
		{"/a/m.txt.123", "/a/m.txt.123"},
		{"123", "123"},
		{"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(
			pyc_path_untemporary(cases[i].path, strlen(cases[i].path)),
			strlen(cases[i].pyc));
}

static uint64_t key(const char *path)
{
	return pyc_path_key(path, strlen(path));
}

static void key_of_source_pyc_and_temporary_is_one(void **state)
{
	uint64_t expected = key("/app/pkg/m.py");

	(void)state;
	assert_int_equal(key("/app/pkg/__pycache__/m.cpython-312.pyc"), expected);
	assert_int_equal(key("/app/pkg/__pycache__/m.cpython-312.opt-1.pyc.123"),
			 expected);
	assert_int_equal(key("/app/pkg/m.pyc"), expected);
	assert_int_equal(key("/prefix/app/pkg/m.cpython-312.pyc"), expected);
	assert_int_not_equal(key("/app/pkg/n.py"), expected);
	assert_int_not_equal(key("/app/other/m.py"), expected);
}

static void key_of_a_cache_has_its_directory(void **state)
{
	(void)state;
	assert_int_equal(pyc_key_directory(key("/app/pkg/__pycache__")),
			 pyc_key_directory(key("/app/pkg/m.py")));
	assert_int_equal(key("/app/pkg/__pycache__/"), key("/app/pkg/__pycache__"));
	assert_int_not_equal(pyc_key_directory(key("/app/other/__pycache__")),
			     pyc_key_directory(key("/app/pkg/m.py")));
}

static void split_of_any_pyc_finds_stem_and_tag(void **state)
{
	static const struct {
		const char *path, *stem, *tag;
		bool in_cache;
	} cases[] = {
		{"/a/__pycache__/m.cpython-312.pyc", "m", "cpython-312", true},
		{"/a/__pycache__/m.cpython-312.opt-1.pyc", "m", "cpython-312", true},
		{"/a/__pycache__/m.cpython-312.opt-x.pyc.77", "m", "cpython-312", true},
		{"/a/__pycache__/m.cpython-311-pytest-7.2.1.pyc", "m",
		 "cpython-311-pytest-7.2.1", true},
		{"/a/__pycache__/m.pypy39.pyc", "m", "pypy39", true},
		{"/a/__pycache__/m..opt-1.pyc", "m", "", true},
		{"/a/__pycache__/m.opt-1.cpython-312.pyc", "m.opt-1", "cpython-312",
		 true},
		{"/a/__pycache__/m.opt-1.pyc", "m", "opt-1", true},
		{"/a/__pycache__/a.b.cpython-312.pyc", "a.b", "cpython-312", true},
		{"/a/__pycache__/m.graalpy-38.pyc", "m", "graalpy-38", true},
		{"/a/__pycache__/m.other.pyc", "m", "other", true},
		{"/p/a/m.cpython-39.pyc", "m", "cpython-39", false},
		{"/a/m.pyc", "m", NULL, false},
		{"/a/m.pyo", "m", NULL, false},
		{"m.pyc", "m", NULL, false},
		{"/a/a.b.pyc", "a.b", NULL, false},
		{"/a/__pycache__/m.pyc", "m", NULL, true},
	};
	struct pyc_path_parts parts;
	const char *path;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		path = cases[i].path;
		parts = pyc_path_split(path, strlen(path));
		if (parts.stem_end - parts.base != strlen(cases[i].stem) ||
		    memcmp(path + parts.base, cases[i].stem, strlen(cases[i].stem)) !=
			    0 ||
		    parts.in_cache != cases[i].in_cache)
			fail_msg("%s: stem", path);
		if (!cases[i].tag != !parts.tag)
			fail_msg("%s: tagged", path);
		if (parts.tag &&
		    (parts.tag_end - parts.tag != strlen(cases[i].tag) ||
		     memcmp(path + parts.tag, cases[i].tag, strlen(cases[i].tag)) != 0))
			fail_msg("%s: tag", path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(class_of_any_path_follows_the_grammar),
		cmocka_unit_test(untemporary_length_is_without_digits),
		cmocka_unit_test(key_of_source_pyc_and_temporary_is_one),
		cmocka_unit_test(key_of_a_cache_has_its_directory),
		cmocka_unit_test(split_of_any_pyc_finds_stem_and_tag),
	};

	return RUN(tests);
}
