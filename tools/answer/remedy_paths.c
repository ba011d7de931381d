/* SPDX-License-Identifier: MIT */
/*
 * Remedies that are commands with a list of paths; see remedy.h.
 */
#include "answer/remedy.h"

#include <stdlib.h>
#include <string.h>

#include "common/quote.h"
#include "common/util.h"
#include "pyc_path.h"
#include "read/stats_module.h"

#define PATHS_NAMED 20

/* A command followed by paths, of which at most PATHS_NAMED are named. */
struct paths {
	char *command; /* becomes remedy->command */
	unsigned named, more;
};

static void name_path(struct paths *paths, const char *path)
{
	char *word, *longer;

	if (paths->named == PATHS_NAMED) {
		paths->more++;
		return;
	}
	word = quote_path(path);
	longer = xasprintf("%s %s", paths->command, word);
	free(paths->command);
	free(word);
	paths->command = longer;
	paths->named++;
}

/* "chmod -R a+rX /app/__pycache__ (and 3 more of these)". */
static char *named_paths(const struct paths *paths)
{
	return paths->more ? xasprintf("%s (and %u more of these)", paths->command,
				       paths->more)
			   : xstrdup(paths->command);
}

struct remedy remedy_damaged(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct module *module = diagnosis->stats->tables.modules;
	struct paths paths = {.command = xstrdup("rm -f")};
	struct remedy remedy = {.text = NULL};
	bool one;
	char *command;

	(void)cause;
	for (; module; module = module->hh.next)
		if (stats_module_is_damaged(module))
			name_path(&paths, module->pyc);
	one = paths.named + paths.more == 1;
	command = named_paths(&paths);
	remedy.command = paths.command;
	remedy.text = xasprintf("Delete %s, where there is room for %s: %s%s",
				one ? "it" : "them", one ? "another" : "others", command,
				paths.more ? "." : "");
	free(command);
	return remedy;
}

/* What must be made readable: the __pycache__ of a module's pyc, or the pyc itself. */
static char *readable_place(const struct module *module)
{
	size_t base = pyc_path_base(module->pyc, module->pyc_length);
	bool in_cache = base && pyc_path_is_cache(module->pyc, base - 1);

	return xasprintf("%.*s", (int)(in_cache ? base - 1 : module->pyc_length),
			 module->pyc);
}

static int compare_places(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Name each place once, in alphabetical order. */
static void name_unreadable(const struct waste_items *items, struct paths *paths)
{
	char **places = xcalloc(items->count + 1, sizeof(*places));
	size_t count = 0, i;

	for (i = 0; i < items->count; i++)
		if (items->item[i].cause == WASTE_UNREADABLE)
			places[count++] = readable_place(items->item[i].module);
	qsort(places, count, sizeof(*places), compare_places);
	for (i = 0; i < count; i++)
		if (i == 0 || strcmp(places[i - 1], places[i]) != 0)
			name_path(paths, places[i]);
	for (i = 0; i < count; i++)
		free(places[i]);
	free(places);
}

struct remedy remedy_unreadable(const struct diagnosis *diagnosis, enum waste_cause cause)
{
	const struct waste *waste = &diagnosis->wastes.cause[cause];
	struct paths paths = {.command = xstrdup("chmod -R a+rX")};
	struct remedy remedy = {.saves = waste_per_start(waste, waste->saves),
				.ready = waste_per_start(waste, waste->ready),
				.starts = waste->starts};
	char *command, *saves;

	name_unreadable(&diagnosis->wastes.items, &paths);
	command = named_paths(&paths);
	saves = remedy_saving(diagnosis->stats, remedy.saves, "at each start",
			      waste->starts);
	remedy.command = paths.command;
	remedy.text = xasprintf("Make them readable: %s. That would save %s, if they are "
				"valid.",
				command, saves);
	free(command);
	free(saves);
	return remedy;
}
