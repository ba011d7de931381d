/* SPDX-License-Identifier: MIT */
/*
 * pycstat store: what a store holds, `prune` and `verify`.  Called from pycstat.c's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "answer/store_prune.h"
#include "answer/store_verify.h"
#include "command/commands.h"
#include "common/names.h"
#include "common/size.h"
#include "common/usage.h"
#include "common/util.h"
#include "read/places.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "read/store_list.h"
#include "setting.h"
#include "show/store_text.h"

#define MAX_BYTES_USUAL ((int64_t)1 << 30) /* as PYCSHIM_STORE_MAX */
#define COMPILES_USUAL 100		   /* how many entries are compiled anew */

enum store_action { STORE_SHOW, STORE_PRUNE, STORE_VERIFY };

static void refuse_unless(bool right, const char *option, const char *action)
{
	if (!right)
		usage_error("--%s: goes with 'store%s'", option, action);
}

/* Refuse options of another action. */
static void check_options(const struct options *options, enum store_action action)
{
	refuse_unless(!options->records_count || action == STORE_SHOW, "record", "");
	refuse_unless(!options->max_bytes || action == STORE_PRUNE, "max", " prune");
	refuse_unless(!options->unused_days || action == STORE_PRUNE, "unused-for",
		      " prune");
	refuse_unless(!options->dry_run || action == STORE_PRUNE, "dry-run", " prune");
	refuse_unless(!options->has_sample || action == STORE_VERIFY, "sample",
		      " verify");
	refuse_unless(!options->python || action == STORE_VERIFY, "python", " verify");
	refuse_unless(!options->remove || action == STORE_VERIFY, "remove", " verify");
}

/* Take the action, if the first operand is one. */
static enum store_action take_action(const char *const **operands)
{
	const char *word = **operands;

	if (!word || (strcmp(word, "prune") != 0 && strcmp(word, "verify") != 0))
		return STORE_SHOW;
	++*operands;
	return strcmp(word, "prune") == 0 ? STORE_PRUNE : STORE_VERIFY;
}

/* The directory that is named, or PYCSHIM_STORE; NULL, after a warning: there is none. */
static const char *find_directory(const char *const *operands)
{
	const char *value = getenv("PYCSHIM_STORE");

	if (operands[0] && operands[1])
		usage_error("%s: one store only", operands[1]);
	if (operands[0])
		return operands[0];
	if (value && !setting_is_off(value))
		return value;
	warn(value ? "PYCSHIM_STORE is off: name the directory of a store"
		   : "no store: name its directory, or set PYCSHIM_STORE");
	return NULL;
}

static int64_t default_max_bytes(void)
{
	const char *value = getenv("PYCSHIM_STORE_MAX");
	uint64_t bytes = value ? size_parse(value) : 0;

	return bytes && bytes <= INT64_MAX ? (int64_t)bytes : MAX_BYTES_USUAL;
}

/* The recording to read if none is named, which the caller frees; NULL: there is none. */
static char *default_recording(void)
{
	const char *value = getenv("PYCSHIM_RECORD");
	struct stat status;
	char *path;

	if (!value)
		path = places_look();
	else if (setting_record_is_off(value))
		path = NULL;
	else
		path = xstrdup(value);
	if (path && (stat(path, &status) != 0 || !status.st_size)) {
		free(path);
		path = NULL;
	}
	return path;
}

/* Read what the store has saved.  Returns the exit status. */
static int read_savings(const struct options *options, struct store_view *view)
{
	struct options named = {.recordings = options->records,
				.recordings_count = options->records_count};
	char *found = NULL;
	struct recordings recordings;
	struct stats stats;
	int status;

	if (!named.recordings_count) {
		found = default_recording();
		if (!found)
			return EXIT_SUCCESS;
		named.recordings = (const char *const *)&found;
		named.recordings_count = 1;
	}
	recordings_find(&recordings, &named);
	stats_init(&stats);
	recordings_read(&recordings, &stats);
	view->has_recording = recordings.opened > 0;
	view->reused = stats.totals.count[VERDICT_reused];
	view->saved_ns = stats.totals.count[VERDICT_saved_ns];
	/* what nobody named is no failure */
	status = found ? EXIT_SUCCESS : recordings_status(&recordings);
	stats_free(&stats);
	recordings_free(&recordings);
	free(found);
	return status;
}

static int store_show(const struct options *options, struct store_view *view,
		      struct store_list *list)
{
	int status;

	store_list_read(list);
	status = read_savings(options, view);
	if (options->json)
		store_print_json(view);
	else
		store_print_text(view);
	if (!list->error)
		return status;
	warn("%s: cannot read all of it: %s", view->path,
	     meaning_of_error((uint32_t)list->error));
	return EXIT_FAILURE;
}

static int store_run_prune(const struct options *options, const struct store_view *view,
			   struct store_list *list)
{
	const int64_t day_ns = INT64_C(86400) * 1000000000;
	struct store_prune prune = {.max_bytes = options->max_bytes
							 ? (int64_t)options->max_bytes
							 : view->max_bytes,
				    .now_ns = view->now_ns,
				    .dry_run = options->dry_run};

	if (options->unused_days)
		prune.unused_since = view->now_ns -
				     (int64_t)options->unused_days * day_ns;
	store_prune(&prune, list);
	if (options->json)
		prune_print_json(view, &prune);
	else
		prune_print_text(view, &prune);
	if (!prune.error)
		return EXIT_SUCCESS;
	warn("%s: cannot do all of it: %s", view->path,
	     meaning_of_error((uint32_t)prune.error));
	return EXIT_FAILURE;
}

static int store_run_verify(const struct options *options, const struct store_view *view,
			    struct store_list *list)
{
	size_t sample = options->sample ? options->sample : STORE_SAMPLE_ALL;
	struct store_verify verify = {
		.checks = options->has_sample ? sample : STORE_SAMPLE_ALL,
		.compiles = options->has_sample ? sample : COMPILES_USUAL,
		.python = options->python,
		.remove = options->remove};
	int status;

	store_list_read(list);
	store_verify(&verify, list);
	if (options->json)
		verify_print_json(view, &verify);
	else
		verify_print_text(view, &verify);
	if (!verify.error)
		verify.error = list->error;
	if (verify.error)
		warn("%s: cannot check all of it: %s", view->path,
		     meaning_of_error((uint32_t)verify.error));
	status = verify.error || verify.problem_count ? EXIT_FAILURE : EXIT_SUCCESS;
	store_verify_free(&verify);
	return status;
}

int cmd_store(const struct options *options)
{
	const char *const *operands = options->recordings;
	enum store_action action = take_action(&operands);
	struct store_view view = {.max_bytes = default_max_bytes()};
	struct store_list list;
	struct timespec now;
	int result;

	check_options(options, action);
	view.path = find_directory(operands);
	if (!view.path)
		return EXIT_FAILURE;
	result = store_list_open(&list, view.path);
	if (result < 0) {
		warn("%s: no store: %s", view.path, meaning_of_error((uint32_t)-result));
		return EXIT_FAILURE;
	}
	view.list = &list;
	clock_gettime(CLOCK_REALTIME, &now);
	view.now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	switch (action) {
	case STORE_PRUNE:
		result = store_run_prune(options, &view, &list);
		break;
	case STORE_VERIFY:
		result = store_run_verify(options, &view, &list);
		break;
	default:
		result = store_show(options, &view, &list);
		break;
	}
	if (list.untrusted)
		warn("%s: somebody else owns a directory of it or can write it: the "
		     "library does not use it",
		     view.path);
	store_list_close(&list);
	return result;
}
