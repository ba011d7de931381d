/* SPDX-License-Identifier: MIT */
/*
 * See compileall.h.
 */
#include "answer/compileall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer/compileall_size.h"
#include "answer/roots.h"
#include "answer/savings.h"
#include "common/quote.h"
#include "common/text.h"
#include "common/util.h"
#include "read/stats_module.h"
#include "setting.h"

#define ROOTS_NAMED 12
#define WITNESSES 5 /* sources that must exist with the recorded size */
#define FORMS_MAX 16

/* The ending of pycs that one command makes: ".cpython-311.opt-1.pyc"; 2.7: ".pyc". */
struct form {
	const char *ending; /* points into a module's pyc */
	int64_t weight;	    /* what compiling these cost */
};

struct planner {
	const struct stats *stats;
	const struct wastes *wastes;
	unsigned causes;    /* a bit for each enum waste_cause */
	const char *ending; /* the form of the pycs that the command makes */
	struct roots roots;
};

bool compileall_makes(const struct module *module)
{
	static const char pytest[] = "-pytest-";

	return !memmem(module->pyc + module->tag, module->tag_length, pytest,
		       sizeof(pytest) - 1);
}

static const char *ending_of(const struct module *module)
{
	return module->tag_length ? module->pyc + module->tag - 1
				  : module->pyc + module->pyc_length - 4;
}

/* The optimisation level (-O, -OO) that makes this form; -1: none does. */
static int level_of(const char *ending)
{
	const char *level = strstr(ending, ".opt-");

	if (!level)
		return strcmp(ending, ".pyo") == 0;
	return strcmp(level, ".opt-1.pyc") == 0	  ? 1
	       : strcmp(level, ".opt-2.pyc") == 0 ? 2
						  : -1;
}

/* Can this interpreter's compileall make hash-based pycs?  Python 3.7 and later can. */
static bool can_be_timeless(const char *ending)
{
	unsigned minor = 0;

	return sscanf(ending, ".cpython-3%u", &minor) == 1
		       ? minor >= 7
		       : strncmp(ending, ".pypy3", 6) == 0;
}

/*
 * Would a pyc made beforehand have been used, so that this item's compiles were avoided?
 * If only the source's time was reset, it would if it is a hash-based pyc.
 */
static bool is_avoidable(const struct planner *planner, const struct waste_item *item)
{
	const struct tally *tally = item->tally;
	bool reset = tally->stale > 0 && tally->reset > 0;

	if (item->cause == WASTE_CAUSES || !(planner->causes & 1u << item->cause) ||
	    !compileall_makes(item->module) || tally->again == AGAIN_MAGIC)
		return false;
	if (stats_module_is_unreadable(
		    item->module)) /* compileall would not replace it */
		return false;
	if (item->cause == WASTE_NOT_ATTEMPTED && planner->wastes->items.unsure)
		return false;
	return level_of(ending_of(item->module)) >= 0 &&
	       (!reset || can_be_timeless(ending_of(item->module)));
}

/* The ending whose compiles cost most; NULL: there is none. */
static const char *find_form(const struct planner *planner)
{
	const struct waste_items *items = &planner->wastes->items;
	struct form forms[FORMS_MAX] = {{0}}, *form, *best = forms;
	const char *ending;
	size_t i;

	for (i = 0; i < items->count; i++) {
		if (!is_avoidable(planner, &items->item[i]))
			continue;
		ending = ending_of(items->item[i].module);
		for (form = forms; form < forms + FORMS_MAX - 1; form++)
			if (!form->ending || strcmp(form->ending, ending) == 0)
				break;
		if (!form->ending)
			form->ending = ending;
		form->weight = amount_add(form->weight, items->item[i].cost.high);
	}
	for (form = forms; form < forms + FORMS_MAX; form++)
		if (form->weight > best->weight)
			best = form;
	return best->ending;
}

static bool is_of_form(const struct planner *planner, const struct waste_item *item)
{
	return is_avoidable(planner, item) &&
	       strcmp(ending_of(item->module), planner->ending) == 0;
}

static void choose_roots(struct planner *planner)
{
	const struct waste_items *items = &planner->wastes->items;
	size_t i;

	roots_begin(&planner->roots, planner->stats);
	for (i = 0; i < items->count; i++)
		if (is_of_form(planner, &items->item[i]))
			roots_add(&planner->roots, items->item[i].module->source,
				  items->item[i].cost.high);
	roots_choose(&planner->roots, ROOTS_NAMED);
}

