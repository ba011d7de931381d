/* SPDX-License-Identifier: MIT */
/*
 * pycstat why: tells the story of one module's pycs in plain words.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/packages.h"
#include "answer/query.h"
#include "answer/story.h"
#include "answer/story_conclusion.h"
#include "answer/unseen.h"
#include "command/commands.h"
#include "common/human.h"
#include "common/suggest.h"
#include "common/util.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "read/stats_module.h"
#include "show/story_text.h"
#include "show/terminal.h"
#include "show/why_json.h"

#define LISTED 20 /* at most so many modules are listed if the query is ambiguous */

static int by_source(const void *a, const void *b)
{
	const struct module *left = *(const struct module *const *)a;
	const struct module *right = *(const struct module *const *)b;
	int order = strcmp(left->source, right->source);

	return order ? order : strcmp(left->pyc, right->pyc);
}

/* The rank of a module, also by its dotted name, which needs all packages. */
static enum query_rank rank_module(const struct packages *packages,
				   const struct query *query, const struct module *module)
{
	enum query_rank rank = story_of(module) ? story_of(module)->rank : QUERY_NO;
	char *dotted;

	if (rank != QUERY_END || !query->module)
		return rank;
	dotted = packages_dotted(packages, module);
	if (strcmp(dotted, query->word) == 0)
		rank = QUERY_NAMED;
	free(dotted);
	return rank;
}

static struct matches find_matches(const struct stats *stats,
				   const struct packages *packages,
				   const struct query *query)
{
	struct matches matches = {.count = 0};
	enum query_rank best = QUERY_END, found;
	const struct module *module;

	matches.module = xcalloc(stats->modules, sizeof(*matches.module));
	for (module = stats->tables.modules; module; module = module->hh.next) {
		found = rank_module(packages, query, module);
		if (found < best)
			continue;
		if (found > best)
			matches.count = 0;
		best = found;
		matches.module[matches.count++] = module;
	}
	qsort(matches.module, matches.count, sizeof(*matches.module), by_source);
	if (matches.count)
		matches.ambiguous = strcmp(matches.module[0]->source,
					   matches.module[matches.count - 1]->source) !=
				    0;
	return matches;
}

static void why_print_line(const struct terminal *terminal, const char *title,
			   const char *text)
{
	char *clean = terminal_clean(terminal, text);

	fprintf(terminal->out, "  %-7s %s\n", title, clean);
	free(clean);
}

/* What to print as the source of a module. */
static const char *shown_source(const struct module *module)
{
	if (!stats_module_lacks_source(module))
		return module->source;
	return module->by_name ? "not asked for" : "none was there";
}

static void why_print_heading(const struct terminal *terminal,
			      const struct packages *packages,
			      const struct module *module)
{
	char *dotted = packages_dotted(packages, module);
	char *name = terminal_clean(terminal, dotted);

	fprintf(terminal->out, "%s%s%s\n", terminal_colour(terminal, COLOUR_BOLD), name,
		terminal_colour(terminal, COLOUR_PLAIN));
	why_print_line(terminal, "source", shown_source(module));
	why_print_line(terminal, "pyc", module->pyc);
	putc('\n', terminal->out);
	free(dotted);
	free(name);
}

static void print_story(const struct terminal *terminal, const struct packages *packages,
			const struct module *module)
{
	struct story *story = story_of(module);
	char *conclusion, *clean;

	why_print_heading(terminal, packages, module);
	story_print(terminal, module, story);
	conclusion = story_conclusion(module);
	clean = terminal_clean(terminal, conclusion);
	fprintf(terminal->out, "\n%sIn short:%s ", terminal_colour(terminal, COLOUR_BOLD),
		terminal_colour(terminal, COLOUR_PLAIN));
	terminal_wrap(terminal, clean, 2, strlen("In short: "));
	free(conclusion);
	free(clean);
}

/* The name of the module that is most like the query; NULL: none is.  The caller frees. */
static char *find_alike(const char *query, const struct stats *stats,
			const struct packages *packages)
{
	const struct module *module;
	struct suggestion suggestion;
	char *best = NULL, *dotted, *stem;

	suggest_begin(&suggestion, query);
	for (module = stats->tables.modules; module; module = module->hh.next) {
		dotted = packages_dotted(packages, module);
		stem = strrchr(dotted, '.');
		suggest_offer(&suggestion, dotted);
		suggest_offer(&suggestion, stem ? stem + 1 : dotted);
		if (suggestion.best && suggestion.best != best) {
			free(best);
			best = dotted;
			suggestion.best = best;
		} else {
			free(dotted);
		}
	}
	return best;
}

