/* SPDX-License-Identifier: MIT */
/*
 * The note about a pyc of the shadow, which the library writes (preload/view/identity_note.h): of
 * which source was it made?
 * Used by launch_bake.c.
 */
#ifndef PYCSHIM_LAUNCH_NOTE_H
#define PYCSHIM_LAUNCH_NOTE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "attributes.h"
#include "note_hash.h"

/*
 * Reads the hash of the source of the pyc `name` in `directory`, which has this status.  False:
 * there is no note of it, or it is not about this pyc.
 */
bool launch_note_read(int directory, const char *name, const struct stat *pyc,
		      uint8_t hash[NOTE_HASH_BYTES]) MUST_CHECK NONNULL;

/* Does the rest of the file `source` have this hash?  Returns 1 or 0, or -errno. */
int launch_note_is_of(const uint8_t hash[NOTE_HASH_BYTES], int source) MUST_CHECK NONNULL;

#endif
