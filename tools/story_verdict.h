/*
 * What a look-up found, in plain words.  Used by story_text.c and why_json.c.
 */
#ifndef PYCSHIM_STORY_VERDICT_H
#define PYCSHIM_STORY_VERDICT_H

#include <stdint.h>

#include "attributes.h"
#include "story.h"

/* What a look-up found, in a sentence without a subject.  The caller frees it. */
char *story_verdict(const struct module *module,
		    const struct story_event *event) MUST_CHECK NONNULL;

/* "EROFS (read-only file system)"; until the next call. */
const char *story_error(uint32_t error) MUST_CHECK;

#endif
