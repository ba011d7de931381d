/* SPDX-License-Identifier: MIT */
/*
 * Stamps: the fields that tell two sources apart, and file systems with coarse times.
 */
#include "check.h"

#include <limits.h>
#include <string.h>

#include "view/identity.h"
#include "view/identity_source.h"

#define SECOND 1000000000

static struct stat source(void)
{
	return (struct stat){.st_ino = 77,
			     .st_size = 300,
			     .st_mtim = {1, 0},
			     .st_ctim = {1700000000, 123456789}};
}

/* A file in the shadow with this stamp, on a file system that rounds times to units. */
static struct stat stamped(int64_t stamp_ns, int64_t unit_ns)
{
	struct stat file = {.st_mode = S_IFREG | 0644};

	stamp_ns -= stamp_ns % unit_ns;
	file.st_mtim = (struct timespec){stamp_ns / SECOND, stamp_ns % SECOND};
	stamp_ns = 1700000100123456789;
	stamp_ns -= stamp_ns % unit_ns;
	file.st_ctim = (struct timespec){stamp_ns / SECOND, stamp_ns % SECOND};
	return file;
}

static void stamp_is_soon_after_the_change(void **state)
{
	struct stat now = source();
	int64_t changed, nsec;

	(void)state;
	for (nsec = 0; nsec < SECOND; nsec += SECOND / 1000 - 1) {
		now.st_ctim.tv_nsec = nsec;
		changed = stamp_time_ns(now.st_ctim);
		assert_in_range(stamp_of(&now), changed, changed + SECOND + SECOND / 10);
		if (nsec <= SECOND / 10 * 9)
			assert_int_equal(stamp_of(&now) / SECOND, 1700000000);
	}
}

static void stamp_of_another_source_is_another(void **state)
{
	struct stat one = source(), others[6];
	unsigned i;

	(void)state;
	for (i = 0; i < 6; i++)
		others[i] = source();
	others[0].st_ino++;
	others[1].st_size++;
	others[2].st_mtim.tv_sec++;
	others[3].st_mtim.tv_nsec++;
	others[4].st_ctim.tv_sec++;
	others[5].st_ctim.tv_nsec++;
	for (i = 0; i < 6; i++) {
		assert_int_not_equal(stamp_of(&one), stamp_of(&others[i]));
	}
	others[0] = source();
	others[0].st_mode = 0644; /* only the change time shows it */
	assert_int_equal(stamp_of(&one), stamp_of(&others[0]));
}

static void stamp_is_found_as_coarse_as_it_is_kept(void **state)
{
	static const int64_t units[] = {1, 100, 1000, 1000000, SECOND};
	struct stat now = source(), file;
	int64_t stamp = stamp_of(&now);
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		file = stamped(stamp, units[i]);
		assert_int_equal(stamp_unit_ns(&file), units[i]);
		assert_true(stamp_is_on(&file, stamp));
		assert_false(stamp_is_on(&file, stamp + units[i]));
		assert_false(stamp_is_on(&file, stamp - units[i]));
	}
	/* a time that only looks coarse, on a file system that keeps nanoseconds */
	file = stamped(stamp, 1);
	file.st_mtim.tv_nsec = 0;
	assert_false(stamp_is_on(&file, stamp));
}

static void path_of_a_source_is_its_pycs(void **state)
{
	static const struct {
		const char *rel, *source;
	} cases[] = {
		{"a/__pycache__/m.cpython-312.pyc", "/a/m.py"},
		{"a/__pycache__/m.cpython-312.opt-1.pyc", "/a/m.py"},
		{"a/__pycache__/m.x.cpython-312-pytest-7.2.1.pyc", "/a/m.x.py"},
		{"a/__pycache__/m.pypy39.pyc", "/a/m.py"},
		{"a/__pycache__/m.pyc", "/a/m.py"},
		{"__pycache__/m.cpython-312.pyc", "/m.py"},
		{"a/m.pyc", "/a/m.py"},
		{"a/m.pyo", "/a/m.py"},
		{"a/m.pyc.1234", "/a/m.py"},
		{"m.pyc", "/m.py"},
	};
	char path[PATH_MAX];
	unsigned i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(identity_source_path(path, cases[i].rel), 0);
		assert_string_equal(path, cases[i].source);
	}
	assert_true(identity_has_source("a/__pycache__/m.cpython-312.pyc"));
	assert_true(identity_has_source("a/m.pyc"));
	assert_false(identity_has_source("a/__pycache__/deep/m.cpython-312.pyc"));
	assert_false(
		identity_has_source("a/__pycache__/x/__pycache__/m.cpython-312.pyc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamp_is_soon_after_the_change),
		cmocka_unit_test(stamp_of_another_source_is_another),
		cmocka_unit_test(stamp_is_found_as_coarse_as_it_is_kept),
		cmocka_unit_test(path_of_a_source_is_its_pycs),
	};

	return RUN(tests);
}