/* Mark the items whose compiles the command avoids, and sum them up. */
static void find_avoided(const struct planner *planner, struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	bool *seen = xcalloc(planner->stats->starts + 1, sizeof(*seen));
	const struct waste_item *item;
	struct span sum = {0}, ready = {0};
	size_t i;

	plan->spares = xcalloc(items->count + 1, sizeof(*plan->spares));
	for (i = 0; i < items->count; i++) {
		item = &items->item[i];
		if (!is_of_form(planner, item) ||
		    !roots_cover(&planner->roots, item->module->source))
			continue;
		plan->spares[i] = true;
		plan->timeless |= item->tally->reset > 0;
		sum = span_add(sum, item->saves);
		ready = span_add(ready, item->ready);
		plan->starts += !seen[item->tally->key.process->start];
		seen[item->tally->key.process->start] = true;
	}
	plan->saves = span_mean(sum, plan->starts);
	plan->ready = span_mean(ready, plan->starts);
	free(seen);
}

/* --- what the command adds to a disk -------------------------------------------------- */

/* Does this machine have the recorded sources?  The recording may be of another one. */
static bool sources_are_here(const struct planner *planner, const struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	const struct module *module;
	unsigned witnesses = 0;
	struct stat status;
	size_t i;

	for (i = 0; i < items->count && witnesses < WITNESSES; i++) {
		module = items->item[i].module;
		if (!plan->spares[i])
			continue;
		if (stat(module->source, &status) < 0 || !S_ISREG(status.st_mode) ||
		    (module->source_bytes &&
		     module->source_bytes != (uint64_t)status.st_size))
			return false;
		witnesses++;
	}
	return witnesses > 0;
}

/* The size of the pycs of the recorded modules.  Stale pycs take their space already. */
static int64_t recorded_bytes(const struct planner *planner,
			      const struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	const struct module *last = NULL;
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < items->count; i++) {
		if (!plan->spares[i] || items->item[i].module == last ||
		    items->item[i].tally->stale > 0)
			continue;
		last = items->item[i].module;
		bytes = amount_add(bytes, amount_pages(items->item[i].bytes));
	}
	return bytes;
}

static void find_costs(const struct planner *planner, struct compileall *plan)
{
	struct pyc_size size = pyc_size_measure(planner->stats);

	plan->costs_bytes = -1;
	if (sources_are_here(planner, plan))
		plan->costs_bytes = compileall_size(
			&planner->roots, &planner->stats->tables, planner->ending, &size);
	plan->at_least = plan->costs_bytes < 0;
	plan->least_bytes = recorded_bytes(planner, plan);
	if (plan->at_least)
		plan->costs_bytes = plan->least_bytes;
}

/* --- where the command makes pycs ----------------------------------------------------- */

/* Is this the default shadow, in a state directory? */
static bool is_default_shadow(const char *root)
{
	static const char *const places[] = SETTING_STATE_PLACES;
	const char *uid;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (strncmp(root, places[i], strlen(places[i])) != 0)
			continue;
		uid = root + strlen(places[i]);
		if (strcmp(uid + strspn(uid, "0123456789"), "/shadow") == 0)
			return true;
	}
	/* the one in $XDG_RUNTIME_DIR */
	return text_ends_with(root, strlen(root), "/pycshim/shadow");
}

static enum compileall_place find_place(const struct planner *planner,
					const struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	const char *root = savings_measure(planner->stats).root;
	const struct process *process;
	bool redirected = false, mine = true;
	size_t i;

	/* where the run could not write pycs, a command before the run could not either */
	for (i = 0; i < items->count; i++)
		if (plan->spares[i] && items->item[i].cause != WASTE_REPEATED)
			return COMPILEALL_IN_IMAGE;
	for (process = planner->stats->tables.processes; process;
	     process = process->hh.next) {
		if (process->mode != MODE_redirect || !*process->root)
			continue;
		redirected = true;
		mine &= process->uid == geteuid();
	}
	if (!redirected)
		return COMPILEALL_IN_PLACE;
	/* the owner would refuse a shadow that we make, and a default one is not lasting */
	return root && mine && !is_default_shadow(root) ? COMPILEALL_IN_SHADOW
							: COMPILEALL_IN_IMAGE;
}

