/* SPDX-License-Identifier: MIT */
/*
 * See source_hash.h.
 */
#include "host/source_hash.h"

#include <string.h>

#include "host/own_stack.h"
#include "host/sys.h"
#include "host/thread.h"
#include "path/stamp.h"

#define FILE_ROOM ((size_t)64 << 10) /* read at once */

/* A compile may import a codec, so the source read last may be another's. */
#define SOURCES 4

/*
 * So many sources are remembered that were read, and no pyc of them written.  To be forgotten
 * while it is compiled, a source would have to import so many others.
 */
#define UNWRITTEN 2048

struct source_hashes {
	const struct descriptor *reading; /* the source that is being read */
	uint64_t bytes;			  /* that were read of it */
	struct content_parts parts;
	/* those that were read to their end */
	unsigned count;
	struct source_hash source[SOURCES];
	/* of the paths of those that may still be compiled: a hash that nobody can make collide */
	unsigned unwritten, forgotten;
	uint64_t unwritten_path[UNWRITTEN];
};

static struct source_hashes *of_thread(void)
{
	struct source_hashes *self = thread->hashes;
	unsigned i;

	if (!self)
		self = thread->hashes = sys_map(sizeof(*self), MAP_PRIVATE);
	if (self && !thread->hashes_ready) {
		self->reading = NULL;
		for (i = 0; i < SOURCES; i++)
			self->source[i].path_hash = 0;
		self->unwritten = self->forgotten = 0;
		thread->hashes_ready = true;
	}
	return self;
}

void source_hash_read(const struct descriptor *source, const void *bytes, long count)
{
	struct source_hashes *self = of_thread();

	if (!self || count < 0)
		return;
	if (self->reading != source || source->got == 0) {
		content_begin(&self->parts);
		self->reading = source;
		self->bytes = 0;
	}
	/* if another source was read in between, the beginning of this one is lost */
	if (self->bytes != source->got) {
		self->reading = NULL;
		return;
	}
	content_add(&self->parts, bytes, (size_t)count);
	self->bytes += (uint64_t)count;
}

/* What this thread has of the source with this hash of its path; NULL: nothing. */
static struct source_hash *find(struct source_hashes *self, uint64_t path_hash)
{
	unsigned i;

	for (i = 0; path_hash && i < SOURCES; i++)
		if (self->source[i].path_hash == path_hash)
			return &self->source[i];
	return NULL;
}

/*
 * Has the source so many bytes?  Then `seen` has its time, too.  The thread may have called stat
 * for it, as imports do.
 */
static bool has_bytes(const struct descriptor *source, uint64_t bytes,
		      struct pyc_source *seen)
{
	struct stat status;

	*seen = thread->seen;
	if (thread->seen_key == source->key && thread->seen_is_source &&
	    thread->seen.seen && thread->seen.bytes == bytes)
		return true;
	if (sys_fstat(source->fd, &status) < 0 || (uint64_t)status.st_size != bytes)
		return false;
	*seen = (struct pyc_source){true, (uint32_t)status.st_mtime,
				    (uint32_t)status.st_size};
	return true;
}

/*
 * Ends the hash of a reading.  False: it is not known.  If the source was read in another
 * order, or twice, the number of bytes tells.
 */
static bool end_hash(struct source_hashes *self, const struct descriptor *source,
		     struct content *content, struct pyc_source *seen)
{
	if (self->reading != source)
		return false;
	self->reading = NULL;
	if (!has_bytes(source, self->bytes, seen))
		return false;
	content_end(&self->parts, content);
	return true;
}

/*
 * Notes that the source was read.  True: it was already, and may be compiled at this moment (a
 * SyntaxWarning shows the line).
 */
static bool note_read(struct source_hashes *self, uint64_t path_hash)
{
	unsigned i;

	for (i = 0; i < self->unwritten; i++)
		if (self->unwritten_path[i] == path_hash)
			return true;
	if (self->unwritten < UNWRITTEN)
		self->unwritten_path[self->unwritten++] = path_hash;
	else
		self->unwritten_path[self->forgotten++ % UNWRITTEN] = path_hash;
	return false;
}

void source_hash_compiles_anew(const char *path)
{
	struct source_hashes *self;
	uint64_t hash;
	unsigned i;

	if (likely(!thread->hashes_ready))
		return;
	self = thread->hashes;
	hash = self->unwritten ? content_check(path, strlen(path)) : 0;
	for (i = 0; i < self->unwritten; i++)
		if (self->unwritten_path[i] == hash)
			self->unwritten_path[i] = self->unwritten_path[--self->unwritten];
}

/*
 * What a thread reads of a source once more while it compiles it is not what it compiles: who
 * may write the source can change it meanwhile, in order to give its code the hash of another
 * source.
 */
void source_hash_closing(const struct descriptor *source)
{
	struct source_hashes *self = of_thread();
	uint64_t path_hash = content_check(source->path, strlen(source->path));
	struct source_hash *read;
	struct content content;
	struct pyc_source seen;
	bool known, again;

	if (!self)
		return;
	known = end_hash(self, source, &content, &seen);
	again = note_read(self, path_hash);
	read = find(self, path_hash);
	if (read && !(known && memcmp(&read->content, &content, sizeof(content)) == 0))
		read->path_hash = 0;
	if (!known || again)
		return;
	if (!read)
		read = &self->source[self->count++ % SOURCES];
	read->path_hash = path_hash;
	read->content = content;
	read->seen = seen;
	memcpy(read->path, source->path, strlen(source->path) + 1);
}

struct source_hash *source_hash_find(uint64_t path_hash)
{
	struct source_hashes *self = of_thread();

	return self ? find(self, path_hash) : NULL;
}

const struct source_hash *source_hash_find_path(const char *path)
{
	const struct source_hashes *self = of_thread();
	unsigned i;

	for (i = 0; self && i < SOURCES; i++)
		if (self->source[i].path_hash && strcmp(self->source[i].path, path) == 0)
			return &self->source[i];
	return NULL;
}

struct hashing {
	int fd;
	const struct stat *status;
	struct content *content;
	bool done;
};

static void hash_on_own_stack(void *argument)
{
	struct hashing *hashing = argument;
	static void *spare;
	struct content_parts parts;
	struct stat after;
	char *room = sys_map_spare(&spare, FILE_ROOM);
	uint64_t bytes = 0;
	long got;

	if (!room)
		return;
	content_begin(&parts);
	while ((got = sys_read(hashing->fd, room, FILE_ROOM)) > 0) {
		content_add(&parts, room, (size_t)got);
		bytes += (uint64_t)got;
	}
	content_end(&parts, hashing->content);
	hashing->done = got == 0 && bytes == (uint64_t)hashing->status->st_size &&
			sys_fstat(hashing->fd, &after) == 0 &&
			stamp_of(hashing->status) == stamp_of(&after);
	sys_unmap_spare(&spare, room, FILE_ROOM);
}

bool source_hash_of_open(int fd, const struct stat *status, struct content *content)
{
	struct hashing hashing = {fd, status, content, false};

	own_stack_run(hash_on_own_stack, &hashing);
	return hashing.done;
}

bool source_hash_of_file(const char *path, struct content *content)
{
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat status;
	bool done;

	if (fd < 0)
		return false;
	done = sys_fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       source_hash_of_open(fd, &status, content);
	sys_close(fd);
	return done;
}
