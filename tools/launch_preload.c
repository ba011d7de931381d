/*
 * See launch_preload.h.  Runs in the launcher only.
 *
 * Ours goes first, so that it sees the program's own calls and gives them their final
 * results: the paths that the program names and, under libfaketime or fakeroot, the
 * times and owners that it is shown, by which Python judges a pyc.  Behind another
 * file system library we would see that one's rewritten paths, and nothing at all of
 * what it answers itself.  Allocators (jemalloc, tcmalloc) share no symbol with us.
 *
 * Only a sanitizer's runtime must come before: ASan ends the program where it is not
 * the first object.
 */
#include "launch_preload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define SEPARATORS " :\t\n" /* glibc's are the first two, musl's all four */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_sanitizer(const char *entry)
{
	static const char *const prefixes[] = {"libasan.so",   "libtsan.so",
					       "libubsan.so",  "liblsan.so",
					       "libhwasan.so", "libclang_rt."};
	size_t i;

	entry = base_name(entry);
	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Any copy of the library: two at once would count everything twice. */
static bool is_ours(const char *entry, const char *library)
{
	return strcmp(base_name(entry), base_name(library)) == 0;
}

/* Is the library there once, and behind every sanitizer?  Then nothing is to be done. */
static bool is_merged(char *const *entries, size_t count, const char *library)
{
	size_t i, ours = 0;

	for (i = 0; i < count; i++) {
		if (is_ours(entries[i], library))
			ours += strcmp(entries[i], library) == 0 ? 1 : 2;
		else if (ours && is_sanitizer(entries[i]))
			return false;
	}
	return ours == 1;
}

static char *join(char *const *entries, size_t count, size_t place, const char *library)
{
	size_t i, bytes = strlen(library) + 2;
	char *list, *at;

	for (i = 0; i < count; i++)
		bytes += strlen(entries[i]) + 1;
	list = at = xmalloc(bytes);
	*at = '\0';
	for (i = 0; i <= count; i++) {
		if (i == place)
			at = stpcpy(stpcpy(at, at == list ? "" : ":"), library);
		if (i < count && !is_ours(entries[i], library))
			at = stpcpy(stpcpy(at, at == list ? "" : ":"), entries[i]);
	}
	return list;
}

char *preload_merge(const char *existing, const char *library)
{
	const char *old = existing ? existing : "";
	char *copy = xstrdup(old);
	char **entries = xcalloc(strlen(copy) / 2 + 1, sizeof(*entries));
	size_t i, count = 0, place = 0;
	char *entry, *rest, *list;

	for (entry = strtok_r(copy, SEPARATORS, &rest); entry;
	     entry = strtok_r(NULL, SEPARATORS, &rest))
		entries[count++] = entry;
	for (i = 0; i < count; i++)
		if (is_sanitizer(entries[i]))
			place = i + 1;
	if (is_merged(entries, count, library))
		list = xstrdup(old);
	else
		list = join(entries, count, place, library);
	free(entries);
	free(copy);
	return list;
}
