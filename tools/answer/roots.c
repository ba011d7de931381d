/* SPDX-License-Identifier: MIT */
/*
 * See roots.h.
 */
#include "answer/roots.h"

#include <stdlib.h>
#include <string.h>

#include "common/quote.h"
#include "common/text.h"
#include "common/util.h"
#include "read/tables.h"

#define DEPTH_MAX 64 /* how many directories above a source are looked up */

/* Roots that together cost less than all divided by this need not be named. */
#define REST 100

void roots_begin(struct roots *roots, const struct stats *stats)
{
	roots->root = NULL;
	packages_find(&roots->packages, &stats->tables);
}

static void root_free(struct root *root)
{
	size_t i;

	for (i = 0; i <= ROOT_FILES_MAX; i++)
		free(root->file[i]);
	free(root->path);
	free(root);
}

void roots_free(struct roots *roots)
{
	struct root *root, *next;

	HASH_ITER(hh, roots->root, root, next)
	{
		HASH_DEL(roots->root, root); /* NOLINT: see tables_free() */
		root_free(root);
	}
	packages_free(&roots->packages);
}

/* The length of the outermost package that a source is in, or else of its directory. */
static size_t root_length(const struct roots *roots, const char *source, bool *package)
{
	size_t length = text_parent_length(source, strlen(source)), above = length, depth;

	*package = packages_contain(&roots->packages, source, length);
	for (depth = 0;
	     depth < DEPTH_MAX && packages_contain(&roots->packages, source, above);
	     depth++) {
		length = above;
		above = text_parent_length(source, length);
	}
	return length;
}

static struct root *root_of_directory(const struct roots *roots, const char *path,
				      size_t length)
{
	struct root *root;

	HASH_FIND(hh, roots->root, path, length, root);
	return root;
}

/* Keep the first files of a directory, and one more, which says that there are many. */
static void root_add_file(struct root *root, const char *source)
{
	size_t i;

	for (i = 0; i < root->files; i++)
		if (strcmp(root->file[i], source) == 0)
			return;
	if (root->files <= ROOT_FILES_MAX)
		root->file[root->files++] = xstrdup(source);
}

void roots_add(struct roots *roots, const char *source, int64_t weight)
{
	bool package;
	size_t length = root_length(roots, source, &package);
	struct root *root;

	if (!length)
		return;
	root = root_of_directory(roots, source, length);
	if (!root) {
		root = xcalloc(1, sizeof(*root));
		root->path = xasprintf("%.*s", (int)length, source);
		root->kind = package ? ROOT_PACKAGE : ROOT_FILES;
		HASH_ADD_KEYPTR(hh, roots->root, root->path, length, root);
	}
	root->weight = amount_add(root->weight, weight);
	if (!package)
		root_add_file(root, source);
	if (root->files > ROOT_FILES_MAX)
		root->kind = ROOT_DIRECTORY;
}

/* The innermost added package that contains this path; NULL: none. */
static struct root *find_around(const struct roots *roots, const char *path)
{
	size_t length = strlen(path), depth;
	struct root *root;

	for (depth = 0; depth < DEPTH_MAX; depth++) {
		length = text_parent_length(path, length);
		if (!length)
			return NULL;
		root = root_of_directory(roots, path, length);
		if (root && root->kind == ROOT_PACKAGE)
			return root;
	}
	return NULL;
}

/* The outermost one. */
static struct root *find_outermost(const struct roots *roots, const char *path)
{
	struct root *around = find_around(roots, path), *outer = around;

	while (outer && (outer = find_around(roots, outer->path)))
		around = outer;
	return around;
}

static int heavier(const void *a, const void *b)
{
	const struct root *left = *(struct root *const *)a,
			  *right = *(struct root *const *)b;

	if (left->weight != right->weight)
		return left->weight < right->weight ? 1 : -1;
	return strcmp(left->path, right->path);
}

void roots_choose(struct roots *roots, size_t most)
{
	size_t count = 0, i;
	struct root **sorted = xcalloc(HASH_COUNT(roots->root) + 1,
				       sizeof(struct root *));
	struct root *root, *around;
	int64_t all = 0, chosen = 0;

	for (root = roots->root; root; root = root->hh.next) {
		all = amount_add(all, root->weight);
		around = find_outermost(roots, root->path);
		if (around)
			around->weight = amount_add(around->weight, root->weight);
		else
			sorted[count++] = root;
	}
	qsort(sorted, count, sizeof(sorted[0]), heavier);
	for (i = 0; i < count && i < most && all - chosen >= all / REST; i++) {
		sorted[i]->named = true;
		chosen = amount_add(chosen, sorted[i]->weight);
	}
	free(sorted);
}

bool roots_cover(const struct roots *roots, const char *source)
{
	const struct root *root = root_of_directory(
		roots, source, text_parent_length(source, strlen(source)));

	if (root && root->named)
		return true;
	root = find_outermost(roots, source);
	return root && root->named;
}

/* Append a word to `text`, which is freed. */
static char *append_word(char *text, const char *word)
{
	char *quoted = quote_path(word),
	     *longer = xasprintf("%s%s%s", text, *text ? " " : "", quoted);

	free(quoted);
	free(text);
	return longer;
}

char *roots_words(const struct roots *roots, bool flat)
{
	char *text = xstrdup("");
	const struct root *root;
	size_t i;

	for (root = roots->root; root; root = root->hh.next) {
		if (!root->named || flat != (root->kind == ROOT_DIRECTORY))
			continue;
		if (root->kind != ROOT_FILES)
			text = append_word(text, root->path);
		for (i = 0; i < root->files && root->kind == ROOT_FILES; i++)
			text = append_word(text, root->file[i]);
	}
	return text;
}
