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

/*
 * The value of one of Python's own variables that switch something on, such as
 * PYTHONDONTWRITEBYTECODE (_Py_get_env_flag in Python/initconfig.c): an empty value sets
 * nothing, and up to Python 3.6 any other sets it.
 */
enum setting_flag {
	SETTING_UNSET,
	SETTING_ZERO, /* set up to 3.6 only */
	SETTING_SET
};

static inline enum setting_flag setting_python_flag(const char *value)
{
	if (!*value)
		return SETTING_UNSET;
	value += strspn(value, " \t");
	if (*value == '+' || *value == '-')
		value++;
	return *value && !value[strspn(value, "0")] ? SETTING_ZERO : SETTING_SET;
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
