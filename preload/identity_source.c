/*
 * See identity_source.h.
 */
#include "identity_source.h"

#include <errno.h>
#include <string.h>

#include "identity.h"
#include "pyc_path.h"
#include "scratch.h"
#include "sys.h"
#include "text.h"

/* importlib's SOURCE_SUFFIXES has .py alone; runpy and imp take any name. */
static const char *const suffixes[] = {".py", "", ".pyw"};

bool identity_has_source(const char *rel)
{
	size_t length = strlen(rel), base = pyc_path_base(rel, length);
	size_t cache = pyc_path_cache_end(rel, length);

	return cache == 0 || cache + 1 == base;
}

/* The path of the source without its suffix. */
static struct text stem_of(char path[PATH_MAX], const char *rel)
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
	struct text text = stem_of(path, rel);

	text_add(&text, suffixes[0]);
	return text.cut ? -ENAMETOOLONG : 0;
}

int identity_source_stamp(const char *rel, int64_t *stamp_ns)
{
	SCRATCH(char, path, PATH_MAX);
	struct text text = stem_of(path, rel);
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
			*stamp_ns = identity_stamp_of(&status);
			return 0;
		}
		if (error == 0) /* a package directory, maybe */
			error = -ENOENT;
		if (error != -ENOENT)
			break;
	}
	return error == -ENOTDIR ? -ENOENT : error;
}
