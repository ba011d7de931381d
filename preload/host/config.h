/* SPDX-License-Identifier: MIT */
/*
 * The configuration.  Read once from the environment by the constructor (activate.c), and
 * constant from then on: any thread may read it at any time.
 */
#ifndef PYCSHIM_CONFIG_H
#define PYCSHIM_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"
#include "setting.h"

enum config_debug { DEBUG_CONFIG = 1, DEBUG_PROCESS = 2, DEBUG_RECORD = 4 };

struct config {
	enum record_mode mode;
	bool record_off;
	bool all_processes;
	bool write;		/* remove PYTHONDONTWRITEBYTECODE */
	bool started_by_python; /* an ancestor is a Python, so this process is active */
	bool started_by_user;	/* ... and of this user: it has reported what is wrong */
	uint64_t run;	 /* the number of the first Python among the ancestors; or 0 */
	bool complained; /* an ancestor has reported the wrong setting */
	unsigned debug;	 /* enum config_debug */
	uint64_t record_max_bytes;
	uint64_t store_max_bytes;
	uint64_t root_max_bytes; /* 0: no limit */
	unsigned wait_ms;	 /* 0: do not wait for other processes */
	/* PYTHONDONTWRITEBYTECODE, which stays; PYTHONNODEBUGRANGES; PYTHONOPTIMIZE */
	enum setting_flag dont_write, no_debug_ranges, optimise;
	char root[PATH_MAX];   /* empty: STATE/shadow */
	char record[PATH_MAX]; /* empty: STATE/recording */
	char store[PATH_MAX];  /* empty: none */
	char only[SETTING_GLOBS_MAX];
	char skip[SETTING_GLOBS_MAX];
	char runtime_directory[256]; /* XDG_RUNTIME_DIR; empty: none, or too long */
	bool maintainer_script;	     /* we run in a maintainer script of dpkg */
	int check_fd;		     /* PYCSHIM_CHECK: answer there and exit; -1: no */
};

extern struct config config;

/* The name of each mode, by enum record_mode. */
extern const char *const config_modes[MODE_off + 1];

/*
 * Read the environment into `config`.  Returns NULL, or the name of the first wrong
 * variable (with its "="); then `value` is its value and `why` says what is wrong.
 */
const char *config_read(char *const *environment, const char **value, const char **why);

/*
 * Set a variable that tells child programs what they cannot find out.  "python": a Python
 * has started them, as which user and in which run.  "off": a wrong setting was reported.
 *
 * Called by activate.c.  In the constructor, no other thread changes the environment, and
 * `environ` becomes a copy with one more variable.  Later (`late`), when a Python has
 * been loaded, libc's putenv() is needed, because it takes libc's lock.  It may allocate
 * memory; the caller has blocked all signals.
 */
void config_tell_children(const char *what, bool late) COLD;

/*
 * Remove PYTHONDONTWRITEBYTECODE from the environment, in the same way.  CPython reads it
 * in main() or later (config_read_env_vars in Python/initconfig.c).
 */
void config_remove_dont_write(bool late) COLD;

#endif
