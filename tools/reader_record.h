/*
 * One record: whether it is what it says, and what is in it.  Used by reader.c, and
 * through reader.h by all that take records.  Pure.
 */
#ifndef PYCSHIM_READER_RECORD_H
#define PYCSHIM_READER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

/* Is that a type of this version? */
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

/* Is a record, whose check is right, what its type says?  It ends in a NUL then. */
bool record_is_sound(const struct record *record) MUST_CHECK NONNULL;

/* The path an event is about.  Not for RECORD_PROCESS. */
const char *reader_path(const struct record *record) NONNULL;

/* The new path of a rename; NULL for other events. */
const char *reader_path_to(const struct record *record) NONNULL;

/* Of a process record. */
struct reader_process {
	const char *executable, *command, *root; /* never NULL */
	const char *node;			 /* NULL: not recorded */
	size_t command_bytes;			 /* all arguments with their NULs */
	const struct record_totals *totals;	 /* NULL: being rewritten just now */
};
struct reader_process reader_process(const struct record_process *process) NONNULL;

#endif
