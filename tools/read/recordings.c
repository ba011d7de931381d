/* SPDX-License-Identifier: MIT */
/*
 * See recordings.h.
 */
#include "read/recordings.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/human.h"
#include "common/names.h"
#include "common/util.h"
#include "read/places.h"
#include "read/progress.h"
#include "read/reader_file.h"
#include "setting.h"

/* A file that was opened already. */
struct recordings_file {
	struct {
		uint64_t device, inode;
	} key;
	UT_hash_handle hh;
};

static void add_path(struct recordings *recordings, char *path)
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
		add_path(recordings, xstrdup(options->recordings[i]));
	if (recordings->count)
		return;
	if (!value) {
		found = places_find();
		recordings->found = found != NULL;
		recordings->failed = !found;
		if (found)
			add_path(recordings, found);
	} else if (!setting_record_is_off(value)) {
		add_path(recordings, xstrdup(value));
	} else {
		warn("PYCSHIM_RECORD is off: name a recording");
		recordings->failed = true;
	}
}

/* Does the file begin as a recording, of whatever version? */
static bool begins_as_recording(const char *path)
{
	int fd = reader_file_open(path);
	uint32_t magic = 0;
	bool begins;

	if (fd < 0)
		return false;
	begins = read(fd, &magic, sizeof(magic)) == sizeof(magic) &&
		 (magic & RECORD_MAGIC_MASK) == (RECORD_MAGIC & RECORD_MAGIC_MASK);
	close(fd);
	return begins;
}

/* Add the recordings in a directory, in the order of their names. */
static void add_directory(struct recordings *recordings, const char *directory)
{
	struct dirent **entries;
	size_t before = recordings->count;
	int count = scandir(directory, &entries, NULL, alphasort), i;
	struct stat status;
	char *path;

	for (i = 0; i < count; i++) {
		path = xasprintf("%s/%s", directory, entries[i]->d_name);
		free(entries[i]);
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		    begins_as_recording(path))
			add_path(recordings, path);
		else
			free(path);
	}
	if (count >= 0)
		free(entries);
	if (recordings->count > before)
		return;
	warn("%s: no recording in this directory", directory);
	recordings->failed = true;
}

static void add_one(struct recordings *recordings, const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		add_directory(recordings, path);
	else
		add_path(recordings, xstrdup(path));
}

void recordings_find_set(struct recordings *recordings, const char *word)
{
	const char *at;
	size_t length;
	char *path;

	memset(recordings, 0, sizeof(*recordings));
	if (access(word, F_OK) == 0) { /* a name may have commas */
		add_one(recordings, word);
		return;
	}
	for (at = word; *at; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		path = xasprintf("%.*s", (int)length, at);
		if (length)
			add_one(recordings, path);
		free(path);
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

/* What a path names that cannot be read as a recording, for a message. */
static const char *kind_of(const char *path)
{
	struct stat status;

	if (strcmp(path, "-") == 0 || stat(path, &status) < 0)
		return "a device";
	return S_ISFIFO(status.st_mode)	  ? "a FIFO, which may never end"
	       : S_ISSOCK(status.st_mode) ? "a socket"
					  : "a device";
}

/* Was the same file opened before, maybe by another name?  It is counted once only. */
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
	progress_begin(&progress, "reading the recording", NULL, reader->total_bytes);
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
