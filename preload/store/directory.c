/* SPDX-License-Identifier: MIT */
/*
 * See directory.h.
 */
#include "store/directory.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/own_file.h"
#include "host/process.h"
#include "host/say.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "record/append.h"
#include "store/bound.h"
#include "view/shadow_path.h"

static int open_store(struct own_fd *own);

static struct own_file store = {.fd = OWN_FD_NONE, .open = open_store};
static bool closed[STORE_PARTS]; /* parts that are not tried again */

static void *spare_room;

void *store_room_take(void)
{
	return sys_map_spare(&spare_room, STORE_ROOM);
}

void store_room_give(void *room)
{
	sys_unmap_spare(&spare_room, room, STORE_ROOM);
}

static const char *explain_error(int error)
{
	switch (error) {
	case -ELOOP:
		return "reached by a symbolic link; no store is used";
	case -ENOTDIR:
		return "is not a directory; no store is used";
	case -EPERM:
		return "made by somebody else or writable by others; no store is used";
	case -EROFS:
		return "does not exist, on a read-only file system; no store is used";
	case -EACCES:
		return "permission denied; no store is used";
	default:
		return "cannot be opened; no store is used";
	}
}

static int open_store(struct own_fd *own)
{
	struct stat status;
	int fd = shadow_path_open(config.store), error;

	error = fd < 0 ? fd : state_look_trusted(fd, S_IFDIR, 0022, &status);
	if (error < 0) {
		if (fd >= 0)
			sys_close(fd);
		if (error != -EAGAIN && error != -EMFILE && error != -ENFILE)
			state_complain("PYCSHIM_STORE=", config.store,
				       explain_error(error));
		return error;
	}
	fd = state_move_high(fd);
	if (fd < 0)
		return fd;
	own_fd_take(own, fd, &status);
	return 0;
}

int store_open(void)
{
	int error = store_is_wanted() ? own_file_ready(&store) : -ENOENT;

	return error < 0 ? error : own_fd_number(&store.fd);
}

void store_give_up(void)
{
	own_file_give_up(&store);
}

/* Reads all of a file; false if it changes meanwhile, or cannot be read. */
static bool read_all(int fd, char *to, size_t bytes)
{
	size_t have = 0;
	long got = 1;

	while (have < bytes && got > 0) {
		got = sys_pread(fd, to + have, bytes - have, (int64_t)have);
		have += got > 0 ? (size_t)got : 0;
	}
	return have == bytes;
}

/* Only the order of uses matters, so a use is not noted twice in a second. */
static void note_use(int fd, const struct stat *status)
{
	static const struct timespec now[2] = {{.tv_nsec = UTIME_OMIT},
					       {.tv_nsec = UTIME_NOW}};

	if ((uint64_t)status->st_mtim.tv_sec != sys_time_ns() / 1000000000)
		SYS4(utimensat, fd, NULL, now, 0);
}

/*
 * Opens the directory HH of an entry.  Who can write HH could put files of this user's into it
 * that are no entries, so HH is checked as well.
 */
static int open_part(int directory, const char *name)
{
	char part[3] = {name[0], name[1], '\0'};
	int fd = sys_openat(directory, part, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0), error;

	error = fd < 0 ? fd : state_check_trust(fd, S_IFDIR, 0022);
	if (error >= 0)
		return fd;
	if (fd >= 0)
		sys_close(fd);
	return error;
}

/* Opens an entry that can be trusted.  O_NONBLOCK: somebody may have put a FIFO there. */
static int open_entry(int directory, const char *name, struct stat *status)
{
	int part = open_part(directory, name), fd;

	if (part < 0)
		return part;
	fd = sys_openat(part, name + 3, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	sys_close(part);
	if (fd >= 0 && state_look_trusted(fd, S_IFREG, 0022, status) < 0) {
		sys_close(fd);
		return -EPERM;
	}
	return fd;
}

size_t store_get(const struct store_key *key, void *room, size_t bytes)
{
	char name[STORE_NAME_BYTES];
	struct stat status;
	size_t found = 0;
	int directory = store_open(), fd;

	if (directory < 0)
		return 0;
	store_name(name, key);
	fd = open_entry(directory, name, &status);
	if (fd < 0)
		return 0;
	if ((uint64_t)status.st_size <= bytes &&
	    read_all(fd, room, (size_t)status.st_size) &&
	    store_entry_is_valid(room, (uint64_t)status.st_size, key)) {
		found = (size_t)status.st_size;
		note_use(fd, &status);
	}
	sys_close(fd);
	return found;
}

/* The name of an entry while it is written: no other thread uses it, in any container. */
static void name_temporary(char *temporary, const char *name)
{
	static unsigned count;
	struct text text = text_in(temporary, STORE_NAME_BYTES + 64);

	text_add_bytes(&text, name, 3);
	text_add(&text, ".");
	text_add(&text, name + 3);
	text_add(&text, ".");
	text_add_number(&text, process->number);
	text_add(&text, "-");
	text_add_number(&text, __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED));
}

