/* SPDX-License-Identifier: MIT */
/*
 * See identity_source.h.
 */
#include "view/identity_source.h"

#include <errno.h>
#include <string.h>

#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "path/stamp.h"
#include "pyc_path.h"

/*
 * importlib looks only for .py (SOURCE_SUFFIXES in Lib/importlib/_bootstrap_external.py), but
 * runpy and imp take any name.
 */
static const char *const suffixes[] = {".py", "", ".pyw"};

bool identity_has_source(const char *rel)
{
	size_t length = strlen(rel), base = pyc_path_base(rel, length);
	size_t cache = pyc_path_cache_end(rel, length);

	return cache == 0 || cache + 1 == base;
}

/* Writes the path of the source without its suffix. */
static struct text write_stem(char path[PATH_MAX], const char *rel)
{
	struct pyc_path_parts parts = pyc_path_split(rel, strlen(rel));
	struct text text = text_in(path, PATH_MAX);
	size_t directory = parts.in_cache ? parts.base - PYCACHE_LENGTH - 1 : parts.base;

	text_add(&text, "/");
	text_add_bytes(&text, rel, directory);
	text_add_bytes(&text, rel + parts.base, parts.stem_end - parts.base);
	return text;
}

int identity_source_path(char path[PATH_MAX], const char *rel)
{
	struct text text = write_stem(path, rel);

	text_add(&text, suffixes[0]);
	return text.cut ? -ENAMETOOLONG : 0;
}

int identity_source_stamp(const char *rel, int64_t *stamp_ns)
{
	SCRATCH(char, path, PATH_MAX);
	struct text text = write_stem(path, rel);
	size_t length = text.length;
	struct stat status;
	unsigned i;
	int error;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		text.length = length;
		text_add(&text, suffixes[i]);
		error = text.cut ? -ENAMETOOLONG
				 : sys_fstatat(AT_FDCWD, path, &status, 0);
		if (error == 0 && S_ISREG(status.st_mode)) {
			*stamp_ns = stamp_of(&status);
			return 0;
		}
		if (error == 0) /* no file: perhaps the directory of a package */
			error = -ENOENT;
		if (error != -ENOENT)
			break;
	}
	return error == -ENOTDIR ? -ENOENT : error;
}
