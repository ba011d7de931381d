/*
 * pycstat why: the story of one pyc, as a colleague would tell it.
 * Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "human.h"
#include "options.h"
#include "packages.h"
#include "query.h"
#include "recordings.h"
#include "stats.h"
#include "stats_module.h"
#include "story.h"
#include "story_conclusion.h"
#include "story_text.h"
#include "suggest.h"
#include "terminal.h"
#include "util.h"
#include "why_json.h"

#define LISTED 20 /* modules that may be meant, at most */

static int by_source(const void *a, const void *b)
{
	const struct module *left = *(const struct module *const *)a;
	const struct module *right = *(const struct module *const *)b;
	int order = strcmp(left->source, right->source);

	return order ? order : strcmp(left->pyc, right->pyc);
}

/* By name too, which is certain when all packages are known. */
static enum query_rank rank(const struct packages *packages, const struct query *query,
			    const struct module *module)
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
		found = rank(packages, query, module);
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

static void print_line(const struct terminal *terminal, const char *title,
		       const char *text)
{
	char *clean = terminal_clean(terminal, text);

	fprintf(terminal->out, "  %-7s %s\n", title, clean);
	free(clean);
}

static void print_heading(const struct terminal *terminal,
			  const struct packages *packages, const struct module *module)
{
	char *dotted = packages_dotted(packages, module);
	char *name = terminal_clean(terminal, dotted);

	fprintf(terminal->out, "%s%s%s\n", terminal_colour(terminal, COLOUR_BOLD), name,
		terminal_colour(terminal, COLOUR_PLAIN));
	print_line(terminal, "source",
		   stats_module_lacks_source(module) ? "none was there" : module->source);
	print_line(terminal, "pyc", module->pyc);
	putc('\n', terminal->out);
	free(dotted);
	free(name);
}

static void print_story(const struct terminal *terminal, const struct packages *packages,
			const struct module *module)
{
	struct story *story = story_of(module);
	char *conclusion, *clean;

	print_heading(terminal, packages, module);
	story_print(terminal, module, story);
	conclusion = story_conclusion(module);
	clean = terminal_clean(terminal, conclusion);
	fprintf(terminal->out, "\n%sIn short:%s ", terminal_colour(terminal, COLOUR_BOLD),
		terminal_colour(terminal, COLOUR_PLAIN));
	terminal_wrap(terminal, clean, 2, strlen("In short: "));
	free(conclusion);
	free(clean);
}

/* The name of a module that is much like what was asked for, or NULL; the caller frees. */
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

static void warn_nothing(const struct options *options, const struct stats *stats,
			 const struct packages *packages)
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
	fputs("Modules from zips, built-in and frozen modules have none, and a main script "
	      "is\nnever cached.\n",
	      stderr);
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

static int tell(const struct options *options, const struct stats *stats,
		const struct packages *packages, const struct matches *matches)
{
	struct terminal terminal = terminal_find(stdout);
	size_t i;

	for (i = 0; i < matches->count; i++)
		story_sort(story_of(matches->module[i]));
	if (options->json)
		why_json_print(options->query, matches);
	if (!stats->processes) /* nothing was recorded, which has been said */
		return EXIT_FAILURE;
	if (!matches->count)
		warn_nothing(options, stats, packages);
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
	struct story_teller teller;
	struct query query;
	int status = EXIT_FAILURE;

	recordings_find(&recordings, options);
	stats_init(&stats);
	query_begin(&query, options->query);
	teller.query = &query;
	stats.observe = story_observe;
	stats.context = &teller;
	recordings_read(&recordings, &stats);
	packages_find(&packages, &stats.tables);
	matches = find_matches(&stats, &packages, &query);
	if (recordings.opened)
		status = tell(options, &stats, &packages, &matches);
	if (status == EXIT_SUCCESS)
		status = recordings_status(&recordings);
	free(matches.module);
	packages_free(&packages);
	query_end(&query);
	story_free(&stats);
	stats_free(&stats);
	recordings_free(&recordings);
	return status;
}
