/*
 * See recordings.h.  Runs in pycstat.
 */
#include "recordings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "human.h"
#include "names.h"
#include "places.h"
#include "progress.h"
#include "setting.h"
#include "util.h"

/* A file that was opened. */
struct recordings_file {
	struct {
		uint64_t device, inode;
	} key;
	UT_hash_handle hh;
};

static void add(struct recordings *recordings, char *path)
{
	recordings->paths = xrealloc(
		recordings->paths, (recordings->count + 1) * sizeof(*recordings->paths));
	recordings->paths[recordings->count++] = path;
}

void recordings_find(struct recordings *recordings, const struct options *options)
{
	const char *value = getenv("PYCSHIM_RECORD");
	char *found;
	size_t i;

	memset(recordings, 0, sizeof(*recordings));
	for (i = 0; i < options->recordings_count; i++)
		add(recordings, xstrdup(options->recordings[i]));
	if (recordings->count)
		return;
	if (!value) {
		found = places_find();
		recordings->found = found != NULL;
		recordings->failed = !found;
		if (found)
			add(recordings, found);
	} else if (!setting_record_is_off(value)) {
		add(recordings, xstrdup(value));
	} else {
		warn("PYCSHIM_RECORD is off: name a recording");
		recordings->failed = true;
	}
}

void recordings_free(struct recordings *recordings)
{
	struct recordings_file *file, *next;
	size_t i;

	HASH_ITER(hh, recordings->files, file, next)
	{
		HASH_DEL(recordings->files, file); /* NOLINT: as in tables_free() */
		free(file);
	}
	for (i = 0; i < recordings->count; i++)
		free(recordings->paths[i]);
	free(recordings->paths);
}

/* What it is, where it is no file that can be read. */
static const char *kind_of(const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0 || stat(path, &status) < 0)
		return "a device";
	return S_ISFIFO(status.st_mode)	  ? "a FIFO, which may never end"
	       : S_ISSOCK(status.st_mode) ? "a socket"
					  : "a device";
}

/* Is it one that was opened before, maybe by another name?  It is counted once. */
static bool is_repeated(struct recordings *recordings, const struct reader *reader)
{
	struct recordings_file *file = xcalloc(1, sizeof(*file)), *before;
	struct stat status;

	if (fstat(reader->fd, &status) == 0) {
		file->key.device = status.st_dev;
		file->key.inode = status.st_ino;
	}
	HASH_FIND(hh, recordings->files, &file->key, sizeof(file->key), before);
	if (before)
		free(file);
	else
		HASH_ADD(hh, recordings->files, key, sizeof(file->key), file);
	return before != NULL;
}

bool recordings_open(struct recordings *recordings, size_t index, struct reader *reader)
{
	const char *path = recordings->paths[index];
	int error = recordings->found ? -reader_open_found(reader, path)
				      : -reader_open(reader, path);

	if (!error && is_repeated(recordings, reader)) {
		reader_close(reader);
		return false;
	}
	if (!error) {
		recordings->opened++;
		return true;
	}
	recordings->failed = true;
	if (error == ENOENT)
		warn("%s: no such recording: did the program run with the library, and with "
		     "PYCSHIM_RECORD set to this?",
		     path);
	else if (error == ENOTSUP)
		warn("%s: %s, not a recording", path, kind_of(path));
	else
		warn("%s: cannot open: %s", path, meaning_of_error((uint32_t)error));
	return false;
}

void recordings_close(struct recordings *recordings, struct reader *reader)
{
	const char *path = reader->path;
	bool failed = reader->error || reader->damaged_bytes;

	if (reader->error)
		warn("%s: cannot read past byte %" PRIu64 ": %s", path, reader->offset,
		     meaning_of_error((uint32_t)reader->error));
	if (reader->other_version && !reader->records)
		warn("%s: a recording of version %u; this pycstat reads version %u", path,
		     reader->other_version, RECORD_VERSION);
	else if (reader->damaged_bytes && !reader->records)
		warn("%s: not a recording, or all of it is damaged (%s)", path,
		     human_bytes((int64_t)reader->damaged_bytes).s);
	else if (reader->damaged_bytes)
		warn("%s: %" PRIu64 " damaged bytes left out, %" PRIu64 " records read%s",
		     path, reader->damaged_bytes, reader->records,
		     reader->is_refused
			     ? "; its beginning is damaged, so nothing more is recorded in "
			       "it: move it away"
			     : "");
	else if (!reader->records && !reader->error)
		warn("%s: empty: nothing was recorded: no Python ran with the library "
		     "(env -i, sudo and static programs drop it: pycshim --check "
		     "COMMAND), it may not write there, or --only and --skip left "
		     "nothing",
		     path);
	recordings->failed |= failed;
	reader_close(reader);
}

static void read_one(struct recordings *recordings, struct reader *reader,
		     struct stats *stats)
{
	struct progress progress;
	const struct record *record;
	uint64_t reported = 0;

	tables_begin(&stats->tables, reader->path);
	progress_begin(&progress, reader->total_bytes);
	while ((record = reader_next(reader))) {
		stats_feed(stats, record);
		if (unlikely(reader->offset - reported >= PROGRESS_BYTES)) {
			reported = reader->offset;
			progress_update(&progress, reported);
		}
	}
	progress_end(&progress);
	stats->recording_bytes += reader->offset;
	if (reader->offset > stats->largest_bytes)
		stats->largest_bytes = reader->offset;
	stats->damaged_bytes += reader->damaged_bytes;
	recordings_close(recordings, reader);
}

void recordings_read(struct recordings *recordings, struct stats *stats)
{
	struct reader reader;
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings_open(recordings, i, &reader))
			read_one(recordings, &reader, stats);
	stats_finish(stats);
}

int recordings_status(const struct recordings *recordings)
{
	return recordings->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
