/* SPDX-License-Identifier: MIT */
/*
 * See policy.h.
 */
#include "path/policy.h"

#include <string.h>

#include "pyc_path.h"

/* Does the glob match the path, or a directory above it? */
static bool glob_matches(const char *glob, const char *glob_end, const char *path,
			 const char *end)
{
	const char *star = NULL, *retry = NULL, *start = path;

	for (;;) {
		if (glob < glob_end && *glob == '*') {
			star = ++glob;
			retry = path;
		} else if (glob == glob_end && (path == end || *path == '/' ||
						(path > start && path[-1] == '/'))) {
			return true;
		} else if (path < end && glob < glob_end &&
			   (*glob == '?' || *glob == *path)) {
			glob++;
			path++;
		} else if (star && retry < end) {
			glob = star;
			path = ++retry;
		} else {
			return false;
		}
	}
}

static bool any_matches(const char *globs, const char *path, const char *end)
{
	const char *glob_end, *last;

	for (; *globs; globs = glob_end + (*glob_end == ':')) {
		glob_end = globs + strcspn(globs, ":");
		for (last = glob_end; last > globs + 1 && last[-1] == '/';)
			last--; /* "/app/" means "/app" */
		if (last > globs && glob_matches(globs, last, path, end))
			return true;
	}
	return false;
}

bool policy_covers(const char *only, const char *skip, const char *path, size_t length)
{
	size_t end = length;

	if (!*only && !*skip)
		return true;
	if (!pyc_path_is_cache(path, end))
		end = pyc_path_base(path, end);
	while (end > 1 && path[end - 1] == '/')
		end--;
	if (pyc_path_is_cache(path, end) && end > PYCACHE_LENGTH)
		end -= PYCACHE_LENGTH + 1;
	return (!*only || any_matches(only, path, path + end)) &&
	       !any_matches(skip, path, path + end);
}
