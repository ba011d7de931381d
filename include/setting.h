/* SPDX-License-Identifier: MIT */
/*
 * What settings have in common in library, launcher and reader: the words for off, the
 * places where STATE may be, and limits.
 */
#ifndef PYCSHIM_SETTING_H
#define PYCSHIM_SETTING_H

#include <stdbool.h>
#include <string.h>

/* After $XDG_RUNTIME_DIR/pycshim; the number of the user follows each. */
#define SETTING_STATE_PLACES                                                             \
	{                                                                                \
		"/dev/shm/pycshim-", "/tmp/pycshim-"                                     \
	}

#define SETTING_WAIT_MS_MOST 60000 /* of PYCSHIM_WAIT */
#define SETTING_GLOBS_MAX 2048	   /* bytes of PYCSHIM_ONLY or PYCSHIM_SKIP */

/* off, 0, no and the empty string mean off. */
static inline bool setting_is_off(const char *value)
{
	return strcmp(value, "off") == 0 || strcmp(value, "0") == 0 ||
	       strcmp(value, "no") == 0 || !*value;
}

/* The words for on, of a variable that is nothing but on or off. */
static inline bool setting_is_on(const char *value)
{
	return strcmp(value, "1") == 0 || strcmp(value, "on") == 0 ||
	       strcmp(value, "yes") == 0;
}

/* Of a recording, /dev/null means off, too. */
static inline bool setting_record_is_off(const char *value)
{
	return setting_is_off(value) || strcmp(value, "/dev/null") == 0;
}

#endif
