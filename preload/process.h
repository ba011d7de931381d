/*
 * Which process this is, and whether it is any of our business.
 *
 * A process is ours when a Python is loaded in it, when Python started it, or when the
 * user said "all".  What must begin anew in a fork child lies in one page that the kernel
 * wipes there (MADV_WIPEONFORK); a vfork child, which shares our memory, sees the
 * parent's, and is left alone.
 */
#ifndef PYCSHIM_PROCESS_H
#define PYCSHIM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "attributes.h"
#include "recording.h"

struct process {
	int pid;	   /* 0: a fork child that was not noticed yet */
	uint64_t number;   /* no other process of the run has it */
	uint64_t start_ns; /* since the epoch */
	/* the recorder's: see recorder.c */
	int registered;
	int64_t totals_offset; /* of our totals in the recording; 0: not known */
	int totals_wanted;     /* they shall be written into the recording */
	struct record_totals totals;
};

/* Never NULL once process_gate() has answered true. */
extern struct process *process;

/*
 * Which calls the wrappers look at: none in a process that is not ours, so that it is as if
 * the library were not there.  In one that is no Python what only looks at a file is of no
 * interest, unless the union view may show another one.
 */
enum process_watches {
	PROCESS_WATCHES_LOOKS = 1,
	PROCESS_WATCHES_CHANGES = 2,
	PROCESS_WATCHES_ALL = PROCESS_WATCHES_LOOKS | PROCESS_WATCHES_CHANGES,
	PROCESS_WATCHES_LOADS = 4, /* dlopen: a Python may come */
};
extern int process_watches;

/*
 * Is this process still not ours, although its calls are watched because something was
 * loaded?  No system call; the path of the call was not looked at yet.
 */
bool process_is_waiting(void);

/* Something is about to be loaded: from now on look whether it was a Python. */
void process_loads(void);

/* Called by the constructor: read the configuration, look around, be ready. */
void process_start(void) COLD;

/*
 * Is this call to be watched?  True in a process of ours, on a thread that is not inside
 * one of our calls already; process and thread are then up to date.  Sets nothing in a
 * vfork child; but one is taken for a fork child where the kernel wipes no page (before
 * Linux 4.14).  Any thread, any context.
 *
 * `here` is where the host's part of the stack ends, to within a few words.
 */
bool process_gate(const void *here);

/*
 * The same for calls that are only looked at and change nothing but what is known of the
 * thread, and for those that no vfork child makes: without asking the kernel who we are, so
 * that a vfork child passes.  A fork child does not.
 */
bool process_gate_light(const void *here);

/* Is a Python loaded in this process (and not only an ancestor)? */
bool process_is_python(void);

/* One line for PYCSHIM_DEBUG, if the user asked for the topic (enum config_debug). */
void process_debug(unsigned topic, const char *what, const char *value);

/* One line on standard error: "pycshim: ..."; errno and the host's streams untouched. */
void process_complain(const char *subject, const char *value, const char *why) COLD;

#endif
