/*
 * Can the library use the shadow and the recording that it would be given?  Asked by
 * launch_check.c.  Nothing is left behind but, where it is the default, STATE itself.
 */
#ifndef PYCSHIM_LAUNCH_PLACES_H
#define PYCSHIM_LAUNCH_PLACES_H

#include "attributes.h"
#include "launch_options.h"

struct place {
	char *path;	     /* the caller frees it; NULL: there is none */
	const char *problem; /* NULL: it can be used */
};

/* The shadow: the root of option or variable, else the default one. */
struct place place_of_shadow(const struct launch_options *options) MUST_CHECK NONNULL;

/* The recording; its path is "off" where none is wanted. */
struct place place_of_recording(const struct launch_options *options) MUST_CHECK NONNULL;

#endif
