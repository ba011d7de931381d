/* SPDX-License-Identifier: MIT */
/*
 * See identity_note.h.
 */
#include "view/identity_note.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/scratch.h"
#include "host/text.h"
#include "note_hash.h"
#include "path/stamp.h"
#include "pyc_path.h"
#include "view/shadow.h"

#define NOTE_BYTES 64 /* two numbers, or a number and a hash, and a mark between them */
/* The marks: what the second number is. */
#define STAMP_MARK ':'
#define CHANGING_MARK '+'
#define RUN_MARK '-'
#define HASH_MARK '='

static int name_note(char name[PATH_MAX], const char *rel)
{
	struct text text = text_in(name, PATH_MAX);
	size_t base = pyc_path_base(rel, strlen(rel));

	text_add_bytes(&text, rel, base);
	text_add(&text, SHADOW_NAME);
	text_add(&text, rel + base);
	text_add(&text, ".note");
	return text.cut ? -ENAMETOOLONG : 0;
}

static const char *note_read_number(const char *text, uint64_t *number)
{
	for (*number = 0; *text >= '0' && *text <= '9'; text++)
		*number = *number * 10 + (uint64_t)(*text - '0');
	return text;
}

int identity_note_read(const char *rel, struct identity_note *note)
{
	SCRATCH(char, name, PATH_MAX);
	char text[NOTE_BYTES];
	struct stat status;
	uint64_t number;
	const char *end;
	long length;
	int error = name_note(name, rel);

	if (error < 0)
		return error;
	length = shadow_read_link(name, text, sizeof(text) - 1, &status);
	if (length < 0)
		return (int)length;
	text[length] = '\0';
	end = note_read_number(text, &note->inode);
	note->hashed = *end == HASH_MARK;
	note->changing = *end == CHANGING_MARK;
	note->has_source = *end == STAMP_MARK || note->changing;
	if (note->hashed) {
		note->stamp_ns = (int64_t)note->inode;
		note->inode = 0;
		return note_hash_read(note->hash, end + 1) ? 0 : -EINVAL;
	}
	if (!note->has_source && *end != RUN_MARK)
		return -EINVAL;
	(void)note_read_number(end + 1, &number);
	note->stamp_ns = note->has_source ? (int64_t)number : 0;
	note->run = note->has_source ? 0 : number;
	note->made_ns = stamp_time_ns(status.st_mtim);
	return 0;
}

static void put_note(const char *rel, const char *text)
{
	SCRATCH(char, name, PATH_MAX);

	if (name_note(name, rel) == 0 && shadow_symlink(text, name) == -EEXIST) {
		shadow_drop_file(name);
		(void)!shadow_symlink(text, name);
	}
}

static void add_mark(struct text *text, char mark)
{
	text_add_bytes(text, &mark, 1);
}

void identity_note_write(const char *rel, const struct identity_note *note)
{
	char buffer[NOTE_BYTES], hash[NOTE_HASH_LETTERS + 1];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_number(&text, note->hashed ? (uint64_t)note->stamp_ns : note->inode);
	if (note->hashed) {
		add_mark(&text, HASH_MARK);
		note_hash_write(hash, note->hash);
		text_add(&text, hash);
	} else if (note->has_source) {
		add_mark(&text, note->changing ? CHANGING_MARK : STAMP_MARK);
		text_add_number(&text, (uint64_t)note->stamp_ns);
	} else {
		add_mark(&text, RUN_MARK);
		text_add_number(&text, note->run);
	}
	put_note(rel, buffer);
}

void identity_note_remove(const char *rel)
{
	SCRATCH(char, name, PATH_MAX);

	if (name_note(name, rel) == 0)
		shadow_drop_file(name);
}
