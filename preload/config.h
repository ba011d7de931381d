/*
 * The configuration: read once from the environment, constant after that.
 */
#ifndef PYCSHIM_CONFIG_H
#define PYCSHIM_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

enum config_debug { DEBUG_CONFIG = 1, DEBUG_PROCESS = 2, DEBUG_RECORD = 4 };

#define CONFIG_GLOBS_MAX 2048

struct config {
	enum record_mode mode;
	bool record_off;
	bool all_processes;
	bool write;		/* PYTHONDONTWRITEBYTECODE is to be removed */
	bool started_by_python; /* an ancestor was Python: we are "what it starts" */
	bool started_by_user;	/* and it was this user's, which has said what is wrong */
	uint64_t run;	 /* the number of the process that it all began with; or 0 */
	bool complained; /* an ancestor has named the mistake already */
	unsigned debug;	 /* enum config_debug */
	uint64_t record_max_bytes;
	char root[PATH_MAX];   /* empty: STATE/shadow */
	char record[PATH_MAX]; /* empty: STATE/recording */
	char only[CONFIG_GLOBS_MAX];
	char skip[CONFIG_GLOBS_MAX];
	char runtime_directory[256]; /* XDG_RUNTIME_DIR; empty: none, or too long */
	bool maintainer_script;	     /* of dpkg: an ancestor is one */
	int check_fd;		     /* PYCSHIM_CHECK: answer there and end; -1: no */
};

extern struct config config;

/* The word for each mode, by enum record_mode. */
extern const char *const config_modes[MODE_off + 1];

/*
 * Read the environment.  Returns NULL, or the name of the mistaken variable with the
 * reason in `why` and its value in `value`.  Called by the constructor alone.
 */
const char *config_read(char *const *environment, const char **value, const char **why);

/*
 * Tell the programs that this one starts what they cannot see themselves: "python", that
 * Python started them, as which user and in which run; "off", that a mistake was named.
 *
 * In the constructor, where no other thread changes the environment, `environ` becomes a
 * copy with one variable more.  `late`: by libc's own putenv(), for that needs libc's lock.
 * It may allocate memory, and is called once, when a Python was loaded, with all signals
 * blocked.
 */
void config_tell_children(const char *what, bool late) COLD;

/*
 * Remove PYTHONDONTWRITEBYTECODE from `environ`, where it is, in the same way.  CPython
 * reads it in main() or later (config_read_env_vars, Python/initconfig.c).
 */
void config_remove_dont_write(bool late) COLD;

#endif
