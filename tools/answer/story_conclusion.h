/* SPDX-License-Identifier: MIT */
/*
 * The sentence that sums up a module's story.  Used by cmd_why.c and why_json.c; pure,
 * except that it allocates.
 */
#ifndef PYCSHIM_STORY_CONCLUSION_H
#define PYCSHIM_STORY_CONCLUSION_H

#include "attributes.h"
#include "read/tables.h"

/* The sentence, from the module's totals.  The caller frees it. */
char *story_conclusion(const struct module *module) MUST_CHECK NONNULL;

#endif
