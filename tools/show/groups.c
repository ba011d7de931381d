/* SPDX-License-Identifier: MIT */
/*
 * See groups.h.
 */
#include "show/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/packages.h"
#include "common/human.h"
#include "common/json.h"
#include "common/names.h"
#include "common/text.h"
#include "common/usage.h"
#include "common/util.h"
#include "show/describe.h"
#include "show/table.h"
#include "show/terminal.h"
#include "show/totals_json.h"

struct group {
	char *name;
	char *directory; /* of a package; NULL: the group is no package */
	int64_t members; /* modules or processes */
	bool at_most;
	struct totals totals;
	int64_t value; /* sorted by this, the highest first */
	UT_hash_handle hh;
};

struct groups {
	enum option_by by;
	struct group *table;
	struct group **group; /* sorted */
	size_t count, shown;
	struct group others, sum; /* those that are not shown, and all */
};

/* How each kind is called. */
static const struct {
	const char *one, *many, *members, *title, *count_title;
} words[] = {
	[BY_RECORDING] = {"recording", "recordings", "processes", "RECORDING",
			  "PROCESSES"},
	[BY_COMMAND] = {"command", "commands", "processes", "COMMAND", "PROCESSES"},
	[BY_PACKAGE] = {"package", "packages", "modules", "PACKAGE", "MODULES"},
};

static void group_add(struct group *group, int64_t members, const struct totals *totals,
		      bool at_most)
{
	group->members += members;
	group->at_most |= at_most;
	totals_add(&group->totals, totals);
}

/* The group with this name and directory, of which it takes over both texts. */
static struct group *groups_at(struct groups *groups, char *name, char *directory)
{
	char *key = xasprintf("%s\n%s", directory ? directory : "", name);
	struct group *group;

	HASH_FIND_STR(groups->table, key, group);
	if (group) {
		free(name);
		free(directory);
		free(key);
		return group;
	}
	group = xcalloc(1, sizeof(*group));
	group->name = name;
	group->directory = directory;
	HASH_ADD_KEYPTR(hh, groups->table, key, strlen(key), group);
	return group;
}

static void add_processes(struct groups *groups, const struct stats *stats)
{
	const struct process *process;
	char *name;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		name = groups->by == BY_COMMAND
			       ? describe_command_line(process)
			       : xstrdup(process->recording ? process->recording : "");
		group_add(groups_at(groups, name, NULL), 1, &process->totals,
			  process->at_most > 0);
	}
}

/* The directory that holds the outermost package of a module, which has this dotted name. */
static char *directory_above(const struct module *module, const char *dotted)
{
	size_t length = strlen(module->source);
	bool is_package = text_ends_with(module->source, length, "/__init__.py");
	unsigned levels = 1 + is_package;

	for (; *dotted; dotted++)
		levels += *dotted == '.';
	while (levels--)
		length = text_parent_length(module->source, length);
	return xasprintf("%.*s", (int)length, module->source);
}

/*
 * The outermost package of a module, or the module itself if it is in none.  The standard
 * library is one group, because its pycs are made together.
 */
static struct group *package_of(struct groups *groups, const struct packages *packages,
				const struct module *module)
{
	size_t library = packages_library_length(module->source);
	char *name, *directory;

	if (library && !strstr(module->source, "-packages/"))
		return groups_at(groups, xstrdup("standard library"),
				 xasprintf("%.*s", (int)library, module->source));
	name = packages_dotted(packages, module);
	directory = directory_above(module, name);
	name[strcspn(name, ".")] = '\0';
	return groups_at(groups, name, directory);
}

static void add_modules(struct groups *groups, const struct stats *stats)
{
	const struct module *module;
	struct packages packages;

	packages_find(&packages, &stats->tables);
	for (module = stats->tables.modules; module; module = module->hh.next)
		if (describe_is_used(module))
			group_add(package_of(groups, &packages, module), 1,
				  &module->totals, module->at_most > 0);
	packages_free(&packages);
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *left = *(struct group *const *)a,
			   *right = *(struct group *const *)b;

	if (left->value != right->value)
		return left->value < right->value ? 1 : -1;
	return strcmp(left->name, right->name);
}

static struct groups groups_find(const struct stats *stats, const struct options *options)
{
	struct groups groups = {.by = options->by};
	int key = options->sort ? total_of_name(options->sort) : VERDICT_compile_ns;
	struct group *group;
	size_t i;

