/* SPDX-License-Identifier: MIT */
/*
 * See store_list.h.
 */
#include "read/store_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/user.h"
#include "common/util.h"
#include "read/tables.h"

#define HASH_DIGITS ((size_t)2 * CONTENT_BYTES)

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_hash(struct content *content, const char *digits)
{
	int high, low;
	size_t i;

	for (i = 0; i < CONTENT_BYTES; i++) {
		high = hex_value(digits[2 * i]);
		low = high < 0 ? -1 : hex_value(digits[2 * i + 1]);
		if (low < 0)
			return false;
		content->hash[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool store_name_read(struct store_key *key, const char *part, const char *name)
{
	size_t length = strlen(name), tag_length;
	const char *tag = name + HASH_DIGITS + 1, *number = strrchr(name, '.');
	char written[STORE_NAME_BYTES];
	unsigned long magic;

	if (length < HASH_DIGITS + 4 || length >= STORE_NAME_BYTES - 3 ||
	    name[HASH_DIGITS] != '.' || number <= tag)
		return false;
	tag_length = (size_t)(number - tag);
	if (tag_length > STORE_TAG_MAX || !store_tag_is_own(tag, tag_length))
		return false;
	memset(key, 0, sizeof(*key));
	if (!read_hash(&key->source, name))
		return false;
	memcpy(key->tag, tag, tag_length);
	magic = strtoul(number + 1, NULL, 10);
	if (magic > UINT32_MAX)
		return false;
	key->magic = (uint32_t)magic;
	store_name(written, key); /* it says the same in one way only */
	return strncmp(written, part, 2) == 0 && strcmp(written + 3, name) == 0;
}

bool store_name_is_leftover(const char *part, const char *name)
{
	char entry[STORE_NAME_BYTES];
	const char *end = strrchr(name, '.');
	size_t length = (size_t)(end ? end - name : 0);
	struct store_key key;

	if (*name != '.' || length < 2 || length >= sizeof(entry) || !end[1] ||
	    end[1 + strspn(end + 1, "0123456789abcdefghijklmnopqrstuvwxyz-")])
		return false;
	memcpy(entry, name + 1, length - 1);
	entry[length - 1] = '\0';
	return store_name_read(&key, part, entry);
}

static int64_t ns_of(struct timespec time)
{
	int64_t ns;

	if (__builtin_mul_overflow((int64_t)time.tv_sec, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, time.tv_nsec, &ns))
		return time.tv_sec < 0 ? 0 : INT64_MAX;
	return ns < 0 ? 0 : ns;
}

/* Is somebody else able to change what is in this directory? */
static bool is_open_to_others(int fd)
{
	struct stat status;

	return fstat(fd, &status) != 0 || !user_is_trusted(status.st_uid) ||
	       status.st_mode & (S_IWGRP | S_IWOTH);
}

int store_list_open(struct store_list *list, const char *path)
{
	memset(list, 0, sizeof(*list));
	list->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list->fd < 0)
		return -errno;
	list->untrusted = is_open_to_others(list->fd);
	return 0;
}

static void add_item(struct store_list *list, const struct store_key *key,
		     const struct stat *status)
{
	struct store_item *item;

	if (list->count == list->room) {
		list->room = list->room ? 2 * list->room : 1024;
		list->item = xrealloc(list->item, list->room * sizeof(*list->item));
	}
	item = &list->item[list->count++];
	*item = (struct store_item){.key = *key,
				    .bytes = status->st_size,
				    .disk_bytes = amount_times(status->st_blocks, 512),
				    .used_ns = ns_of(status->st_mtim)};
	list->bytes = amount_add(list->bytes, item->bytes);
	list->disk_bytes = amount_add(list->disk_bytes, item->disk_bytes);
}

static void add_leftover(struct store_list *list, const char *part, const char *name,
			 const struct stat *status)
{
	if (list->leftover_count == list->leftover_room) {
		list->leftover_room = list->leftover_room ? 2 * list->leftover_room : 64;
		list->leftover = xrealloc(list->leftover,
					  list->leftover_room * sizeof(*list->leftover));
	}
	list->leftover[list->leftover_count++] = (struct store_leftover){
		.name = xasprintf("%s/%s", part, name),
		.bytes = status->st_size,
		.changed_ns = ns_of(status->st_mtim)};
	list->leftover_bytes = amount_add(list->leftover_bytes, status->st_size);
}

/* Take a name of the directory `part`, which is open as `fd`. */
static void take_name(struct store_list *list, int fd, const char *part, const char *name)
{
	struct store_key key;
	struct stat status;
	bool is_entry = store_name_read(&key, part, name);

	if (!is_entry && !store_name_is_leftover(part, name)) {
		list->others++;
		return;
	}
	if (fstatat(fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return; /* it was removed meanwhile */
	if (!S_ISREG(status.st_mode))
		list->others++;
	else if (is_entry)
		add_item(list, &key, &status);
	else
		add_leftover(list, part, name, &status);
}

static void read_part(struct store_list *list, const char *part)
{
	int fd = store_list_part(list, part);
	struct dirent *entry;
	DIR *directory;

	if (fd < 0) {
		if (fd == -ELOOP || fd == -ENOTDIR)
			list->others++;
		else if (fd != -ENOENT)
			list->error = -fd;
		return;
	}
	list->untrusted |= is_open_to_others(fd);
	directory = fdopendir(fd);
	if (!directory)
		die(EXIT_FAILURE, "out of memory");
	while (errno = 0, (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			take_name(list, fd, part, entry->d_name);
	if (errno)
		list->error = errno;
	closedir(directory);
}

void store_list_read(struct store_list *list)
{
	char part[3];
	unsigned i;

	for (i = 0; i < STORE_PARTS; i++) {
		snprintf(part, sizeof(part), "%02x", i);
		read_part(list, part);
	}
}

void store_list_close(struct store_list *list)
{
	size_t i;

	for (i = 0; i < list->leftover_count; i++)
		free(list->leftover[i].name);
	free(list->leftover);
	free(list->item);
	close(list->fd);
}

int store_list_part(const struct store_list *list, const char *name)
{
	const char part[3] = {name[0], name[1], '\0'};
	int fd = openat(list->fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}
