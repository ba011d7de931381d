/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/view/compiling.c: sequences of calls of Pythons and of tools that
 * copy, and which of these calls make new bytecode.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "path/compiling.h"

enum step {
	END,
	STAT,	/* stat of a source */
	READ,	/* a source is opened for reading */
	FREAD,	/* the same by stdio */
	CHANGE, /* a source or pyc is changed, or a __pycache__ listed */
	GET,	/* a pyc is opened for reading */
	MISS,	/* the same, but it is not there */
	PUT,	/* a pyc is opened for writing, and that is allowed */
	NAME,	/* a pyc gets its name, and that is allowed */
	MKDIR,	/* a __pycache__ is created, and that is allowed */
	NO_PUT, /* the same three, and they are refused with EROFS */
	NO_NAME,
	NO_MKDIR,
};

static const struct {
	const char *name;
	struct {
		enum step step;
		const char *path;
	} steps[12];
} stories[] = {
	{"import",
	 {{STAT, "/a/m.py"},
	  {READ, "/a/m.py"},
	  {STAT, "/a/m.py"},
	  {NO_MKDIR, "/a/__pycache__"},
	  {MKDIR, "/a/__pycache__"}}},
	{"py_compile, with a codec in its middle that has a pyc",
	 {{STAT, "/a/m.py"},
	  {READ, "/a/m.py"},
	  {STAT, "/lib/cp1252.py"},
	  {GET, "/lib/__pycache__/cp1252.cpython-311.pyc"},
	  {NO_MKDIR, "/a/__pycache__"}}},
	{"py_compile, with a codec in its middle that is compiled, too",
	 {{READ, "/a/m.py"},
	  {STAT, "/lib/cp1252.py"},
	  {GET, "/lib/__pycache__/cp1252.cpython-311.pyc"},
	  {READ, "/lib/cp1252.py"},
	  {NO_MKDIR, "/lib/__pycache__"},
	  {NO_MKDIR, "/a/__pycache__"}}},
	{"py3compile, before it has the source compiled",
	 {{STAT, "/a/m.py"},
	  {MISS, "/a/__pycache__/m.cpython-311.pyc"},
	  {NO_MKDIR, "/a/__pycache__"}}},
	{"pytest, before it compiles",
	 {{STAT, "/a/m.py"}, {NO_MKDIR, "/a/__pycache__"}, {MKDIR, "/a/__pycache__"}}},
	{"pytest, with a temporary name of another kind",
	 {{READ, "/a/m.py"},
	  {NO_NAME, "/a/__pycache__/m.cpython-311-PYTEST.pyc"},
	  {NAME, "/a/__pycache__/m.cpython-311-PYTEST.pyc"}}},
	{"2.7, py_compile",
	 {{GET, "/a/m.pyc"}, {FREAD, "/a/m.py"}, {NO_PUT, "/b/m.pyc"}}},
	{"2.7, py_compile, with a codec in its middle",
	 {{FREAD, "/a/m.py"},
	  {FREAD, "/lib/cp1252.py"},
	  {GET, "/lib/cp1252.pyc"},
	  {NO_PUT, "/a/m.pyc"}}},
	{"2.7, a copy of what was imported",
	 {{FREAD, "/a/m.py"}, {GET, "/a/m.pyc"}, {GET, "/a/m.pyc"}, {PUT, "/b/m.pyc"}}},
	{"2.7, an archive that was made and is unpacked over its sources",
	 {{FREAD, "/a/m.py"}, {FREAD, "/a/n.py"}, {PUT, "/a/m.pyc"}}},
	{"copytree",
	 {{STAT, "/from/a/m.py"},
	  {READ, "/from/a/m.py"},
	  {CHANGE, "/to/a/m.py"},
	  {STAT, "/from/a/m.py"},
	  {CHANGE, "/from/a/__pycache__"},
	  {MKDIR, "/to/a/__pycache__"},
	  {GET, "/from/a/__pycache__/m.cpython-311.pyc"},
	  {PUT, "/to/a/__pycache__/m.cpython-311.pyc"}}},
	{"copytree over an older copy",
	 {{STAT, "/from/a/m.py"},
	  {STAT, "/to/a/m.py"},
	  {CHANGE, "/from/a/__pycache__"},
	  {MKDIR, "/to/a/__pycache__"}}},
	{"a tool that compares before it replaces",
	 {{READ, "/from/a/m.py"},
	  {READ, "/to/a/m.py"},
	  {GET, "/from/a/__pycache__/m.cpython-311.pyc"},
	  {PUT, "/to/a/__pycache__/m.cpython-311.pyc"},
	  {NAME, "/to/a/__pycache__/m.cpython-311.pyc"}}},
	{"an archive over an imported package",
	 {{STAT, "/a/m.py"},
	  {READ, "/a/m.py"},
	  {PUT, "/a/__pycache__/m.cpython-311.pyc"},
	  {CHANGE, "/a/m.py"},
	  {MKDIR, "/a/__pycache__"}}},
	{"a program beside which an archive is unpacked",
	 {{FREAD, "/a/setup.py"},
	  {MKDIR, "/a/__pycache__"},
	  {PUT, "/a/__pycache__/m.cpython-311.pyc"}}},
	{"pip, moving a package aside after it has looked at it",
	 {{STAT, "/a/foo/m.py"},
	  {MKDIR, "/a/~oo/__pycache__"},
	  {MKDIR, "/tmp/pip-uninstall-x/__pycache__"},
	  {CHANGE, "/a/foo/m.py"},
	  {MKDIR, "/a/foo/__pycache__"}}},
	{"a source of the same name elsewhere",
	 {{READ, "/a/__init__.py"}, {NAME, "/b/__pycache__/__init__.cpython-311.pyc"}}},
	{"the root directory",
	 {{READ, "/m.py"}, {NO_MKDIR, "/__pycache__"}, {MKDIR, "/__pycache__"}}},
	{"a cache named with a slash behind it",
	 {{READ, "/a/m.py"}, {NO_MKDIR, "/a/__pycache__/"}, {MKDIR, "/a/__pycache__"}}},
};

