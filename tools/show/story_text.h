/* SPDX-License-Identifier: MIT */
/*
 * Prints the story of a module in plain words.  Used by cmd_why.c.
 */
#ifndef PYCSHIM_STORY_TEXT_H
#define PYCSHIM_STORY_TEXT_H

#include "answer/story.h"
#include "attributes.h"
#include "show/terminal.h"

/* Print one line for each step.  The story has been sorted: see story_sort(). */
void story_print(const struct terminal *terminal, const struct module *module,
		 const struct story *story) NONNULL;

#endif
