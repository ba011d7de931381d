/* SPDX-License-Identifier: MIT */
/*
 * One watched call on a path: what a wrapper does before and after the real call.
 * Called by hooks/, whose wrappers only ask whether a call matters.  Any thread, any context;
 * a vfork child is sent back by the gate.  errno stays as it was, unless the call itself fails.
 */
#ifndef PYCSHIM_CALL_H
#define PYCSHIM_CALL_H

#include <stdbool.h>
#include <stdio.h>

#include "attributes.h"
#include "host/call_data.h"
#include "host/config.h"

/*
 * Begins a call on `path`; the caller has set operation, detail and option.  False: the call
 * does not concern us, so the caller makes the real call and returns.  True: the caller does
 * what `decision` says, and then calls call_end().
 */
bool call_begin(struct call *call, int dirfd, const char *path) MUST_CHECK
	NONNULL_ARGS(1);

/*
 * Is no call changed in this process, whatever it is?  Then the real call may come before
 * call_begin(), whose decision is CALL_PASS.
 */
static inline bool call_only_traces(void)
{
	return config.mode == MODE_trace && !config.store[0];
}

/*
 * A call on a path that does not concern us shows that this thread's last compile has ended
 * (trace/bracket.h).
 */
void call_passes(void) COLD;

/* The program ends: so does a compile, and what waits to be recorded is written. */
void call_ends(void) COLD;

/*
 * Ends a call.  `result` is what the host gets: a descriptor, 0 or -1.  errno is as the real
 * call has left it, and stays so.
 */
void call_end(struct call *call, long result) NONNULL;
void call_end_stream(struct call *call, FILE *stream) NONNULL_ARGS(1);

/*
 * Begins a call that changes the file behind a descriptor, for example fchmod().  In redirect
 * mode a file in place is copied up, and the shadow's file is changed: *fd is a descriptor of
 * that until call_end_behind().  False: the caller makes the real call on its own
 * descriptor, and does not end it.
 */
bool call_begin_behind(struct call *call, int *fd) MUST_CHECK NONNULL;
void call_end_behind(const struct call *call, int fd) NONNULL;

/*
 * The same for a rename or a link; operation and detail are in `from`, and so are decision
 * and result.
 */
bool call_begin_pair(struct call_pair *pair, int dirfd, const char *path, int to_dirfd,
		     const char *to) MUST_CHECK NONNULL_ARGS(1);
void call_end_pair(struct call_pair *pair, long result) NONNULL;

/*
 * dlopen() of `path` is about to be called.  Returns the path for it, which is another one
 * if the library is in the shadow: cffi keeps libraries in __pycache__.  The string stays
 * valid until some later calls of this function.
 */
const char *call_loads(const char *path);

/*
 * setrlimit() has returned `result`: the host may have another limit on the size of files
 * or of its stack now.  Returns `result`.
 */
int call_limited(int result);

#endif
