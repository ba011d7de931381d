/* SPDX-License-Identifier: MIT */
/*
 * Checks one record and gives access to its fields.  Used by reader.c, and through
 * reader.h by all that handle records.  Pure.
 */
#ifndef PYCSHIM_READER_RECORD_H
#define PYCSHIM_READER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

/* Does this version know the type? */
static inline bool record_is_known(uint8_t type)
{
	switch (type) {
	case RECORD_PROCESS:
#define OPERATION(code, name, shown) case RECORD_##name:
#include "operations.def"
#undef OPERATION
		return true;
	default:
		return false;
	}
}

/*
 * Does a record with a right checksum fit its type, so that its strings can be used?  They
 * end with a NUL then.
 */
bool record_is_sound(const struct record *record) MUST_CHECK NONNULL;

/* The path of an event.  Not for RECORD_PROCESS. */
const char *reader_path(const struct record *record) NONNULL;

/* The new path of a rename; NULL for other events. */
const char *reader_path_to(const struct record *record) NONNULL;

/*
 * The source that an entry of the store was compiled from, of a `reuse` event; NULL: not
 * recorded, and for other events.
 */
const char *reader_path_from(const struct record *record) NONNULL;

/* The strings and totals of a process record. */
struct reader_process {
	const char *executable, *command, *root; /* never NULL */
	const char *node;			 /* NULL: not recorded */
	size_t command_bytes;			 /* all arguments with their NULs */
	bool has_totals; /* false: they were just being rewritten */
	struct record_totals totals;
};
struct reader_process reader_process(const struct record_process *process) NONNULL;

#endif
