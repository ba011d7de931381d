/*
 * A story told in plain words.  Used by cmd_why.c.
 */
#ifndef PYCSHIM_STORY_TEXT_H
#define PYCSHIM_STORY_TEXT_H

#include "attributes.h"
#include "story.h"
#include "terminal.h"

/* Print what happened, a line for each step. */
void story_print(const struct terminal *terminal, const struct module *module,
		 const struct story *story) NONNULL;

#endif
