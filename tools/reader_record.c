/*
 * See reader_record.h.  Runs in pycstat; on the hot path of every read.
 */
#include "reader_record.h"

#include <stddef.h>
#include <string.h>

#include "util.h"

/* Are the lengths in a process record those of its strings? */
static bool process_is_sound(const struct record_process *process)
{
	size_t room = record_totals_offset(&process->record) - sizeof(*process);
	const uint16_t lengths[] = {process->executable_bytes, process->command_bytes,
				    process->root_bytes, process->node_bytes};
	const char *end = process->strings;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		if (lengths[i] > room)
			return false;
		room -= lengths[i];
		end += lengths[i];
		if (lengths[i] && end[-1] != '\0')
			return false;
	}
	return true;
}

bool record_is_sound(const struct record *record)
{
	const char *bytes = (const char *)record;
	size_t path;

	switch (record->type) {
	case RECORD_PROCESS:
		return process_is_sound((const struct record_process *)record);
	case RECORD_lookup:
		path = offsetof(struct record_lookup, path);
		break;
	case RECORD_compile:
		path = offsetof(struct record_compile, path);
		break;
	default:
		path = offsetof(struct record_event, path);
		break;
	}
	if (record->size <= path || bytes[record->size - 1] != '\0')
		return false;
	if (record->type == RECORD_rename)
		return path + strlen(bytes + path) + 1 < record->size;
	return true;
}

const char *reader_path(const struct record *record)
{
	if (record->type == RECORD_lookup)
		return ((const struct record_lookup *)record)->path;
	if (record->type == RECORD_compile)
		return ((const struct record_compile *)record)->path;
	return ((const struct record_event *)record)->path;
}

const char *reader_path_to(const struct record *record)
{
	const char *path;

	if (record->type != RECORD_rename)
		return NULL;
	path = ((const struct record_event *)record)->path;
	return path + strlen(path) + 1;
}

struct reader_process reader_process(const struct record_process *process)
{
	const char *command = process->strings + process->executable_bytes;
	const char *root = command + process->command_bytes;
	const char *node = root + process->root_bytes;
	const struct record_totals *totals = (const void *)((const char *)process +
							    record_totals_offset(
								    &process->record));

	return (struct reader_process){
		.executable = process->executable_bytes ? process->strings : "",
		.command = process->command_bytes ? command : "",
		.root = process->root_bytes ? root : "",
		.node = process->node_bytes ? node : NULL,
		.command_bytes = process->command_bytes,
		.totals = record_check_totals(totals) == totals->check ? totals : NULL,
	};
}
