/* SPDX-License-Identifier: MIT */
/*
 * See launch_bake.h.
 *
 * Root may bake the shadow of another user, so nothing in it is trusted: symbolic links are
 * not followed, only regular files are copied, and a pyc is copied only if it was made from
 * the source in the target.
 */
#include "launch/launch_bake.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/quote.h"
#include "common/util.h"
#include "launch/launch_note.h"
#include "launch/launch_places.h"
#include "launch/launch_target.h"
#include "pyc_header.h"
#include "pyc_path.h"

#define DEPTH_MAX 256		    /* each level needs a descriptor */
#define FILE_MAX ((off_t)256 << 20) /* bytes; a sparse file could fill the target */
#define OWN_PREFIX ".pycshim-"	    /* files that the library and pycshim make */

struct bake {
	int target;
	uid_t owner;	  /* of the shadow, who is trusted by naming the shadow */
	uint64_t copied;  /* files copied ... */
	uint64_t bytes;	  /* ... and their size */
	uint64_t skipped; /* files without a source, or with another one */
	uint64_t failed;
};

/* A file of the shadow that is being copied. */
struct baked {
	int directory;	  /* of the shadow */
	const char *path; /* its path below the shadow, and below the target */
	const char *name; /* the last component of the path */
	int fd;
	struct stat status;
	struct timespec mtime; /* the modification time of the copy */
	bool in_cache;	       /* it is in a __pycache__ */
	char holder[PATH_MAX]; /* the directory of its source; "": the root */
};

static void warn_failed(struct bake *bake, const char *path, int error)
{
	char *quoted = quote_path(path);

	warn("/%s: %s", quoted, strerror(error));
	free(quoted);
	bake->failed++;
}

/*
 * May this file be copied?  It must be a regular file of the shadow's owner, or one of this
 * user or root.  The latter may be a hard link to a file elsewhere, so it must be the only
 * link.
 */
static bool is_acceptable(const struct bake *bake, const struct stat *status)
{
	return S_ISREG(status->st_mode) &&
	       (status->st_uid == bake->owner ||
		((status->st_uid == 0 || status->st_uid == geteuid()) &&
		 status->st_nlink == 1));
}

