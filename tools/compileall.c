/*
 * See compileall.h.  Runs in pycstat.
 */
#include "compileall.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "quote.h"
#include "roots.h"
#include "savings.h"
#include "setting.h"
#include "stats_module.h"
#include "util.h"

#define ROOTS_NAMED 3

bool compileall_makes(const struct module *module)
{
	static const char pytest[] = "-pytest-";

	return !memmem(module->pyc + module->tag, module->tag_length, pytest,
		       sizeof(pytest) - 1);
}

static bool is_wasted(const struct module *module)
{
	enum unattempted why = stats_module_unattempted(module);

	if (!compileall_makes(module) ||
	    (why != UNATTEMPTED_NONE && why != UNATTEMPTED_SETTING))
		return false;
	return module->last_unkept_ns > module->written_ns || module->repeats > 0;
}

/* Where most of what a compileall would save lies. */
static char *find_roots(const struct stats *stats)
{
	struct roots roots = {.count = 0};
	const struct module *module;

	for (module = stats->tables.modules; module; module = module->hh.next)
		if (is_wasted(module))
			roots_add(&roots, module->source,
				  module->totals.count[VERDICT_compile_ns]);
	return roots_end(&roots, ROOTS_NAMED);
}

/* The options that make the pycs that were missing: of python -O and -OO, others. */
static const char *find_options(const struct stats *stats)
{
	const struct module *module;
	int64_t weight[3] = {0};
	const char *end;
	size_t level;

	for (module = stats->tables.modules; module; module = module->hh.next) {
		if (!is_wasted(module))
			continue;
		end = module->pyc + module->pyc_length;
		level = strcmp(end - 4, ".pyo") == 0 ? 1 : 0;
		if (module->pyc_length > 10 && memcmp(end - 10, ".opt-", 5) == 0)
			level = end[-5] == '1' ? 1 : end[-5] == '2' ? 2 : 0;
		weight[level] = amount_add(weight[level],
					   module->totals.count[VERDICT_compile_ns]);
	}
	if (weight[1] > weight[0] && weight[1] >= weight[2])
		return " -O";
	return weight[2] > weight[0] ? " -OO" : "";
}

/* The python that ran, if it was one and only one. */
static const char *find_python(const struct stats *stats)
{
	const struct process *process;
	const char *name = NULL, *base;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (!process->totals.count[VERDICT_compiled])
			continue;
		base = strrchr(process->executable, '/');
		base = base ? base + 1 : process->executable;
		if (strncmp(base, "python", 6) != 0 && strncmp(base, "pypy", 4) != 0)
			return "python3";
		if (name && strcmp(name, base) != 0)
			return "python3";
		name = base;
	}
	return name ? name : "python3";
}

/* Is this the shadow of a state directory, which nobody has named? */
static bool is_default(const char *root)
{
	static const char *const places[] = SETTING_STATE_PLACES;
	static const char named[] = "/pycshim/shadow"; /* of XDG_RUNTIME_DIR */
	size_t length = strlen(root), i;
	const char *uid;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (strncmp(root, places[i], strlen(places[i])) != 0)
			continue;
		uid = root + strlen(places[i]);
		if (strcmp(uid + strspn(uid, "0123456789"), "/shadow") == 0)
			return true;
	}
	return length >= sizeof(named) - 1 &&
	       strcmp(root + length - (sizeof(named) - 1), named) == 0;
}

static bool is_redirected(const struct process *process)
{
	return process->mode == MODE_redirect && *process->root;
}

enum compileall_place compileall_place(const struct stats *stats)
{
	const char *root = savings_measure(stats).root;
	const struct process *process;
	bool redirected = false, mine = true;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (!is_redirected(process))
			continue;
		redirected = true;
		mine &= process->uid == geteuid();
	}
	if (!redirected)
		return COMPILEALL_IN_PLACE;
	/* another user's shadow is refused if we make it, and a default one is not kept */
	return root && mine && !is_default(root) ? COMPILEALL_IN_SHADOW
						 : COMPILEALL_IN_IMAGE;
}

char *compileall_command(const struct stats *stats, enum compileall_place place)
{
	char *roots = find_roots(stats), *command, *shadow;
	char *python = quote_word(find_python(stats), "");

	command = xasprintf("%s%s -m compileall -q %s", python, find_options(stats),
			    *roots ? roots : "DIR");
	free(python);
	free(roots);
	if (place != COMPILEALL_IN_SHADOW)
		return command;
	roots = quote_path(savings_measure(stats).root);
	shadow = xasprintf("pycshim -m redirect -r %s -- %s", roots, command);
	free(roots);
	free(command);
	return shadow;
}
