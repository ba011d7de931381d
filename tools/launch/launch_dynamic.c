/* SPDX-License-Identifier: MIT */
/*
 * See launch_dynamic.h.
 */
#include "launch/launch_dynamic.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util.h"
#include "launch/launch_elf.h"

#define HEADERS_MAX 64
#define STRINGS_MAX ((size_t)64 << 20)

static int read_headers(int fd, Elf64_Phdr *headers, size_t *count)
{
	Elf64_Ehdr file;
	int result = elf_read_at(fd, &file, sizeof(file), 0);

	if (result < 0)
		return result;
	if (file.e_phentsize != sizeof(*headers) || file.e_phnum > HEADERS_MAX)
		return -EBADMSG;
	*count = file.e_phnum;
	return elf_read_at(fd, headers, *count * sizeof(*headers), file.e_phoff);
}

static int read_entries(int fd, const Elf64_Phdr *headers, size_t count,
			struct dynamic *dynamic)
{
	size_t i;

	for (i = 0; i < count && headers[i].p_type != PT_DYNAMIC; i++)
		;
	if (i == count)
		return -ENOENT;
	dynamic->count = headers[i].p_filesz / sizeof(dynamic->entries[0]);
	if (dynamic->count > DYNAMIC_ENTRIES_MAX)
		return -EBADMSG;
	return elf_read_at(fd, dynamic->entries,
			   dynamic->count * sizeof(dynamic->entries[0]),
			   headers[i].p_offset);
}

/* The value of the first entry with this tag; 0 if there is none. */
static uint64_t entry_value(const struct dynamic *dynamic, Elf64_Sxword tag)
{
	size_t i;

	for (i = 0; i < dynamic->count && dynamic->entries[i].d_tag != DT_NULL; i++)
		if (dynamic->entries[i].d_tag == tag)
			return dynamic->entries[i].d_un.d_val;
	return 0;
}

/* Read the string table, after finding in which segment of the file it is. */
static int read_strings(int fd, const Elf64_Phdr *headers, size_t count,
			struct dynamic *dynamic)
{
	uint64_t address = entry_value(dynamic, DT_STRTAB), into = 0;
	size_t i;
	int result;

	dynamic->bytes = entry_value(dynamic, DT_STRSZ);
	for (i = 0; i < count; i++) {
		into = address - headers[i].p_vaddr;
		if (headers[i].p_type == PT_LOAD && address >= headers[i].p_vaddr &&
		    into <= headers[i].p_filesz &&
		    dynamic->bytes <= headers[i].p_filesz - into)
			break;
	}
	if (i == count || dynamic->bytes > STRINGS_MAX ||
	    headers[i].p_offset > INT64_MAX - into)
		return -EBADMSG;
	dynamic->strings = xcalloc(1, dynamic->bytes + 1);
	result = elf_read_at(fd, dynamic->strings, dynamic->bytes,
			     headers[i].p_offset + into);
	if (result < 0)
		free(dynamic->strings);
	return result;
}

int dynamic_read(int fd, struct dynamic *dynamic)
{
	Elf64_Phdr headers[HEADERS_MAX];
	size_t count = 0;
	int result = read_headers(fd, headers, &count);

	if (result == 0)
		result = read_entries(fd, headers, count, dynamic);
	return result < 0 ? result : read_strings(fd, headers, count, dynamic);
}

const char *dynamic_needed(const struct dynamic *dynamic, const char *prefix)
{
	const Elf64_Dyn *entry = dynamic->entries, *end = entry + dynamic->count;
	const char *name;

	for (; entry < end && entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag != DT_NEEDED || entry->d_un.d_val >= dynamic->bytes)
			continue;
		name = dynamic->strings + entry->d_un.d_val;
		if (strncmp(name, prefix, strlen(prefix)) == 0)
			return name;
	}
	return NULL;
}

bool dynamic_has_name(const struct dynamic *dynamic, const char *name)
{
	const char *at = dynamic->strings, *end = at + dynamic->bytes;

	for (; at < end; at += strlen(at) + 1)
		if (strcmp(at, name) == 0)
			return true;
	return false;
}