/* Is the step allowed or refused as expected? */
static bool is_right(struct compiling *compiling, enum step step, const char *path)
{
	size_t length = strlen(path);
	bool refused;

	switch (step) {
	case STAT:
		compiling_looks(compiling, path, length);
		return true;
	case READ:
	case FREAD:
		compiling_reads(compiling, path, length, step == FREAD);
		return true;
	case CHANGE:
		compiling_ends(compiling);
		return true;
	case GET:
	case MISS:
		compiling_reads_pyc(compiling, path, length, step == GET);
		return true;
	case MKDIR:
	case NO_MKDIR:
		refused = compiling_makes_cache(compiling, path, length);
		break;
	case NAME:
	case NO_NAME:
		refused = compiling_names_pyc(compiling, path, length);
		break;
	default:
		refused = compiling_writes_pyc(compiling, path, length);
		break;
	}
	if (refused)
		compiling_was_refused(compiling, path, length);
	return refused == (step >= NO_PUT);
}

static void stories_tell_new_bytecode_from_copies(void **state)
{
	struct compiling compiling;
	unsigned i, at;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(stories); i++) {
		memset(&compiling, 0, sizeof(compiling));
		for (at = 0; stories[i].steps[at].step != END; at++)
			if (!is_right(&compiling, stories[i].steps[at].step,
				      stories[i].steps[at].path))
				fail_msg("%s, step %u", stories[i].name, at + 1);
	}
}

static void sources_more_than_kept_forget_the_first(void **state)
{
	struct compiling compiling = {0};
	char path[32];
	unsigned i;

	(void)state;
	for (i = 0; i <= COMPILING_SOURCES; i++) {
		snprintf(path, sizeof(path), "/a/m%u.py", i);
		compiling_reads(&compiling, path, strlen(path), false);
	}
	assert_false(compiling_names_pyc(&compiling, "/a/m0.pyc", 9));
	for (i = 1; i <= COMPILING_SOURCES; i++) {
		snprintf(path, sizeof(path), "/a/m%u.pyc", i);
		assert_true(compiling_names_pyc(&compiling, path, strlen(path)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stories_tell_new_bytecode_from_copies),
		cmocka_unit_test(sources_more_than_kept_forget_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
