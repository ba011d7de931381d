/* SPDX-License-Identifier: MIT */
/*
 * See launch_preload.h.
 *
 * The library goes first in the list.  There it sees the paths as the program gives them,
 * and the results as the program gets them: under libfaketime or fakeroot those are the
 * times and owners by which Python judges a pyc.  After another library that wraps file
 * functions it would see rewritten paths, and nothing of calls that the other one answers
 * itself.  Allocators (jemalloc, tcmalloc) wrap no function that we wrap.
 *
 * Only the runtime of a sanitizer must come before the library: ASan ends the program if it
 * is not the first object.
 */
#include "launch/launch_preload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "common/util.h"

#define SEPARATORS " :\t\n" /* glibc's are the first two, musl's all four */

static bool is_sanitizer(const char *entry)
{
	static const char *const prefixes[] = {"libasan.so",   "libtsan.so",
					       "libubsan.so",  "liblsan.so",
					       "libhwasan.so", "libclang_rt."};
	size_t i;

	entry = text_base_name(entry);
	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

/* Is the entry a copy of the library?  Two copies would count everything twice. */
static bool is_ours(const char *entry, const char *library)
{
	return strcmp(text_base_name(entry), text_base_name(library)) == 0;
}

/* Is the library in the list already: once, and after all sanitizers? */
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

/* Join the entries with `library` before entry number `place`, without other copies. */
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
