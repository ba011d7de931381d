/* SPDX-License-Identifier: MIT */
/*
 * pycstat image: what bytecode directories or a root file system hold, without running
 * anything of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/fail_if.h"
#include "answer/image_advice.h"
#include "answer/image_cost.h"
#include "answer/image_measure.h"
#include "answer/image_price.h"
#include "command/commands.h"
#include "common/util.h"
#include "read/recordings.h"
#include "read/stats.h"
#include "show/image_text.h"

#define PACKAGES_SHOWN 20

/* Where a root has its interpreters and its programs. */
static const char *const places[] = {"/usr/lib", "/usr/local/lib", "/opt", "/app",
				     "/srv",	 "/home",	   "/root"};
static const char *const programs[] = {"/usr/local/bin", "/usr/bin"};

#define KEYS 17

static void fill_keys(struct fail_if_value table[KEYS], const struct image *image,
		      const struct image_row *total)
{
	const struct fail_if_value filled[KEYS] = {
		{"sources", (double)total->sources},
		{"valid", (double)total->pycs.valid},
		{"missing", (double)total->missing},
		{"stale", (double)total->pycs.stale},
		{"unreadable", (double)total->pycs.unreadable},
		{"damaged", (double)total->pycs.damaged},
		{"unproven", (double)total->unproven},
		{"hash_based", (double)total->pycs.hash_based},
		{"optimised", (double)image_optimised_pycs(total)},
		{"optimised_stale", (double)image_optimised_sum(total).stale},
		{"orphaned", (double)image->orphaned},
		{"unwritable", (double)image->owners.total.unwritable},
		{"root_beside_others", (double)image->owners.total.roots},
		{"world_writable", (double)image->owners.total.everybodys},
		{"pyc_bytes", (double)total->pycs.bytes},
		{"missing_bytes", (double)total->missing_bytes},
		{"compile_seconds", (double)total->compile_ns / 1e9},
	};

	memcpy(table, filled, sizeof(filled));
}

static bool has_tags(const struct image *image)
{
	size_t i;

	for (i = 0; i < image->packages; i++)
		if (image->package[i]->counts || *image->package[i]->own_tag)
			return true;
	return image->pythons > 0;
}

/* What the directories to walk are. */
struct tour {
	const char *const *paths;
	size_t count;
	bool usual; /* those that are not there are no error */
};

/* Walk the directories; a usual place that is not there is no error. */
static int add_paths(struct image *image, const struct tour *tour,
		     struct progress *progress)
{
	int status = EXIT_SUCCESS, error;
	size_t i;

	progress_begin(progress, "looking", "files", 0);
	image->progress = progress;
	for (i = 0; i < tour->count; i++) {
		error = image_add(image, tour->paths[i]);
		if (!error || tour->usual)
			continue;
		progress_end(progress);
		warn("%s: cannot read: %s", tour->paths[i], strerror(-error));
		status = EXIT_FAILURE;
	}
	progress_end(progress);
	image->progress = NULL;
	if (tour->usual || !has_tags(image))
		for (i = 0; i < ARRAY_SIZE(programs); i++)
			image_find_pythons(image, programs[i]);
	return status;
}

static int open_root(struct image *image, const char *root)
{
	image->root.confined = root != NULL;
	image->root.fd = root ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : AT_FDCWD;
	if (!root || image->root.fd >= 0)
		return 0;
	warn("%s: cannot open: %s", root, strerror(errno));
	return EXIT_FAILURE;
}

/* Name the first directory that was left out for each reason, and how many there are. */
static void warn_of_troubles(const struct image *image)
{
	if (image->errors)
		warn("%s: cannot read: %s (%lld such directories)", image->first_unread,
		     image->unread_error == ENAMETOOLONG ? "too many levels"
							 : strerror(image->unread_error),
		     (long long)image->errors);
	if (image->no_caches)
		warn("%s: is not a directory, so no pyc can be there (%lld of these)",
		     image->first_no_cache, (long long)image->no_caches);
}

/*
 * Walk once more to choose sources, have them compiled or look for them in recordings, and
 * reckon anew by what it took.  `stats` may be NULL.
 */
