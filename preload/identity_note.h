/*
 * Notes about pycs that the program itself has put into the shadow, or whose times it has
 * set.  A note is a symbolic link beside the pyc, .pycshim-NAME.note, that leads nowhere; its
 * text has the inode number of the pyc, and either the stamp for its source as it was
 * then, or, where there was no source, the number of the run.
 * Used by identity.c; any thread, any context.
 */
#ifndef PYCSHIM_IDENTITY_NOTE_H
#define PYCSHIM_IDENTITY_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"

struct identity_note {
	uint64_t inode;	  /* of the pyc, or of a symbolic link in its place */
	bool has_source;  /* there was a source then */
	int64_t stamp_ns; /* ... and this is the stamp for it */
	uint64_t run;	  /* else this run has put it there */
	int64_t made_ns;  /* when the note was made */
};

/* Read the note about the pyc at `rel`: 0, or -errno. */
int identity_note_read(const char *rel, struct identity_note *note) MUST_CHECK NONNULL;

/* Make it anew, without made_ns. */
void identity_note_write(const char *rel, const struct identity_note *note) NONNULL;

/* Remove it, if there is one. */
void identity_note_remove(const char *rel) NONNULL;

#endif