	if (key < 0)
		usage_error(
			"--sort %s: with --by, sort by a total such as lookups or cpu",
			options->sort);
	if (groups.by == BY_PACKAGE)
		add_modules(&groups, stats);
	else
		add_processes(&groups, stats);
	groups.group = xcalloc(HASH_COUNT(groups.table) + 1, sizeof(group));
	for (group = groups.table; group; group = group->hh.next) {
		group->value = group->totals.count[key];
		groups.group[groups.count++] = group;
	}
	qsort(groups.group, groups.count, sizeof(group), compare_groups);
	groups.shown = options->top && options->top < groups.count ? options->top
								   : groups.count;
	for (i = 0; i < groups.count; i++) {
		group = groups.group[i];
		group_add(&groups.sum, group->members, &group->totals, group->at_most);
		if (i >= groups.shown)
			group_add(&groups.others, group->members, &group->totals,
				  group->at_most);
	}
	return groups;
}

static void groups_free(struct groups *groups)
{
	struct group *group, *next;

	HASH_ITER(hh, groups->table, group, next)
	{
		HASH_DEL(groups->table, group); /* NOLINT: as in tables_free() */
		free((void *)(uintptr_t)group->hh.key);
		free(group->name);
		free(group->directory);
		free(group);
	}
	free(groups->group);
}

static void group_json(struct json *json, const struct groups *groups,
		       const struct group *group)
{
	json_open(json, NULL, '{');
	json_string(json, words[groups->by].one, group->name);
	if (group->directory)
		json_string(json, "directory", group->directory);
	json_integer(json, words[groups->by].members, group->members);
	totals_json(json, &group->totals);
	json_boolean(json, "compile_at_most", group->at_most);
	json_close(json, '{');
}

static void groups_print_json(const char *command, const struct groups *groups)
{
	struct json json = {.out = stdout, .lines = 2};
	char *schema = xasprintf("pycshim.%s/1", command);
	size_t i;

	json_open(&json, NULL, '{');
	json_string(&json, "schema", schema);
	json_string(&json, "by", words[groups->by].one);
	json_open(&json, words[groups->by].many, '[');
	for (i = 0; i < groups->shown; i++)
		group_json(&json, groups, groups->group[i]);
	json_close(&json, '[');
	json_open(&json, "totals", '{');
	totals_json(&json, &groups->sum.totals);
	json_close(&json, '{');
	json_close(&json, '{');
	free(schema);
}

static void group_row(struct table *table, const struct groups *groups,
		      const struct group *group, const char *name)
{
	const int64_t *count = group->totals.count;
	int64_t ns = count[VERDICT_compile_ns];
	char *cost = ns ? xasprintf("%s%s", group->at_most ? "<= " : "",
				    human_seconds(ns).s)
			: xstrdup("-"),
	     *whole = group->directory ? xasprintf("%s (%s)", name, group->directory)
				       : xstrdup(name);

	table_cell(table, cost);
	table_cell(table,
		   human_percent(ns, groups->sum.totals.count[VERDICT_compile_ns]).s);
	table_count(table, count[VERDICT_compiled]);
	table_count(table, count[VERDICT_lookups]);
	table_count(table, count[VERDICT_hits]);
	table_count(table, count[VERDICT_written]);
	table_count(table, group->members);
	table_cell(table, whole);
	free(cost);
	free(whole);
}

static void groups_print_text(const struct groups *groups)
{
	const struct table_column columns[] = {
		{"CPU", TABLE_NUMBER, 0},
		{"SHARE", TABLE_NUMBER, 0},
		{"COMPILED", TABLE_NUMBER, 0},
		{"LOOK-UPS", TABLE_NUMBER, 2},
		{"HITS", TABLE_NUMBER, 3},
		{"WRITTEN", TABLE_NUMBER, 4},
		{words[groups->by].count_title, TABLE_NUMBER, 1},
		{words[groups->by].title, TABLE_TEXT, 0},
	};
	struct terminal terminal = terminal_find(stdout);
	struct table table;
	char *name;
	size_t i;

	table_begin(&table, &terminal, columns, ARRAY_SIZE(columns));
	for (i = 0; i < groups->shown; i++)
		group_row(&table, groups, groups->group[i], groups->group[i]->name);
	if (groups->shown < groups->count) {
		name = xasprintf("%s other%s",
				 human_count((int64_t)(groups->count - groups->shown)).s,
				 groups->count - groups->shown == 1 ? "" : "s");
		group_row(&table, groups, &groups->others, name);
		free(name);
	}
	group_row(&table, groups, &groups->sum, "total");
	table_end(&table, 0);
}

void groups_print(const char *command, const struct stats *stats,
		  const struct options *options)
{
	struct groups groups = groups_find(stats, options);

	if (options->json)
		groups_print_json(command, &groups);
	else
		groups_print_text(&groups);
	groups_free(&groups);
}