/* What is needed while events are read: what story_observe() and unseen_observe() ask for. */
struct why_observer {
	struct story_teller teller;
	struct unseen unseen;
};

static void why_observe(void *context, const struct stats_event *event)
{
	struct why_observer *observer = context;

	story_observe(&observer->teller, event);
	if (event->record->type == RECORD_read_source)
		unseen_observe(&observer->unseen, event);
}

/* Say on standard error why there may be no look-up. */
static void print_unseen(const struct unseen *unseen)
{
	struct terminal terminal = terminal_find(stderr);
	char *text = unseen_text(unseen), *clean = terminal_clean(&terminal, text);

	terminal_wrap(&terminal, clean, 0, 0);
	free(text);
	free(clean);
}

static void warn_no_match(const struct options *options, const struct stats *stats,
			  const struct packages *packages, const struct unseen *unseen)
{
	bool cache = query_names_cache(options->query);
	char *best = cache ? NULL : find_alike(options->query, stats, packages);

	if (cache)
		warn("why: %s is a directory: name a module in it; 'pycstat events' has "
		     "the mkdir, 'pycstat processes' the user",
		     options->query);
	else if (best)
		warn("why: no look-up of %s is in this recording: did you mean %s?",
		     options->query, best);
	else
		warn("why: no look-up of %s is in this recording: 'pycstat modules' lists "
		     "those that are",
		     options->query);
	print_unseen(unseen);
	if (stats->lost_events)
		fprintf(stderr, "The recording was too small: %s events are not in it.\n",
			human_count((int64_t)stats->lost_events).s);
	free(best);
}

static void warn_ambiguous(const struct options *options, const struct matches *matches)
{
	struct terminal terminal = terminal_find(stderr);
	const char *before = "";
	size_t i, sources = 0;
	char *clean;

	warn("why: %s could be several; name one of", options->query);
	for (i = 0; i < matches->count; i++) {
		if (strcmp(before, matches->module[i]->source) == 0)
			continue;
		before = matches->module[i]->source;
		if (++sources > LISTED)
			continue;
		clean = terminal_clean(&terminal, before);
		fprintf(stderr, "  %s\n", clean);
		free(clean);
	}
	if (sources > LISTED)
		fprintf(stderr, "  and %zu more\n", sources - LISTED);
}

/* Print the stories of the matches.  Returns 1 if there is not exactly one source. */
static int print_matches(const struct options *options, const struct stats *stats,
			 const struct packages *packages, const struct matches *matches,
			 const struct unseen *unseen)
{
	struct terminal terminal = terminal_find(stdout);
	size_t i;

	for (i = 0; i < matches->count; i++)
		story_sort(story_of(matches->module[i]));
	if (options->json)
		why_json_print(options->query, matches);
	if (!stats->processes) /* a warning has said that nothing was recorded */
		return EXIT_FAILURE;
	if (!matches->count)
		warn_no_match(options, stats, packages, unseen);
	else if (matches->ambiguous)
		warn_ambiguous(options, matches);
	if (!matches->count || matches->ambiguous)
		return EXIT_FAILURE;
	for (i = 0; i < matches->count && !options->json; i++) {
		if (i)
			putchar('\n');
		print_story(&terminal, packages, matches->module[i]);
	}
	return EXIT_SUCCESS;
}

int cmd_why(const struct options *options)
{
	struct recordings recordings;
	struct packages packages;
	struct matches matches;
	struct stats stats;
	struct why_observer observer = {{0}, {0}};
	struct query query;
	int status = EXIT_FAILURE;

	recordings_find(&recordings, options);
	stats_init(&stats);
	query_begin(&query, options->query);
	observer.teller.query = observer.unseen.query = &query;
	stats.observe = why_observe;
	stats.context = &observer;
	recordings_read(&recordings, &stats);
	packages_find(&packages, &stats.tables);
	matches = find_matches(&stats, &packages, &query);
	if (recordings.opened)
		status = print_matches(options, &stats, &packages, &matches,
				       &observer.unseen);
	if (status == EXIT_SUCCESS)
		status = recordings_status(&recordings);
	free(matches.module);
	packages_free(&packages);
	unseen_free(&observer.unseen);
	query_end(&query);
	story_free(&stats);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
