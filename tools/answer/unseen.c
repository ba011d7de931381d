/* SPDX-License-Identifier: MIT */
/*
 * See unseen.h.
 */
#include "answer/unseen.h"

#include <stdlib.h>
#include <string.h>

#include "common/human.h"
#include "common/text.h"
#include "common/util.h"
#include "read/stats.h"

/* CPython's Python/frozen.c, from 3.11 on; the importlib modules in all versions. */
static const char *const frozen[] = {"abc",
				     "codecs",
				     "io",
				     "_collections_abc",
				     "_sitebuiltins",
				     "genericpath",
				     "ntpath",
				     "posixpath",
				     "os",
				     "site",
				     "stat",
				     "importlib._bootstrap",
				     "importlib._bootstrap_external",
				     "importlib.util",
				     "importlib.machinery",
				     "runpy",
				     "zipimport",
				     NULL};

/* Of CPython's PyImport_Inittab (Modules/config.c.in), those that every build has. */
static const char *const built_in[] = {
	"sys",	   "builtins",	 "_imp",      "_thread",      "_warnings", "_weakref",
	"marshal", "posix",	 "time",      "_io",	      "itertools", "gc",
	"errno",   "atexit",	 "_signal",   "_sre",	      "_codecs",   "_collections",
	"_abc",	   "_functools", "_operator", "_locale",      "_string",   "_symtable",
	"_stat",   "_ast",	 "_tokenize", "faulthandler", "pwd",	   "_tracemalloc",
	NULL};

static const char *const archives[] = {".zip/", ".egg/", ".whl/", ".pyz/"};

void unseen_observe(struct unseen *unseen, const struct stats_event *event)
{
	char none[] = "";
	struct module source = {.source = (char *)(uintptr_t)event->path, .pyc = none};

	if (event->record->type != RECORD_read_source || event->record->error ||
	    query_rank(unseen->query, &source) == QUERY_NO)
		return;
	unseen->reads++;
	free(unseen->source);
	unseen->source = xstrdup(event->path);
}

void unseen_free(struct unseen *unseen)
{
	free(unseen->source);
	unseen->source = NULL;
}

static bool is_in_archive(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(archives); i++)
		if (strstr(word, archives[i]))
			return true;
	return false;
}

char *unseen_text(const struct unseen *unseen)
{
	const char *word = unseen->query->word;
	size_t length = strlen(word);

	if (unseen->reads)
		return xasprintf(
			"Its source, %s, was read %s time%s, but no pyc was looked "
			"for: a main script is never cached, and runpy, exec and "
			"linecache only read.",
			unseen->source, human_count((int64_t)unseen->reads).s,
			unseen->reads == 1 ? "" : "s");
	if (is_in_archive(word))
		return xstrdup(
			"It is in an archive, from which zipimport loads it without "
			"looking for a pyc beside it.");
	if (text_is_one_of(word, length, built_in))
		return xasprintf("If it was loaded, it was never looked up: %s is built "
				 "into CPython.",
				 word);
	if (text_is_one_of(word, length, frozen))
		return xasprintf("If it was loaded, it was never looked up: %s is frozen "
				 "into CPython 3.11 and later.",
				 word);
	return xstrdup("Modules from zips, built-in and frozen modules have none, and a "
		       "main script is never cached.");
}
