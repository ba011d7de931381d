/* SPDX-License-Identifier: MIT */
/*
 * Notes about pycs in the shadow.  A note is a symbolic link beside the pyc,
 * .pycshim-NAME.note, which leads nowhere.
 *
 * Of a pyc that an interpreter has compiled, its text is the modification time of the pyc's
 * file, which is the stamp of its source, "=", and the beginning of the content hash of its
 * source in base64.  Of a pyc that the program itself has put there, or whose times it has
 * set, it is the inode number of the pyc and one of these: ":" and the stamp of the source at
 * that time; "+" and this stamp, if the program was about to change the source; if there was
 * no source, "-" and the number of the run.
 *
 * Called by identity.c.  Any thread, any context; raw system calls only.
 */
#ifndef PYCSHIM_IDENTITY_NOTE_H
#define PYCSHIM_IDENTITY_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"
#include "note_hash.h"

struct identity_note {
	bool hashed; /* of a compiled pyc: hash and stamp_ns, and nothing else */
	uint8_t hash[NOTE_HASH_BYTES]; /* the beginning of the source's content hash */
	uint64_t inode;	  /* of the pyc, or of a symbolic link that stands for it */
	bool has_source;  /* there was a source when the note was made */
	bool changing;	  /* and the program was about to change it */
	int64_t stamp_ns; /* the source's stamp, if has_source */
	uint64_t run;	  /* the run that has put the pyc there, if not */
	int64_t made_ns;  /* when the note was made, since the epoch */
};

/* Reads the note about the pyc at `rel`: 0, or -errno. */
int identity_note_read(const char *rel, struct identity_note *note) MUST_CHECK NONNULL;

/* Writes a note, which replaces an older one.  made_ns is ignored. */
void identity_note_write(const char *rel, const struct identity_note *note) NONNULL;

/* Removes the note about the pyc at `rel`, if there is one. */
void identity_note_remove(const char *rel) NONNULL;

#endif
