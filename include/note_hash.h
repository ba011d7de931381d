/* SPDX-License-Identifier: MIT */
/*
 * The hash of a source in the note about its pyc in the shadow (view/identity_note.h), as text:
 * base64url without padding.
 *
 * Pure: no I/O, no allocation, errno untouched; any thread, any context.
 */
#ifndef PYCSHIM_NOTE_HASH_H
#define PYCSHIM_NOTE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

/*
 * 192 bits, the beginning of a content hash, with which a note stays below 60 bytes: file systems
 * such as ext4 keep that in the inode, and take a block, which is slow, for more.
 */
#define NOTE_HASH_BYTES ((size_t)24)
#define NOTE_HASH_LETTERS (NOTE_HASH_BYTES / 3 * 4)

/* Reads the whole of `text`.  False: it is no such hash. */
bool note_hash_read(uint8_t hash[NOTE_HASH_BYTES], const char *text) MUST_CHECK NONNULL;

/* Writes NOTE_HASH_LETTERS letters and a NUL. */
void note_hash_write(char *text, const uint8_t hash[NOTE_HASH_BYTES]) NONNULL;

#endif
