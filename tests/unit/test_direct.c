/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/path/direct.c: sequences of calls of Pythons that run a pyc by
 * its name, and of tools that read one.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "path/direct.h"

enum step {
	END,
	STAT,  /* stat of a pyc */
	OPEN,  /* a pyc is opened, which is no load */
	LOAD,  /* a pyc is opened, which is the load */
	FOPEN, /* the same two by stdio */
	FLOAD,
	OTHERS, /* something else is done with bytecode */
};

#define PYC "/a/__pycache__/m.cpython-311.pyc"
#define OTHER "/b/__pycache__/m.cpython-311.pyc"

static const struct {
	const char *name;
	struct {
		enum step step;
		const char *path;
	} steps[12];
} stories[] = {
	{"python x.pyc, which opens it twice",
	 {{STAT, PYC}, {OPEN, PYC}, {STAT, PYC}, {FLOAD, PYC}, {FOPEN, PYC}}},
	{"PyPy, which looks at it more often, and imports something before it opens it",
	 {{STAT, PYC},
	  {STAT, PYC},
	  {OPEN, PYC},
	  {STAT, PYC},
	  {STAT, PYC},
	  {OTHERS, NULL},
	  {OPEN, OTHER},
	  {LOAD, PYC}}},
	{"a copy by stdio, which gives it its times in the end, and then another",
	 {{STAT, PYC},
	  {FOPEN, PYC},
	  {STAT, PYC},
	  {OTHERS, NULL},
	  {STAT, PYC},
	  {FOPEN, PYC}}},
	{"run_path() of one after the other",
	 {{STAT, PYC},
	  {OPEN, PYC},
	  {STAT, PYC},
	  {LOAD, PYC},
	  {STAT, OTHER},
	  {OPEN, OTHER},
	  {STAT, OTHER},
	  {LOAD, OTHER}}},
	{"an archiver", {{STAT, PYC}, {OPEN, PYC}, {STAT, OTHER}, {OPEN, OTHER}}},
	{"an archiver that runs twice",
	 {{STAT, PYC},
	  {OPEN, PYC},
	  {STAT, OTHER},
	  {OPEN, OTHER},
	  {STAT, PYC},
	  {OPEN, PYC},
	  {STAT, OTHER},
	  {OPEN, OTHER}}},
	{"a copy, which gives it its times in the end, and then another",
	 {{STAT, PYC}, {OPEN, PYC}, {OTHERS, NULL}, {STAT, PYC}, {OPEN, PYC}}},
	{"a checksum", {{OPEN, PYC}, {OPEN, PYC}, {OPEN, PYC}}},
	{"a look at the head, after one at the source", {{OTHERS, NULL}, {OPEN, PYC}}},
	{"two files of the same module",
	 {{STAT, PYC}, {FOPEN, PYC}, {STAT, PYC}, {FOPEN, OTHER}, {FOPEN, PYC}}},
};

static bool take(struct direct *direct, enum step step, const char *path)
{
	switch (step) {
	case STAT:
		direct_looks(direct, path, strlen(path));
		return true;
	case OTHERS:
		direct_interrupted(direct);
		return true;
	default:
		return direct_opens(direct, path, strlen(path),
				    step == FOPEN || step == FLOAD) ==
		       (step == LOAD || step == FLOAD);
	}
}

static void direct_load_is_told_from_other_reading(void **state)
{
	struct direct direct;
	size_t i, step;

	(void)state;
	for (i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		memset(&direct, 0, sizeof(direct));
		for (step = 0; stories[i].steps[step].step != END; step++)
			if (!take(&direct, stories[i].steps[step].step,
				  stories[i].steps[step].path))
				fail_msg("%s: step %zu", stories[i].name, step);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(direct_load_is_told_from_other_reading),
	};

	return RUN(tests);
}