static bool write_all(int fd, const char *from, size_t bytes)
{
	long written;

	for (; bytes; from += written, bytes -= (size_t)written) {
		written = sys_write(fd, from, bytes);
		if (written <= 0)
			return false;
	}
	return true;
}

/* Creates a file in the directory HH, which is made if it is missing. */
static int create_entry(int directory, const char *temporary)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
	int fd = sys_openat(directory, temporary, flags, 0644);
	char part[3] = {temporary[0], temporary[1], '\0'};

	if (fd != -ENOENT)
		return fd;
	fd = sys_mkdirat(directory, part, 0755);
	return fd < 0 && fd != -EEXIST ? fd
				       : sys_openat(directory, temporary, flags, 0644);
}

/* Fills in the entry in `room`.  Returns its bytes; 0: it does not fit. */
static size_t make_entry(const struct store_new *new, char *room)
{
	struct store_entry *entry = (struct store_entry *)(void *)room;
	size_t path_bytes = strlen(new->path) + 1;
	size_t bytes = sizeof(*entry) + path_bytes + new->code_bytes;

	if (new->code_bytes > STORE_ROOM || bytes > STORE_ROOM)
		return 0;
	*entry = (struct store_entry){.magic = STORE_MAGIC,
				      .path_bytes = (uint32_t)path_bytes,
				      .key = new->key,
				      .code_bytes = new->code_bytes,
				      .cpu_ns = new->cpu_ns,
				      .made_ns = sys_time_ns()};
	memcpy(room + sizeof(*entry), new->path, path_bytes);
	memcpy(room + sizeof(*entry) + path_bytes, new->code, new->code_bytes);
	entry->check = content_check(&entry->key,
				     bytes - offsetof(struct store_entry, key));
	return bytes;
}

static bool is_closed(unsigned part)
{
	return __atomic_load_n(&closed[part], __ATOMIC_RELAXED);
}

/*
 * Nothing can be put into a part.  If something can be put into the store, the part belongs to
 * another user (root, who has run the program once), and the others need not.
 */
static void close_part(int directory, unsigned part)
{
	bool all = SYS3(faccessat, directory, ".", W_OK) < 0;
	unsigned i;

	for (i = 0; i < STORE_PARTS; i++)
		if (all || i == part)
			__atomic_store_n(&closed[i], true, __ATOMIC_RELAXED);
}

/* Writes an entry beside its final name, and moves it there. */
static bool write_entry(int directory, unsigned part, const char *name, const char *entry,
			size_t bytes)
{
	char temporary[STORE_NAME_BYTES + 64];
	struct stat replaced;
	bool whole;
	int fd;

	name_temporary(temporary, name);
	fd = create_entry(directory, temporary);
	if (fd == -EROFS || fd == -EACCES || fd == -EPERM)
		close_part(directory, part);
	if (fd < 0)
		return false;
	whole = write_all(fd, entry, bytes);
	sys_close(fd);
	if (sys_fstatat(directory, name, &replaced, AT_SYMLINK_NOFOLLOW) < 0)
		replaced.st_size = 0;
	whole = whole && sys_renameat(directory, temporary, directory, name) == 0;
	if (whole)
		bound_grown(directory, part, (int64_t)bytes - replaced.st_size);
	else
		SYS3(unlinkat, directory, temporary, 0);
	return whole;
}

bool store_put(const struct store_new *new)
{
	unsigned part = new->key.source.hash[0];
	int directory = store_open();
	char name[STORE_NAME_BYTES], *room;
	size_t bytes;
	bool done;

	if (directory < 0 || is_closed(part) || !(room = store_room_take()))
		return false;
	bytes = make_entry(new, room);
	store_name(name, &new->key);
	/* beyond the limit on sizes of files, a write would be the end of the program */
	done = bytes && bytes <= config.store_max_bytes && bytes <= append_size_limit() &&
	       write_entry(directory, part, name, room, bytes);
	store_room_give(room);
	return done;
}
