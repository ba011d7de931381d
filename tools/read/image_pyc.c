/* SPDX-License-Identifier: MIT */
/*
 * See image_pyc.h.
 *
 * CPython: _classify_pyc(), _validate_timestamp_pyc() and _validate_hash_pyc() in
 * Lib/importlib/_bootstrap_external.py.
 */
#include "read/image_pyc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "marshal.h"
#include "pyc_header.h"
#include "read/source_hash.h"

#define SOURCE_MAX ((int64_t)256 << 20) /* a larger source is not hashed */
#define PYC_MAX ((int64_t)64 << 20)	/* the body of a larger pyc is not judged */

struct head {
	int fd; /* of the pyc */
	uint8_t byte[16];
	ssize_t count;
};

static uint64_t head_hash(const struct head *head)
{
	return pyc_header_word(head->byte + 8) |
	       (uint64_t)pyc_header_word(head->byte + 12) << 32;
}

/* Does the source have the hash that a checked pyc holds? */
static bool is_hash_of(const struct image_root *root, const struct image_place *place,
		       const char *source, const struct head *head)
{
	char *path = xasprintf("%s/%s", place->parent_path, source), *bytes;
	struct stat status;
	int fd = image_open_file(root, place->parent, source, path, &status);
	ssize_t got;
	size_t count = 0, limit;
	bool same;

	free(path);
	if (fd < 0)
		return false;
	if (status.st_size > SOURCE_MAX) {
		close(fd);
		return false;
	}
	limit = (size_t)status.st_size + 1;
	bytes = xmalloc(limit);
	while (count < limit && (got = read(fd, bytes + count, limit - count)) > 0)
		count += (size_t)got;
	close(fd);
	same = source_hash_of(bytes, count, pyc_header_word(head->byte) & 0xffff) ==
	       head_hash(head);
	free(bytes);
	return same;
}

static void set_stale(struct image_pyc *pyc, unsigned reason)
{
	pyc->state = IMAGE_STALE;
	pyc->reason = reason;
}

/* Is the code object that follows the header cut short, or something else? */
static bool is_damaged(const struct head *head, int64_t bytes, size_t header_bytes)
{
	static uint8_t *buffer; /* kept for the next pyc */
	static size_t capacity;
	size_t count = 0, limit = (size_t)bytes - header_bytes;
	ssize_t got;

	if (bytes <= (int64_t)header_bytes)
		return true;
	if (bytes > PYC_MAX)
		return false;
	if (!buffer || limit > capacity) {
		free(buffer);
		capacity = 2 * limit;
		buffer = xmalloc(capacity);
	}
	while (count < limit && (got = pread(head->fd, buffer + count, limit - count,
					     (off_t)(header_bytes + count))) > 0)
		count += (size_t)got;
	return count == limit &&
	       marshal_judge_all(buffer, count, pyc_header_word(head->byte) & 0xffff) ==
		       MARSHAL_DAMAGED;
}

static void judge_head(struct image_pyc *pyc, const struct image_root *root,
		       const struct image_place *place, const char *source,
		       const char *tag, const struct head *head)
{
	struct pyc_source seen = {true, (uint32_t)pyc->source_mtime,
				  (uint32_t)pyc->source_bytes};
	size_t length = strlen(tag);
	enum pyc_verdict verdict = pyc_header_judge(head->byte, (uint64_t)head->count,
						    tag, length, seen);

	if (!length && head->count >= 2)
		pyc->is_foreign = (pyc_header_word(head->byte) & 0xffff) != PYC_MAGIC_2;
	pyc->hash_based = verdict == PYC_UNCHECKED_HASH || verdict == PYC_CHECKED_HASH;
	if (pyc_verdict_is_stale(verdict)) {
		set_stale(pyc, pyc_stale_reason(verdict));
	} else if (verdict == PYC_CHECKED_HASH &&
		   !is_hash_of(root, place, source, head)) {
		set_stale(pyc, STALE_hash);
	} else if (is_damaged(head, pyc->bytes,
			      pyc_header_bytes(head->byte, (uint64_t)head->count, tag,
					       length, true))) {
		set_stale(pyc, STALE_truncated);
		pyc->damaged = true;
	} else if (length && !pyc_magic_of_tag(tag, length)) {
		pyc->magic = pyc_header_word(head->byte);
	}
}

void image_pyc_judge(struct image_pyc *pyc, const struct image_root *root,
		     const struct image_place *place, const char *source, const char *tag)
{
	char *path = xasprintf("%s/%s", place->parent_path, source);
	struct head head = {.fd = -1};
	struct stat status = {0};

	*pyc = (struct image_pyc){.state = IMAGE_UNREADABLE};
	pyc->is_lost = image_status(root, place->parent, source, path, &status) != 0 ||
		       !S_ISREG(status.st_mode);
	if (!pyc->is_lost) {
		pyc->source_bytes = status.st_size;
		pyc->source_mtime = status.st_mtime;
		pyc->source_uid = status.st_uid;
	}
	free(path);
	head.fd = image_open_file(root, place->directory, place->name, place->path,
				  &status);
	if (head.fd < 0) {
		if (fstatat(place->directory, place->name, &status,
			    AT_SYMLINK_NOFOLLOW) == 0)
			pyc->uid = status.st_uid;
		return;
	}
	pyc->uid = status.st_uid;
	pyc->mode = status.st_mode;
	pyc->bytes = status.st_size;
	pyc->disk_bytes = (int64_t)status.st_blocks * 512;
	head.count = read(head.fd, head.byte, sizeof(head.byte));
	if (head.count >= 0) {
		pyc->state = IMAGE_VALID;
		judge_head(pyc, root, place, source, tag, &head);
	}
	close(head.fd);
}

int64_t image_pyc_bytes(const struct image_root *root, const struct image_place *place)
{
	struct stat status;

	return image_status(root, place->directory, place->name, place->path, &status) ==
				       0 &&
			       S_ISREG(status.st_mode)
		       ? status.st_size
		       : 0;
}