/* --- the command -------------------------------------------------------------------- */

/*
 * May the advice name this program?  Whoever made the recording chose its path, and the
 * user may paste the command.
 */
static bool is_trusted(const char *executable)
{
	struct stat status;

	return stat(executable, &status) == 0 && S_ISREG(status.st_mode) &&
	       (status.st_uid == 0 || status.st_uid == geteuid()) &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * How to call the interpreter: by its name if PATH will usually find it, else by its path.
 * NULL: it is another program, which embeds Python.
 */
static char *name_of_python(const char *executable)
{
	static const char *const usual[] = {"/usr/bin/", "/usr/local/bin/", "/bin/"};
	const char *base = text_base_name(executable);
	size_t i;

	if (strncmp(base, "python", 6) != 0 && strncmp(base, "pypy", 4) != 0)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(usual); i++)
		if (strncmp(executable, usual[i], strlen(usual[i])) == 0 &&
		    executable + strlen(usual[i]) == base)
			return quote_path(base);
	return quote_path(is_trusted(executable) ? executable : base);
}

/* The Python that makes these pycs, as a shell's word. */
static char *find_python(const struct planner *planner, const struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	char major, *name;
	unsigned minor;
	size_t i;

	for (i = 0; i < items->count; i++) {
		if (!plan->spares[i])
			continue;
		name = name_of_python(items->item[i].tally->key.process->executable);
		if (name)
			return name;
	}
	if (sscanf(planner->ending, ".cpython-%c%u", &major, &minor) == 2)
		return xasprintf("python%c.%u", major, minor);
	return xstrdup(strncmp(planner->ending, ".pypy3", 6) == 0	 ? "pypy3"
		       : planner->ending[1] == 'p' && planner->ending[4] ? "pypy"
									 : "python2");
}

/* Without -f compileall keeps a pyc that has the right magic and the source's time. */
static const char *find_options(const struct planner *planner,
				const struct compileall *plan)
{
	const struct waste_items *items = &planner->wastes->items;
	size_t i;

	if (plan->timeless)
		return " -f --invalidation-mode unchecked-hash";
	for (i = 0; i < items->count; i++)
		if (plan->spares[i] && (items->item[i].tally->stale > 0 ||
					items->item[i].module->damaged_bytes))
			return " -f";
	return "";
}

static char *make_command(const struct planner *planner, const struct compileall *plan)
{
	static const char *const levels[] = {"", " -O", " -OO"};
	const int level = level_of(planner->ending);
	char *whole = roots_words(&planner->roots, false),
	     *flat = roots_words(&planner->roots, true),
	     *python = find_python(planner, plan), *shadow = xstrdup(""), *root, *start,
	     *command;

	if (plan->place == COMPILEALL_IN_SHADOW) {
		free(shadow);
		root = quote_path(savings_measure(planner->stats).root);
		shadow = xasprintf("pycshim -m redirect -r %s -- ", root);
		free(root);
	}
	start = xasprintf("%s%s%s -m compileall -q%s", shadow, python,
			  levels[level < 0 ? 0 : level], find_options(planner, plan));
	if (*whole && *flat)
		command = xasprintf("%s %s && %s -l %s", start, whole, start, flat);
	else
		command = xasprintf("%s %s%s", start, *whole ? "" : "-l ",
				    *whole ? whole : flat);
	free(whole);
	free(flat);
	free(python);
	free(shadow);
	free(start);
	return command;
}

void compileall_plan(const struct stats *stats, const struct wastes *wastes,
		     unsigned causes, struct compileall *plan)
{
	struct planner planner = {.stats = stats, .wastes = wastes, .causes = causes};

	memset(plan, 0, sizeof(*plan));
	planner.ending = find_form(&planner);
	if (!planner.ending) {
		plan->spares = xcalloc(wastes->items.count + 1, sizeof(*plan->spares));
		return;
	}
	choose_roots(&planner);
	find_avoided(&planner, plan);
	if (plan->saves.high) {
		plan->place = find_place(&planner, plan);
		find_costs(&planner, plan);
		plan->command = make_command(&planner, plan);
	}
	if (plan->place != COMPILEALL_IN_IMAGE)
		plan->costs_bytes = 0; /* the run itself writes them there, too */
	roots_free(&planner.roots);
}

void compileall_free(struct compileall *plan)
{
	free(plan->command);
	free(plan->spares);
}
