/* SPDX-License-Identifier: MIT */
/*
 * Prints the totals of a run, a module or a process as JSON, with the same names in every
 * command.  Used by the commands, describe.c and why_json.c.
 */
#ifndef PYCSHIM_TOTALS_JSON_H
#define PYCSHIM_TOTALS_JSON_H

#include "attributes.h"
#include "common/json.h"
#include "read/tables.h"

/* Add members to the open object: "lookups" to "compile_seconds". */
void totals_json(struct json *json, const struct totals *totals) NONNULL;

/* Add the member "stale_reasons" or "write_errors", which is an object. */
void totals_json_reasons(struct json *json, const struct totals *totals) NONNULL;
void totals_json_errors(struct json *json, const struct error_counts *counts) NONNULL;

#endif
