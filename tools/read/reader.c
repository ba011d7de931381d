/* SPDX-License-Identifier: MIT */
/*
 * See reader.h.  With reader_record.c this is the only code that touches the bytes of a
 * recording before they have been checked.
 */
#include "read/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/util.h"
#include "read/reader_file.h"
#include "read/reader_record.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define TAIL_TRIES 5 /* a writer needs microseconds to finish a record */
#define TAIL_WAIT_NS 2000000
/* Failed checksums may cost so many times the bytes of the recording. */
#define VAIN_CHECKS_MAX 64

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "recordings are little endian");

/* What is at the reader's position: a record, less than a record, or damage. */
enum place { PLACE_RECORD, PLACE_SHORT, PLACE_DAMAGE };

static const char magic_bytes[] = {'P', 'Y', 'C'};

/* Open reader->path, for the first time or again.  Returns a descriptor or -errno. */
static int open_recording(const struct reader *reader)
{
	struct reader_file file;
	char *directory;
	int error;

	if (!reader->found)
		return reader_file_open(reader->path);
	directory = xstrdup(reader->path);
	*strrchr(directory, '/') = '\0';
	error = reader_file_find(directory, &file);
	free(directory);
	return error ? error : file.fd;
}

static int open_reader(struct reader *reader)
{
	struct stat status;

	if (strcmp(reader->path, "-") != 0)
		reader->fd = open_recording(reader);
	if (reader->fd < 0)
		errno = -reader->fd;
	if (reader->fd < 0 || fstat(reader->fd, &status) < 0)
		goto fail;
	errno = EISDIR;
	if (S_ISDIR(status.st_mode))
		goto fail;
	errno = ENOTSUP; /* standard input may be a device */
	if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
		goto fail;
	reader->regular = S_ISREG(status.st_mode);
	reader->total_bytes = reader->regular ? (uint64_t)status.st_size : 0;
	reader->capacity = BUFFER_BYTES;
	reader->buffer = xmalloc(BUFFER_BYTES);
	return 0;
fail:
	reader->error = errno;
	reader_close(reader);
	return -reader->error;
}

int reader_open(struct reader *reader, const char *path)
{
	*reader = (struct reader){.path = path, .fd = STDIN_FILENO};
	return open_reader(reader);
}

int reader_open_found(struct reader *reader, const char *path)
{
	*reader = (struct reader){.path = path, .fd = -1, .found = true};
	return open_reader(reader);
}

void reader_open_memory(struct reader *reader, const void *data, size_t bytes)
{
	*reader = (struct reader){
		.path = "memory", .fd = -1, .end = bytes, .capacity = bytes};
	reader->total_bytes = bytes;
	reader->buffer = xmalloc(bytes);
	if (bytes)
		memcpy(reader->buffer, data, bytes);
}

void reader_close(struct reader *reader)
{
	if (reader->fd > STDIN_FILENO)
		close(reader->fd);
	reader->fd = -1;
	free(reader->buffer);
	reader->buffer = NULL;
}

/* Could a record with this magic and size be valid?  Notes the magic of other versions. */
static bool head_is_plausible(struct reader *reader, uint32_t magic, size_t size)
{
	if (magic != RECORD_MAGIC) {
		reader->is_refused |= reader->offset == 0;
		if ((magic & RECORD_MAGIC_MASK) == (RECORD_MAGIC & RECORD_MAGIC_MASK))
			reader->other_version = magic >> 24;
		return false;
	}
	return size >= sizeof(struct record) && size <= RECORD_SIZE_MAX && size % 8 == 0;
}

/* What is at buffer[begin]?  Sets *found if it is a record. */
static enum place reader_look(struct reader *reader, const struct record **found)
{
	const unsigned char *at = reader->buffer + reader->begin;
	size_t left = reader->end - reader->begin;
	const struct record *record;
	uint32_t magic;
	uint16_t size;

	if (left < 8)
		return PLACE_SHORT;
	memcpy(&magic, at, sizeof(magic));
	memcpy(&size, at + offsetof(struct record, size), sizeof(size));
	if (unlikely(!head_is_plausible(reader, magic, size)))
		return PLACE_DAMAGE;
	if (left < size)
		return PLACE_SHORT;
	record = (const struct record *)(const void *)at;
	if (unlikely((uintptr_t)at % 8)) {
		memcpy(reader->aligned.bytes, at, size);
		record = &reader->aligned.record;
	}
	if (record->type == RECORD_PROCESS && !record_totals_are_inside(record))
		return PLACE_DAMAGE;
	if (unlikely(record_check(record) != record->check)) {
		reader->checked_bytes += size;
		return PLACE_DAMAGE;
	}
	if (unlikely(record_is_known(record->type) && !record_is_sound(record)))
		return PLACE_DAMAGE;
	*found = record;
	return PLACE_RECORD;
}

static void consume(struct reader *reader, size_t bytes)
{
	reader->begin += bytes;
	reader->offset += bytes;
}

