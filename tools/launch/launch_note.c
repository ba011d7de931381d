/* SPDX-License-Identifier: MIT */
/*
 * See launch_note.h.
 */
#include "launch/launch_note.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"

bool launch_note_read(int directory, const char *name, const struct stat *pyc,
		      uint8_t hash[NOTE_HASH_BYTES])
{
	char note[NAME_MAX + 1], text[64], *end;
	unsigned long long stamp_ns;
	ssize_t length;

	if (snprintf(note, sizeof(note), ".pycshim-%s.note", name) >= (int)sizeof(note))
		return false;
	length = readlinkat(directory, note, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	/*
	 * The note has the modification time of the pyc that it is about.  Seconds are compared,
	 * because some file systems keep no more.
	 */
	stamp_ns = strtoull(text, &end, 10);
	return *end == '=' && stamp_ns / 1000000000 == (uint64_t)pyc->st_mtim.tv_sec &&
	       note_hash_read(hash, end + 1);
}

int launch_note_is_of(const uint8_t hash[NOTE_HASH_BYTES], int source)
{
	struct content_parts parts;
	struct content content;
	char buffer[16384];
	ssize_t got;

	content_begin(&parts);
	while ((got = read(source, buffer, sizeof(buffer))) > 0)
		content_add(&parts, buffer, (size_t)got);
	if (got < 0)
		return -errno;
	content_end(&parts, &content);
	return memcmp(content.hash, hash, NOTE_HASH_BYTES) == 0;
}
