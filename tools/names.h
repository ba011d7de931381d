/*
 * Words for the numbers in a recording: operations, actions, totals, stale reasons, errno.
 * Expanded from include/'s tables.  Used by the commands; pure.
 */
#ifndef PYCSHIM_NAMES_H
#define PYCSHIM_NAMES_H

#include <stdint.h>

#include "attributes.h"
#include "json.h"
#include "tables.h"

/* "EROFS"; "errno 4711" for what has no name, in a static buffer; "other" for 0. */
const char *name_of_error(uint32_t error);

/* What strerror() says, beginning with a small letter; in a static buffer. */
const char *meaning_of_error(uint32_t error);

const char *name_of_operation(unsigned type);  /* "lookup"; "unknown" */
const char *name_of_action(unsigned action);   /* "pass"; "unknown" */
const char *name_of_mode(unsigned mode);       /* "trace"; "unknown" */
const char *name_of_stale(unsigned reason);    /* "mtime"; reason < STALE_COUNT */
const char *meaning_of_stale(unsigned reason); /* "the source's size differs" */
const char *name_of_total(unsigned total);     /* as in JSON; total < VERDICT_TOTALS */

/* The index of a total by its name in JSON; -1: no such name. */
int total_of_name(const char *name) NONNULL;

/* Members of the object that is open: "lookups" to "compile_seconds". */
void names_json_totals(struct json *json, const struct totals *totals) NONNULL;

/* The objects "stale_reasons" and "write_errors". */
void names_json_reasons(struct json *json, const struct totals *totals) NONNULL;
void names_json_errors(struct json *json, const struct error_counts *counts) NONNULL;

#endif
