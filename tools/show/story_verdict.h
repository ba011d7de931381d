/* SPDX-License-Identifier: MIT */
/*
 * Says in plain words what a look-up found.  Used by story_text.c and why_json.c.
 */
#ifndef PYCSHIM_STORY_VERDICT_H
#define PYCSHIM_STORY_VERDICT_H

#include <stdint.h>

#include "answer/story.h"
#include "attributes.h"

/* The sentence, without a subject.  The caller frees it. */
char *story_verdict(const struct module *module,
		    const struct story_event *event) MUST_CHECK NONNULL;

/* "EROFS (read-only file system)", in a static buffer. */
const char *story_error(uint32_t error) MUST_CHECK;

#endif
