/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a path: the grammar of pyc names (include/pyc_path.h), names as strings
 * (preload/path/name.c), and which directories are covered (preload/path/policy.c).
 */
#include "fuzz.h"

#include "path/name.h"
#include "path/policy.h"
#include "pyc_path.h"

/* What the file's own name says, wherever it is. */
static void check_parts(const char *path, size_t length)
{
	struct pyc_path_parts parts = pyc_path_split(path, length);
	size_t end = pyc_path_untemporary(path, length);

	must(end <= length && pyc_path_is_compiled(path, end),
	     "a pyc without its suffix");
	must(parts.base < end, "no name");
	must(parts.base == 0 || path[parts.base - 1] == '/', "a name within a name");
	must(!memchr(path + parts.base, '/', length - parts.base), "a slash in a name");
	must(parts.stem_end > parts.base && parts.stem_end <= end - 4, "no module");
	must(parts.tag_end <= end - 4, "a tag in the suffix");
	must(!parts.tag ||
		     (parts.tag == parts.stem_end + 1 && parts.tag <= parts.tag_end),
	     "a tag that is not behind the module");
	must(parts.in_cache == (parts.base && pyc_path_is_cache(path, parts.base - 1)),
	     "in a cache and not in one");
}

static void check_class(const char *path, size_t length)
{
	enum pyc_class class = pyc_path_class(path, length);
	size_t cache_end = pyc_path_cache_end(path, length);
	size_t trimmed = pyc_path_trim(path, length); /* as callers take it apart */

	must(cache_end <= length, "a cache beyond the end");
	must(!cache_end || pyc_path_is_cache(path, cache_end), "a cache that is none");
	switch (class) {
	case PYC_FILE:
	case PYC_TEMPORARY:
		must((class == PYC_TEMPORARY) ==
			     (pyc_path_untemporary(path, trimmed) != trimmed),
		     "temporary and not");
		check_parts(path, trimmed);
		break;
	case PYC_CACHE:
		must(pyc_path_is_cache(path, trimmed), "a cache of another name");
		break;
	case PYC_INSIDE:
		must(cache_end > 0 && cache_end < length, "inside of no cache");
		break;
	case PYC_SOURCE:
		must(pyc_path_ends(path, trimmed, ".py", 3), "no source");
		break;
	case PYC_NONE:
		must(!pyc_path_below_cache(path, length), "a file in a cache is none");
		break;
	}
}

/* A source, its pyc, and the temporary of that have one key: else nothing is correlated. */
static void check_key(const char *path, size_t length)
{
	static const struct {
		const char *cache, *suffix;
	} forms[] = {
		{"", ".py"},
		{"", ".pyc"},
		{"__pycache__/", ".cpython-312.pyc"},
		{"__pycache__/", ".cpython-312.opt-1.pyc"},
		{"__pycache__/", ".cpython-312.pyc.14012"},
	};
	size_t base = pyc_path_base(path, length), i;
	uint64_t key = 0;
	char *name;

	must(asprintf(&name, "%.*s/", (int)length, path) > 0, "no memory");
	must(pyc_path_key(name, length + 1) == pyc_path_key(path, length),
	     "another key with a slash behind it");
	free(name);
	/* a module's name has no dot, and the directory of the source is no cache */
	if (base == length || base == 0 || memchr(path + base, '.', length - base) ||
	    pyc_path_is_cache(path, base - 1))
		return;
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		must(asprintf(&name, "%.*s%s%.*s%s", (int)base, path, forms[i].cache,
			      (int)(length - base), path + base, forms[i].suffix) > 0,
		     "no memory");
		must(i == 0 || pyc_path_key(name, strlen(name)) == key, "another key");
		key = pyc_path_key(name, strlen(name));
		must((uint32_t)(key >> 32) == pyc_key_directory(key),
		     "another directory");
		free(name);
	}
}

static void check_name(const char *path, size_t length)
{
	size_t end = name_end(path, length), at;

	must(end <= length && name_end(path, end) == end, "an end that is none");
	for (at = end; at < length; at++)
		must(path[at] == '/' || path[at] == '.', "a name behind the end");
	must(end == 0 || path[end - 1] != '/', "a slash at the end");
	must(pyc_path_trim(path, length) <= length, "longer than it was");
	for (at = 0; at <= length; at++)
		must(name_is_within(path, length, path, at) ==
			     (at == length || path[at] == '/'),
		     "within a part of a name");
}

/* A directory is covered by its own name, and so is all in it. */
static void check_directory(const char *path, size_t length)
{
	size_t base = pyc_path_base(path, length), end = base;
	char *glob;

	while (end > 1 && path[end - 1] == '/')
		end--;
	if (base == length || end == 0 || pyc_path_is_cache(path, end) ||
	    pyc_path_is_cache(path, length))
		return;
	glob = copy_as_string((const uint8_t *)path, end);
	if (!strpbrk(glob, "*?:"))
		must(policy_covers(glob, "", path, length),
		     "not covered by its own name");
	free(glob);
}

/* The first line is the path, the second a list of globs. */
static void check_policy(const char *path, size_t length, const char *globs)
{
	must(policy_covers("", "", path, length), "not covered by nothing");
	must(policy_covers("*", "", path, length) || length == 0, "not covered by all");
	must(!policy_covers("", "*", path, length) || length == 0,
	     "covered, and skipped");
	check_directory(path, length);
	if (*globs)
		must(policy_covers(globs, "", path, length) !=
			     policy_covers("", globs, path, length),
		     "only these, and all but these");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *path = copy_as_string(data, size), *line;
	size_t length = strlen(path);
	const char *globs = "";

	line = strchr(path, '\n');
	if (line) {
		length = (size_t)(line - path);
		globs = line + 1;
	}
	check_policy(path, length, globs);
	/* in memory of just that size */
	line = malloc(length ? length : 1);
	must(line != NULL, "no memory");
	memcpy(line, path, length);
	if (length) {
		check_class(line, length);
		check_key(line, length);
	}
	check_name(line, length);
	free(line);
	free(path);
	return 0;
}
