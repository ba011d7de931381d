/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON: one document over several lines, or one object on each line.  The output
 * is valid JSON whatever bytes the strings hold.  Used by pycstat's commands.
 */
#ifndef PYCSHIM_JSON_H
#define PYCSHIM_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attributes.h"

struct json {
	FILE *out;
	unsigned depth;
	unsigned lines; /* up to this depth each member has its own line; 0: one line */
	bool follows;	/* a member was written already at this depth */
};

/* Begin and end an object ('{') or an array ('[').  `name` is NULL inside an array. */
void json_open(struct json *json, const char *name, char bracket) NONNULL_ARGS(1);
void json_close(struct json *json, char bracket) NONNULL;

/* Write a member of an object, or, with `name` NULL, an element of an array. */
void json_integer(struct json *json, const char *name, int64_t value) NONNULL_ARGS(1);
void json_boolean(struct json *json, const char *name, bool value) NONNULL_ARGS(1);
void json_null(struct json *json, const char *name) NONNULL_ARGS(1);

/* Write a number that may have a fraction, with at most three digits of it. */
void json_number(struct json *json, const char *name, double value) NONNULL_ARGS(1);

/* Write nanoseconds as seconds, exactly: 1500000 becomes 0.0015. */
void json_seconds(struct json *json, const char *name, int64_t ns) NONNULL_ARGS(1);

/* Bytes that are not UTF-8 become U+FFFD.  A NULL `value` becomes null. */
void json_string(struct json *json, const char *name, const char *value) NONNULL_ARGS(1);

#endif