/* Does the note say that the pyc is of another source than this?  1 or 0, or -errno. */
static int is_of_another(const struct bake *bake, const struct baked *file,
			 const char *source)
{
	uint8_t hash[NOTE_HASH_BYTES];
	int fd, same;

	if (!launch_note_read(file->directory, file->name, &file->status, hash))
		return 0;
	fd = target_open(bake->target, source, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	same = launch_note_is_of(hash, fd);
	close(fd);
	return same < 0 ? same : !same;
}

/*
 * Would Python take the pyc for that of the source in the target, by its header?  1 or 0, or
 * -errno.
 */
static int is_valid_for(const struct bake *bake, struct baked *file, const char *source,
			const struct pyc_path_parts *parts)
{
	int fd = target_open(bake->target, source, O_PATH);
	struct pyc_source seen = {.seen = true};
	uint8_t header[16] = {0};
	enum pyc_verdict verdict;
	struct stat status;
	int result = fd < 0 || fstat(fd, &status) != 0 ? -errno : 0;

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	close(fd);
	if (result < 0)
		return result;
	if (!S_ISREG(status.st_mode))
		return 0;
	if (pread(file->fd, header, sizeof(header), 0) < 0)
		return -errno;
	seen.mtime = (uint32_t)status.st_mtime;
	seen.bytes = (uint32_t)status.st_size;
	file->mtime = status.st_mtim;
	verdict = pyc_header_judge(header, (uint64_t)file->status.st_size,
				   file->path + parts->tag,
				   parts->tag ? parts->tag_end - parts->tag : 0, seen);
	return verdict == PYC_VALID || verdict == PYC_UNPROVEN ||
	       verdict == PYC_CHECKED_HASH;
}

/* Was the pyc made from the source in the target?  Returns 1 or 0, or -errno. */
static int is_of_the_source(const struct bake *bake, struct baked *file)
{
	struct pyc_path_parts parts = pyc_path_split(file->path, strlen(file->path));
	char *source = xasprintf("%s%s%.*s.py", file->holder, *file->holder ? "/" : "",
				 (int)(parts.stem_end - parts.base), file->name);
	int result = is_valid_for(bake, file, source, &parts), other;

	if (result > 0) {
		other = is_of_another(bake, file, source);
		result = other < 0 ? other : !other;
	}
	free(source);
	return result;
}

/* Copy the file; `holder` is a descriptor of its source's directory.  0 or -errno. */
static int bake_into(struct bake *bake, struct baked *file, int holder)
{
	int directory = holder, result;

	if (file->in_cache)
		directory = target_open_cache(holder);
	if (directory < 0)
		return directory;
	result = target_write(directory, file->name, file->fd, &file->status,
			      file->mtime);
	if (directory != holder)
		close(directory);
	if (result == 0) {
		bake->copied++;
		bake->bytes += (uint64_t)file->status.st_size;
	}
	return result;
}

/* Check the open file and copy it.  Returns 0, also if it was skipped, or -errno. */
static int bake_file(struct bake *bake, struct baked *file, enum pyc_class class)
{
	int holder, result;

	if (fstat(file->fd, &file->status) != 0)
		return -errno;
	if (!is_acceptable(bake, &file->status))
		return -EPERM;
	if (file->status.st_size > FILE_MAX)
		return -EFBIG;
	file->mtime = file->status.st_mtim;
	holder = target_open(bake->target, file->holder, O_RDONLY | O_DIRECTORY);
	if (holder < 0 && holder != -ENOENT && holder != -ENOTDIR)
		return holder;
	result = holder < 0 ? 0 : class == PYC_FILE ? is_of_the_source(bake, file) : 1;
	if (result == 0)
		bake->skipped++;
	if (result > 0)
		result = bake_into(bake, file, holder);
	if (holder >= 0)
		close(holder);
	return result;
}

/* Copy the file at `path` if it is bytecode: no whiteout, temporary file or note. */
static void consider_file(struct bake *bake, int directory, const char *path)
{
	size_t length = strlen(path), base = pyc_path_base(path, length);
	enum pyc_class class = pyc_path_class(path, length);
	struct baked file = {.directory = directory, .path = path, .name = path + base};
	size_t holder = base ? base - 1 : 0;
	int result;

	file.in_cache = pyc_path_is_cache(path, holder);
	if (class != PYC_FILE && (class != PYC_INSIDE || !file.in_cache))
		return;
	if (file.in_cache)
		holder -= holder > PYCACHE_LENGTH ? PYCACHE_LENGTH + 1 : PYCACHE_LENGTH;
	memcpy(file.holder, path, holder);
	/* O_NONBLOCK: a FIFO may have replaced the file since fstatat() */
	file.fd = openat(directory, file.name,
			 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	result = file.fd < 0 ? -errno : bake_file(bake, &file, class);
	if (result < 0)
		warn_failed(bake, path, -result);
	if (file.fd >= 0)
		close(file.fd);
}

/* Copy the directory `path` of the shadow.  Closes its descriptor `fd`. */
static void bake_directory(struct bake *bake, int fd, const char *path, unsigned depth)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	struct stat status;
	char *child;
	int next;

	if (!directory)
		die(EXIT_LAUNCHER, "out of memory");
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    strncmp(entry->d_name, OWN_PREFIX, strlen(OWN_PREFIX)) == 0 ||
		    fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		child = xasprintf("%s%s%s", path, *path ? "/" : "", entry->d_name);
		if (strlen(child) >= PATH_MAX)
			warn_failed(bake, child, ENAMETOOLONG);
		else if (S_ISREG(status.st_mode))
			consider_file(bake, fd, child);
		else if (S_ISDIR(status.st_mode) &&
			 !pyc_path_is_cache(path, strlen(path))) {
			next = openat(fd, entry->d_name,
				      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (next < 0 || depth == DEPTH_MAX)
				warn_failed(bake, child, next < 0 ? errno : ELOOP);
			if (next >= 0 && depth < DEPTH_MAX)
				bake_directory(bake, next, child, depth + 1);
			else if (next >= 0)
				close(next);
		}
		free(child);
	}
	closedir(directory);
}

/* Open the shadow and take its owner; dies if others can write it. */
static int open_shadow(struct bake *bake, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0)
		die(EXIT_LAUNCHER, "shadow %s: %s", path, strerror(errno));
	if (status.st_mode & 0022)
		die(EXIT_LAUNCHER,
		    "shadow %s: can be written by others: what is in it may be anybody's",
		    path);
	bake->owner = status.st_uid;
	return fd;
}

int bake(const struct launch_options *options)
{
	struct bake bake = {
		.target = open(options->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	char *shadow;

	if (bake.target < 0)
		die(EXIT_LAUNCHER, "%s: %s", options->target, strerror(errno));
	shadow = place_shadow_path(options);
	if (!shadow)
		die(EXIT_LAUNCHER, "no shadow in $XDG_RUNTIME_DIR, /dev/shm or /tmp: "
				   "name it with --root");
	bake_directory(&bake, open_shadow(&bake, shadow), "", 0);
	printf("%" PRIu64 " file%s, %" PRIu64 " bytes, copied from %s into %s\n",
	       bake.copied, bake.copied == 1 ? "" : "s", bake.bytes, shadow,
	       options->target);
	if (bake.skipped)
		printf("%" PRIu64
		       " skipped: their source is not there, or is another than "
		       "they were made from\n",
		       bake.skipped);
	close(bake.target);
	free(shadow);
	return bake.failed ? EXIT_LAUNCHER : EXIT_SUCCESS;
}
