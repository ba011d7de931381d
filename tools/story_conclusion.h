/*
 * What a module's story comes to.  Used by cmd_why.c; pure but for memory.
 */
#ifndef PYCSHIM_STORY_CONCLUSION_H
#define PYCSHIM_STORY_CONCLUSION_H

#include "attributes.h"
#include "tables.h"

/* One sentence, from the totals of the module.  The caller frees it. */
char *story_conclusion(const struct module *module) MUST_CHECK NONNULL;

#endif
