/*
 * See roots.h.  Runs in pycstat.
 */
#include "roots.h"

#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "tables.h"
#include "util.h"

#define DEPTH_MAX 64 /* directories above a source that are asked */

/* What is left out for brevity costs less than this part of all. */
#define REST 100

struct package_directory {
	char *path;
	UT_hash_handle hh;
};

size_t roots_library_length(const char *source)
{
	static const char *const names[] = {"/site-packages/", "/dist-packages/"};
	/* of a Python's own: /usr/lib/python3.11/json/decoder.py */
	static const char *const own[] = {"/lib/python", "/lib/pypy"};
	const char *at;
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		at = strstr(source, names[i]);
		if (at)
			return (size_t)(at - source) + strlen(names[i]) - 1;
	}
	for (i = 0; i < ARRAY_SIZE(own); i++) {
		at = strstr(source, own[i]);
		if (!at)
			continue;
		length = (size_t)(at - source) + strlen(own[i]);
		length += strcspn(source + length, "/");
		return source[length] ? length : 0;
	}
	return 0;
}

/* The length of the directory that a path is in; 0: in none, or in "/". */
static size_t parent_length(const char *path, size_t length)
{
	while (length && path[length - 1] != '/')
		length--;
	return length ? length - 1 : 0;
}

static bool is_package(const struct roots *roots, const char *path, size_t length)
{
	const struct package_directory *found;

	HASH_FIND(hh, roots->packages, path, length, found);
	return found != NULL;
}

void roots_begin(struct roots *roots, const struct stats *stats)
{
	static const char init[] = "/__init__.py";
	const struct module *module;
	struct package_directory *package;
	size_t length;

	memset(roots, 0, sizeof(*roots));
	for (module = stats->tables.modules; module; module = module->hh.next) {
		length = strlen(module->source);
		if (length < sizeof(init) ||
		    strcmp(module->source + length - (sizeof(init) - 1), init) != 0)
			continue;
		length -= sizeof(init) - 1;
		if (is_package(roots, module->source, length))
			continue;
		package = xcalloc(1, sizeof(*package));
		package->path = xasprintf("%.*s", (int)length, module->source);
		HASH_ADD_KEYPTR(hh, roots->packages, package->path, length, package);
	}
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
	struct package_directory *package, *next_package;
	struct root *root, *next;

	HASH_ITER(hh, roots->packages, package, next_package)
	{
		HASH_DEL(roots->packages, package); /* NOLINT: see tables_free() */
		free(package->path);
		free(package);
	}
	HASH_ITER(hh, roots->root, root, next)
	{
		HASH_DEL(roots->root, root); /* NOLINT */
		root_free(root);
	}
}

/* The directory of a source, or the outermost package that it is in. */
static size_t root_length(const struct roots *roots, const char *source, bool *package)
{
	size_t length = parent_length(source, strlen(source)), above = length, depth;

	*package = is_package(roots, source, length);
	for (depth = 0; depth < DEPTH_MAX && is_package(roots, source, above); depth++) {
		length = above;
		above = parent_length(source, length);
	}
	return length;
}

static struct root *find_root(const struct roots *roots, const char *path, size_t length)
{
	struct root *root;

	HASH_FIND(hh, roots->root, path, length, root);
	return root;
}

/* Remember the first files of a directory; one more than are named tells of many. */
static void add_file(struct root *root, const char *source)
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
	root = find_root(roots, source, length);
	if (!root) {
		root = xcalloc(1, sizeof(*root));
		root->path = xasprintf("%.*s", (int)length, source);
		root->kind = package ? ROOT_PACKAGE : ROOT_FILES;
		HASH_ADD_KEYPTR(hh, roots->root, root->path, length, root);
	}
	root->weight = amount_add(root->weight, weight);
	if (!package)
		add_file(root, source);
	if (root->files > ROOT_FILES_MAX)
		root->kind = ROOT_DIRECTORY;
}

/* The innermost package that was added and that this path is below; NULL: none. */
static struct root *find_around(const struct roots *roots, const char *path)
{
	size_t length = strlen(path), depth;
	struct root *root;

	for (depth = 0; depth < DEPTH_MAX; depth++) {
		length = parent_length(path, length);
		if (!length)
			return NULL;
		root = find_root(roots, path, length);
		if (root && root->kind == ROOT_PACKAGE)
			return root;
	}
	return NULL;
}

/* The outermost. */
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
	const struct root *root = find_root(roots, source,
					    parent_length(source, strlen(source)));

	if (root && root->named)
		return true;
	root = find_outermost(roots, source);
	return root && root->named;
}

/* `text`, which is freed, and another word. */
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
