/*
 * See identity_note.h.
 */
#include "identity_note.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "identity.h"
#include "pyc_path.h"
#include "scratch.h"
#include "shadow.h"
#include "text.h"

#define NOTE_BYTES 64
#define OF_SOURCE ':'
#define OF_RUN '-'

static int note_name(char name[PATH_MAX], const char *rel)
{
	struct text text = text_in(name, PATH_MAX);
	size_t base = pyc_path_base(rel, strlen(rel));

	text_add_bytes(&text, rel, base);
	text_add(&text, SHADOW_NAME);
	text_add(&text, rel + base);
	text_add(&text, ".note");
	return text.cut ? -ENAMETOOLONG : 0;
}

static const char *read_number(const char *text, uint64_t *number)
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
	int error = note_name(name, rel);

	if (error < 0)
		return error;
	length = shadow_read_link(name, text, sizeof(text) - 1, &status);
	if (length < 0)
		return (int)length;
	text[length] = '\0';
	end = read_number(text, &note->inode);
	note->has_source = *end == OF_SOURCE;
	if (*end != OF_SOURCE && *end != OF_RUN)
		return -EINVAL;
	(void)read_number(end + 1, &number);
	note->stamp_ns = note->has_source ? (int64_t)number : 0;
	note->run = note->has_source ? 0 : number;
	note->made_ns = identity_ns(status.st_mtim);
	return 0;
}

void identity_note_write(const char *rel, const struct identity_note *note)
{
	SCRATCH(char, name, PATH_MAX);
	char buffer[NOTE_BYTES];
	struct text text = text_in(buffer, sizeof(buffer));

	text_add_number(&text, note->inode);
	text_add(&text,
		 note->has_source ? (char[]){OF_SOURCE, '\0'} : (char[]){OF_RUN, '\0'});
	text_add_number(&text, note->has_source ? (uint64_t)note->stamp_ns : note->run);
	if (note_name(name, rel) < 0)
		return;
	shadow_drop_file(name);
	(void)!shadow_symlink(buffer, name);
}

void identity_note_remove(const char *rel)
{
	SCRATCH(char, name, PATH_MAX);

	if (note_name(name, rel) == 0)
		shadow_drop_file(name);
}