static void reckon_anew(struct image *image, const struct tour *tour, bool compiles,
			const struct stats *stats, struct image_cost *cost,
			struct image_prices *prices)
{
	struct image again = {.root = image->root, .on_source = image_measure_offer};
	struct image_measure measure;
	struct progress progress;
	size_t i;

	if (!cost->total.compile_ns)
		return;
	image_measure_begin(&measure, cost, &image->root, stats);
	again.context = &measure;
	progress_begin(&progress, "choosing what to compile", "files", 0);
	again.progress = &progress;
	for (i = 0; i < tour->count; i++)
		(void)!image_add(&again, tour->paths[i]); /* it was read before */
	progress_end(&progress);
	if (compiles)
		image_measure_run(&measure, prices);
	if (stats)
		image_measure_take_recorded(&measure, prices);
	image_measure_free(&measure);
	image_free(&again);
	image_cost_free(cost);
	image_cost_find(cost, image, prices);
}

/* Read the recordings that were named.  Returns the exit status. */
static int read_recordings(const struct options *options, struct stats *stats)
{
	struct options named = {.recordings = options->records,
				.recordings_count = options->records_count};
	struct recordings recordings;
	int status;

	recordings_find(&recordings, &named);
	recordings_read(&recordings, stats);
	status = recordings_status(&recordings);
	recordings_free(&recordings);
	return status;
}

/* What the pycs cost, also by what is compiled here or recorded.  Returns the exit status. */
static int reckon(const struct options *options, struct image *image,
		  const struct tour *tour, struct image_cost *cost,
		  struct image_prices *prices)
{
	bool recorded = options->records_count > 0;
	int status = EXIT_SUCCESS;
	struct stats stats;

	image_learn_magics(image);
	image_cost_find(cost, image, prices);
	stats_init(&stats);
	if (recorded)
		status = read_recordings(options, &stats);
	if (options->measure || recorded)
		reckon_anew(image, tour, options->measure, recorded ? &stats : NULL, cost,
			    prices);
	stats_free(&stats);
	return status;
}

static void print(const struct options *options, const struct image *image,
		  const struct image_cost *cost)
{
	struct image_advice *advice;
	struct image_view view = {
		.root = options->root,
		.image = image,
		.cost = cost,
		.top = options->top_given ? options->top
		       : options->json	  ? 0
					  : PACKAGES_SHOWN,
		.workers = options->workers ? options->workers : 1,
	};

	view.advice_count = image_advise(cost, &advice);
	view.advice = advice;
	if (options->json)
		image_print_json(&view);
	else
		image_print_text(&view);
	image_advice_free(advice, view.advice_count);
}

/* `status`: of the walk that has filled the image. */
static int show(const struct options *options, struct image *image,
		const struct tour *tour, int status)
{
	struct fail_if_value keys[KEYS];
	struct image_prices prices = {0};
	struct image_cost cost;

	if (reckon(options, image, tour, &cost, &prices) != EXIT_SUCCESS)
		status = EXIT_FAILURE;
	print(options, image, &cost);
	warn_of_troubles(image);
	if (image->errors && !status)
		status = EXIT_FAILURE;
	fill_keys(keys, image, &cost.total);
	status = fail_if_status(options->fail_if, options->fail_if_count, keys, KEYS,
				status);
	image_cost_free(&cost);
	image_prices_free(&prices);
	return status;
}

int cmd_image(const struct options *options)
{
	bool usual = !options->recordings_count;
	const char *const whole[] = {"/"};
	struct tour tour = {options->recordings, options->recordings_count,
			    usual && !options->root};
	struct fail_if_value keys[KEYS];
	struct image image = {0};
	struct progress progress;
	int status;

	fill_keys(keys, &image, &(struct image_row){0});
	fail_if_check(options->fail_if, options->fail_if_count, keys, KEYS);
	if (open_root(&image, options->root) != 0)
		return EXIT_FAILURE;
	if (usual) {
		tour.paths = options->root ? whole : places;
		tour.count = options->root ? ARRAY_SIZE(whole) : ARRAY_SIZE(places);
	}
	status = show(options, &image, &tour, add_paths(&image, &tour, &progress));
	image_free(&image);
	if (options->root)
		close(image.root.fd);
	return status;
}
