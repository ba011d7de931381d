/* SPDX-License-Identifier: MIT */
/*
 * See store_verify.h.
 */
#include "answer/store_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/user.h"
#include "common/util.h"

/* No entry is larger: its code, the path of its source, and what stands before them. */
#define ENTRY_BYTES_MAX (sizeof(struct store_entry) + PATH_MAX + STORE_CONTENT_MAX)

/* An entry that is being checked. */
struct checked {
	char name[STORE_NAME_BYTES];
	const struct store_key *key;
	int part, fd;
	struct stat status;
	struct store_entry *entry; /* its bytes; NULL: not read */
};

const char *store_entry_problem(const struct store_entry *entry, uint64_t bytes,
				const struct store_key *key)
{
	if (bytes < sizeof(*entry))
		return "it is too short";
	if (entry->magic != STORE_MAGIC)
		return "it is no entry of this version";
	if (store_entry_is_valid(entry, bytes, key))
		return NULL;
	return store_entry_is_valid(entry, bytes, NULL)
		       ? "its name is that of another entry"
		       : "its length or its checksum is wrong";
}

/* Read up to `bytes` bytes into memory that the caller frees.  NULL: not all could be. */
static void *read_whole(int fd, size_t bytes)
{
	char *buffer = xmalloc(bytes + 1); /* malloc(0) may be NULL */
	size_t used = 0;
	ssize_t got;

	while (used < bytes) {
		got = pread(fd, buffer + used, bytes - used, (off_t)used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(buffer);
			errno = got ? errno : ESTALE;
			return NULL;
		}
		used += (size_t)got;
	}
	return buffer;
}

static struct store_problem *add_problem(struct store_verify *verify,
					 const struct checked *checked,
					 enum store_fault fault, const char *why)
{
	struct store_problem *problem;

	if (verify->problem_count == verify->problem_room) {
		verify->problem_room = verify->problem_room ? 2 * verify->problem_room
							    : 16;
		verify->problem = xrealloc(
			verify->problem, verify->problem_room * sizeof(*verify->problem));
	}
	problem = &verify->problem[verify->problem_count++];
	memset(problem, 0, sizeof(*problem));
	problem->fault = fault;
	memcpy(problem->name, checked->name, sizeof(problem->name));
	snprintf(problem->why, sizeof(problem->why), "%s", why);
	return problem;
}

/* Remove the entry, unless another one has its name by now. */
static void remove_checked(struct store_verify *verify, const struct checked *checked,
			   struct store_problem *problem)
{
	struct stat now;

	if (!verify->remove)
		return;
	if (fstatat(checked->part, checked->name + 3, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
	    now.st_ino != checked->status.st_ino || now.st_dev != checked->status.st_dev)
		return;
	if (unlinkat(checked->part, checked->name + 3, 0) != 0) {
		verify->error = errno;
		return;
	}
	problem->removed = true;
	verify->removed++;
}

/*
 * Read the source that the entry names, if it is still the one that was compiled.  Returns
 * its bytes, which the caller frees, or NULL.
 */
static void *read_source(const struct store_entry *entry, size_t *bytes)
{
	int fd = open(store_entry_path(entry),
		      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct content content;
	struct stat status;
	void *source = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_size <= STORE_CONTENT_MAX)
		source = read_whole(fd, (size_t)status.st_size);
	close(fd);
	if (!source)
		return NULL;
	*bytes = (size_t)status.st_size;
	content_of(&content, source, *bytes);
	if (memcmp(&content, &entry->key.source, sizeof(content)) == 0)
		return source;
	free(source);
	return NULL;
}

static void compare(struct store_verify *verify, struct store_pythons *pythons,
		    const struct checked *checked)
{
	char why[STORE_WHY_BYTES];
	struct store_problem *problem;
	size_t bytes;
	void *source = read_source(checked->entry, &bytes);

	if (!source) {
		verify->no_source++;
		return;
	}
	switch (store_pythons_compare(pythons, checked->entry, source, bytes, why)) {
	case STORE_SAME:
		verify->compared++;
		break;
	case STORE_DIFFERS:
		verify->compared++;
		verify->differing++;
		problem = add_problem(verify, checked, STORE_FAULT_DIFFERS, why);
		problem->path = xstrdup(store_entry_path(checked->entry));
		remove_checked(verify, checked, problem);
		break;
	case STORE_NO_PYTHON:
		verify->no_python++;
		break;
	case STORE_UNKNOWN:
		verify->unknown++;
		break;
	}
	free(source);
}

/* Check an open entry. */
static void check_entry(struct store_verify *verify, struct store_pythons *pythons,
			struct checked *checked)
{
	uint64_t bytes = (uint64_t)checked->status.st_size;
	const char *wrong;

	if (!user_is_trusted(checked->status.st_uid) ||
	    checked->status.st_mode & (S_IWGRP | S_IWOTH)) {
		verify->untrusted++;
		remove_checked(verify, checked,
			       add_problem(verify, checked, STORE_FAULT_UNTRUSTED,
					   "somebody else made it or can write it"));
		return;
	}
	if (bytes > ENTRY_BYTES_MAX) {
		wrong = "it is larger than an entry can be";
	} else {
		checked->entry = read_whole(checked->fd, bytes);
		if (!checked->entry) {
			verify->error = errno;
			return;
		}
		wrong = store_entry_problem(checked->entry, bytes, checked->key);
	}
	if (wrong) {
		verify->damaged++;
		remove_checked(verify, checked,
			       add_problem(verify, checked, STORE_FAULT_DAMAGED, wrong));
	} else if ((uint64_t)verify->compared < verify->compiles) {
		compare(verify, pythons, checked);
	}
}

/* Open the entry.  Returns 0 or -errno; -ENOENT: it was removed meanwhile. */
static int open_item(struct checked *checked, const struct store_list *list)
{
	checked->part = store_list_part(list, checked->name);
	if (checked->part < 0)
		return checked->part;
	checked->fd = openat(checked->part, checked->name + 3,
			     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (checked->fd < 0 || fstat(checked->fd, &checked->status) != 0)
		return -errno;
	return S_ISREG(checked->status.st_mode) ? 0 : -ENOENT;
}

static void check_item(struct store_verify *verify, struct store_pythons *pythons,
		       const struct store_list *list, const struct store_item *item)
{
	struct checked checked = {.key = &item->key, .part = -1, .fd = -1};
	int result;

	store_name(checked.name, &item->key);
	result = open_item(&checked, list);
	if (result == 0) {
		verify->checked++;
		check_entry(verify, pythons, &checked);
	} else if (result != -ENOENT) {
		verify->error = -result;
	}
	free(checked.entry);
	if (checked.fd >= 0)
		close(checked.fd);
	if (checked.part >= 0)
		close(checked.part);
}

static size_t random_below(size_t limit)
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		number = monotonic_ns();
	return (size_t)(number % limit);
}

void store_verify(struct store_verify *verify, struct store_list *list)
{
	struct store_pythons *pythons = store_pythons_begin(verify->python);
	struct store_item chosen;
	size_t i, other;

	for (i = 0; i < list->count && i < verify->checks; i++) {
		other = i + random_below(list->count - i);
		chosen = list->item[other];
		list->item[other] = list->item[i];
		list->item[i] = chosen;
		check_item(verify, pythons, list, &list->item[i]);
	}
	store_pythons_end(pythons);
}

void store_verify_free(struct store_verify *verify)
{
	size_t i;

	for (i = 0; i < verify->problem_count; i++)
		free(verify->problem[i].path);
	free(verify->problem);
}
