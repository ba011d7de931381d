/*
 * Writes JSON: one document over several lines, or one object a line.  What it writes
 * is valid whatever the strings hold.  Used by the commands; runs in pycstat.
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
	unsigned lines; /* levels whose members begin a line each; 0: all on one line */
	bool follows;	/* a member stands before the next one */
};

/* Begin an object or array ('{' or '['), and end it.  name: NULL in an array. */
void json_open(struct json *json, const char *name, char bracket) NONNULL_ARGS(1);
void json_close(struct json *json, char bracket) NONNULL;

/* A member of an object, or with name NULL an element of an array. */
void json_integer(struct json *json, const char *name, int64_t value) NONNULL_ARGS(1);
void json_boolean(struct json *json, const char *name, bool value) NONNULL_ARGS(1);
void json_null(struct json *json, const char *name) NONNULL_ARGS(1);

/* Nanoseconds as seconds, exact: 1500000 is 0.0015. */
void json_seconds(struct json *json, const char *name, int64_t ns) NONNULL_ARGS(1);

/* Bytes that are not UTF-8 become U+FFFD.  value NULL: null. */
void json_string(struct json *json, const char *name, const char *value) NONNULL_ARGS(1);

#endif
