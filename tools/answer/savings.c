/* SPDX-License-Identifier: MIT */
/*
 * See savings.h.
 */
#include "answer/savings.h"

#include <stdlib.h>
#include <string.h>

#include "answer/compile_cost.h"
#include "common/human.h"
#include "common/util.h"

/* The root that all processes with a shadow share; NULL: there is none, or several. */
static const char *find_shadow_root(const struct stats *stats, bool *several)
{
	const struct process *process;
	const char *root = NULL;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (process->mode != MODE_redirect || !*process->root)
			continue;
		*several = root && strcmp(root, process->root) != 0;
		if (*several)
			return NULL;
		root = process->root;
	}
	return root;
}

static void savings_add(struct savings *savings, const struct module *module)
{
	int64_t each_ns = compile_cost_of_module(module);
	const struct shadow_pyc *pyc;

	for (pyc = module->shadow_pycs; pyc; pyc = pyc->next) {
		if (!pyc->bytes)
			continue;
		savings->pycs++;
		savings->bytes = amount_add(savings->bytes,
					    amount_pages((int64_t)pyc->bytes));
	}
	savings->hits = amount_add(savings->hits, module->shadow_hits);
	if (module->shadow_hits <= 0 || each_ns <= 0)
		return;
	savings->costed_hits = amount_add(savings->costed_hits, module->shadow_hits);
	savings->saved_ns = amount_add(savings->saved_ns,
				       amount_times(each_ns, module->shadow_hits));
	savings->at_most |= module->at_most > 0;
}

struct savings savings_measure(const struct stats *stats)
{
	struct savings savings = {0};
	const struct module *module;

	savings.root = find_shadow_root(stats, &savings.several);
	for (module = stats->tables.modules; module; module = module->hh.next)
		savings_add(&savings, module);
	return savings;
}

bool savings_are_told(const struct stats *stats)
{
	const struct process *process;

	for (process = stats->tables.processes; process; process = process->hh.next)
		if (process->mode == MODE_redirect)
			return true;
	return stats->redirected > 0;
}

/* Did no process in redirect mode have a shadow?  False if there was no such process. */
static bool has_no_shadow(const struct stats *stats)
{
	const struct process *process;
	bool redirected = false;

	for (process = stats->tables.processes; process; process = process->hh.next) {
		if (process->mode != MODE_redirect)
			continue;
		redirected = true;
		if (*process->root)
			return false;
	}
	return redirected;
}

/* What the hits saved, as far as the costs of these compiles are in the recording. */
static char *saved_text(const struct stats *stats, const struct savings *savings)
{
	bool all = savings->costed_hits == savings->hits;
	const char *how = !all || stats->lost_events ? "at least "
			  : savings->at_most	     ? "at most "
						     : "about ";
	const char *it = savings->several ? "them" : "it";

	if (!savings->hits)
		return xasprintf("No look-up was answered from %s yet", it);
	if (!savings->costed_hits)
		return xasprintf(
			"%s look-up%s answered from %s instead of compiling. To see "
			"what that saved: pycstat COLD WARM, each recorded with its own "
			"-o",
			human_count(savings->hits).s,
			savings->hits == 1 ? " was" : "s were", it);
	return xasprintf("%s look-up%s answered from %s, which saved %s%s of CPU",
			 human_count(savings->hits).s,
			 savings->hits == 1 ? " was" : "s were", it, how,
			 human_seconds(savings->saved_ns).s);
}

char *savings_text(const struct stats *stats, const struct savings *savings)
{
	char *answered, *text;

	if (has_no_shadow(stats))
		return xstrdup("There was no shadow to use: a line on the run's standard "
			       "error says why.");
	answered = saved_text(stats, savings);
	text = xasprintf("The shadow%s%s%s hold%s %s%s pyc%s of this run, %s. %s.",
			 savings->several ? "s" : "", savings->root ? " " : "",
			 savings->root ? savings->root : "", savings->several ? "" : "s",
			 stats->lost_events ? "at least " : "",
			 human_count(savings->pycs).s, savings->pycs == 1 ? "" : "s",
			 human_bytes(savings->bytes).s, answered);

	free(answered);
	return text;
}
