/*
 * See compileall.h.  Runs in pycstat.
 */
#include "compileall.h"

#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "roots.h"
#include "savings.h"
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

	if (!compileall_makes(module) || why == UNATTEMPTED_BROKEN ||
	    why == UNATTEMPTED_DENY)
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

/* What some process was redirected for would not be found if it were made in place. */
static char *in_the_shadow(const struct stats *stats)
{
	const char *root = savings_measure(stats).root;
	const struct process *process = stats->tables.processes;
	char *quoted, *text;

	while (process && (process->mode != MODE_redirect || !*process->root))
		process = process->hh.next;
	if (!process)
		return xstrdup("");
	if (!root)
		return xstrdup("pycshim -m redirect -- ");
	quoted = quote_word(root, "");
	text = xasprintf("pycshim -m redirect -r %s -- ", quoted);
	free(quoted);
	return text;
}

char *compileall_command(const struct stats *stats)
{
	char *roots = find_roots(stats), *shadow = in_the_shadow(stats);
	char *command = xasprintf("%s%s%s -m compileall -q %s", shadow,
				  find_python(stats), find_options(stats),
				  *roots ? roots : "DIR");

	free(roots);
	free(shadow);
	return command;
}
