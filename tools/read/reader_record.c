/* SPDX-License-Identifier: MIT */
/*
 * See reader_record.h.  On the hot path of every read.
 */
#include "read/reader_record.h"

#include <stddef.h>
#include <string.h>

#include "common/util.h"

/* Do the lengths in a process record match its strings? */
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

const char *reader_path_from(const struct record *record)
{
	const char *end = (const char *)record + record->size, *path;

	if (record->type != RECORD_reuse)
		return NULL;
	/* a sound record ends with a NUL, so this is within it, or its end */
	path = ((const struct record_event *)record)->path;
	path += strlen(path) + 1;
	return path < end && *path ? path : NULL;
}

struct reader_process reader_process(const struct record_process *process)
{
	const char *command = process->strings + process->executable_bytes;
	const char *root = command + process->command_bytes;
	const char *node = root + process->root_bytes;
	size_t bytes = record_totals_bytes(&process->record);
	const struct record_totals *totals = (const void *)((const char *)process +
							    record_totals_offset(
								    &process->record));
	struct reader_process read = {
		.executable = process->executable_bytes ? process->strings : "",
		.command = process->command_bytes ? command : "",
		.root = process->root_bytes ? root : "",
		.node = process->node_bytes ? node : NULL,
		.command_bytes = process->command_bytes,
		.has_totals = record_check_totals(totals, bytes) == totals->check,
	};

	/* a release may have fewer totals than this one, or more */
	memcpy(&read.totals, totals,
	       bytes < sizeof(read.totals) ? bytes : sizeof(read.totals));
	return read;
}