/*
 * Read more into the buffer, aligned to 8 as in the recording.  Returns whether any bytes
 * came.
 */
static bool reader_fill(struct reader *reader)
{
	size_t start = reader->offset % 8, left = reader->end - reader->begin;
	ssize_t got;

	if (reader->fd < 0 || reader->error)
		return false;
	if (reader->begin != start) {
		memmove(reader->buffer + start, reader->buffer + reader->begin, left);
		reader->begin = start;
		reader->end = start + left;
	}
	do {
		got = read(reader->fd, reader->buffer + reader->end,
			   reader->capacity - reader->end);
	} while (got < 0 && errno == EINTR && !reader->follow);
	if (got < 0 && errno != EINTR)
		reader->error = errno;
	if (got <= 0)
		return false;
	reader->end += (size_t)got;
	if (!reader->offset) {
		reader->first_bytes = reader->end < sizeof(reader->first)
					      ? reader->end
					      : sizeof(reader->first);
		memcpy(&reader->first, reader->buffer, reader->first_bytes);
	}
	return true;
}

/* Wait a moment for the rest of a record that is being written just now. */
static bool reader_fill_tail(struct reader *reader)
{
	struct timespec wait = {.tv_nsec = TAIL_WAIT_NS};
	int i;

	for (i = 0; i < TAIL_TRIES && reader->regular && reader->begin < reader->end;
	     i++) {
		nanosleep(&wait, NULL);
		if (reader_fill(reader))
			return true;
	}
	return false;
}

/*
 * Is this a crafted recording?  With the heads of large, damaged records every 8 bytes,
 * each byte would be part of thousands of checksums.  That does not happen by chance, so
 * records are then no longer searched within damage.
 */
static bool checks_in_vain(const struct reader *reader)
{
	return reader->checked_bytes / VAIN_CHECKS_MAX > reader->offset + BUFFER_BYTES;
}

/* Count bytes as damaged up to where the next record may begin. */
static void skip_damage(struct reader *reader)
{
	const unsigned char *at = reader->buffer + reader->begin;
	size_t left = reader->end - reader->begin, skipped;
	const unsigned char *next;

	if (unlikely(checks_in_vain(reader)) && left > RECORD_SIZE_MAX) {
		at += RECORD_SIZE_MAX - 1;
		left -= RECORD_SIZE_MAX - 1;
		consume(reader, RECORD_SIZE_MAX - 1);
		reader->damaged_bytes += RECORD_SIZE_MAX - 1;
	}
	next = left > 1 ? memmem(at + 1, left - 1, magic_bytes, sizeof(magic_bytes))
			: NULL;
	if (next)
		skipped = (size_t)(next - at);
	else if (reader->ended || left < sizeof(magic_bytes))
		skipped = left;
	else /* the last bytes may be the beginning of a magic */
		skipped = left - (sizeof(magic_bytes) - 1);
	consume(reader, skipped);
	reader->damaged_bytes += skipped;
}

const struct record *reader_next(struct reader *reader)
{
	const struct record *record = NULL;

	for (;;) {
		switch (reader_look(reader, &record)) {
		case PLACE_RECORD:
			consume(reader, record->size);
			reader->records++;
			if (likely(record_is_known(record->type)))
				return record;
			break;
		case PLACE_DAMAGE:
			skip_damage(reader);
			break;
		case PLACE_SHORT:
			if (!reader->ended && reader_fill(reader))
				break;
			if (reader->follow)
				return NULL;
			if (!reader->ended && reader_fill_tail(reader))
				break;
			reader->ended = true;
			if (reader->begin == reader->end)
				return NULL;
			skip_damage(reader); /* a complete record may follow a torn one */
			break;
		}
	}
}

static void restart(struct reader *reader)
{
	reader->begin = reader->end = 0;
	reader->offset = 0;
	reader->error = 0;
}

/* Was the file emptied and has it grown again?  Its first record is another one then. */
static bool begins_anew(const struct reader *reader)
{
	struct record first;
	ssize_t got = pread(reader->fd, &first, reader->first_bytes, 0);

	return got == (ssize_t)reader->first_bytes &&
	       memcmp(&first, &reader->first, reader->first_bytes) != 0;
}

bool reader_refresh(struct reader *reader)
{
	uint64_t read_bytes = reader->offset + (reader->end - reader->begin);
	struct stat now, mine;
	int fd;

	if (reader->fd < 0 || !reader->regular || fstat(reader->fd, &mine) < 0)
		return false;
	if ((uint64_t)mine.st_size < read_bytes || begins_anew(reader)) {
		restart(reader);
		return lseek(reader->fd, 0, SEEK_SET) == 0;
	}
	if ((uint64_t)mine.st_size > read_bytes)
		return true;
	if (stat(reader->path, &now) < 0 ||
	    (now.st_dev == mine.st_dev && now.st_ino == mine.st_ino))
		return false;
	fd = open_recording(reader);
	if (fd < 0)
		return false;
	close(reader->fd);
	reader->fd = fd;
	restart(reader);
	return true;
}
