/* SPDX-License-Identifier: MIT */
/*
 * Where STATE, the shadow, the store and the recording are, and whether the library could
 * use them.  Called by launch_check.c, launch_bake.c and launch_summary.c.  Leaves nothing
 * behind but STATE itself.
 */
#ifndef PYCSHIM_LAUNCH_PLACES_H
#define PYCSHIM_LAUNCH_PLACES_H

#include "attributes.h"
#include "launch/launch_options.h"

/*
 * The path STATE/NAME, which the caller frees.  STATE is the first of
 * $XDG_RUNTIME_DIR/pycshim, /dev/shm/pycshim-UID and /tmp/pycshim-UID that exists or can be
 * made, belongs to this user or root and is closed to all others.  NULL: there is none.
 */
char *place_in_state(const char *name) MUST_CHECK NONNULL;

/* The path of the shadow, from option, variable or STATE.  The caller frees; NULL: none. */
char *place_shadow_path(const struct launch_options *options) MUST_CHECK NONNULL;

struct place {
	char *path;	     /* the caller frees it; NULL: there is none */
	const char *problem; /* why the library cannot use it; NULL: it can */
};

/* The shadow, and whether it can be used. */
struct place place_of_shadow(const struct launch_options *options) MUST_CHECK NONNULL;

/* The same for the store, which may be read-only.  Without a path: none is wanted. */
struct place place_of_store(const struct launch_options *options) MUST_CHECK NONNULL;

/* Why nothing could be put into this store, which can be used; NULL: it can be filled. */
const char *place_filling_problem(const struct place *store) MUST_CHECK NONNULL;

/* The same for the recording.  Its path is "off" if recording is switched off. */
struct place place_of_recording(const struct launch_options *options) MUST_CHECK NONNULL;

#endif
