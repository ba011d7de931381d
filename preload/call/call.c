/* SPDX-License-Identifier: MIT */
/*
 * See call.h.  The functions named *_on_own_stack need more stack than the host may have, and run
 * on a stack of our own (own_stack.h).
 */
#include "call/call.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "call/call_look.h"
#include "host/config.h"
#include "host/descriptor.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/source_hash.h"
#include "host/sys.h"
#include "host/thread.h"
#include "record/append.h"
#include "record/recorder.h"
#include "store/answer.h"
#include "store/directory.h"
#include "store/flight.h"
#include "store/root_bound.h"
#include "trace/bracket.h"
#include "trace/trace.h"
#include "view/deny.h"
#include "view/identity.h"
#include "view/identity_source.h"
#include "view/shadow.h"
#include "view/union.h"
#include "view/union_directory.h"
#include "view/union_pair.h"
#include "view/union_source.h"

/* Is it a call that trace/ looks at? */
static bool is_traced(const struct call *call)
{
	if (call->operation == CALL_mkdir && call->class == PYC_NONE)
		return thread->prefix_pyc != 0;
	return call->class != PYC_NONE && call->class != PYC_INSIDE && !call->unnamed;
}

/* May the call remove a directory that is not covered, but has a shadow? */
static bool may_remove_tree(const struct call *call)
{
	return config.mode == MODE_redirect && !call->covered &&
	       (call->operation == CALL_rmdir || call->operation == CALL_remove ||
		(call->operation == CALL_unlink && call->option & AT_REMOVEDIR));
}

static bool removes_source(const struct call *call)
{
	return config.mode == MODE_redirect && call->class == PYC_SOURCE &&
	       ((call->operation == CALL_unlink && !(call->option & AT_REMOVEDIR)) ||
		call->operation == CALL_remove);
}

static bool changes_source(const struct call *call)
{
	return config.mode == MODE_redirect && call->class == PYC_SOURCE &&
	       (call->operation == CALL_change || call->operation == CALL_chmod ||
		call_opens_to_write(call));
}

/*
 * Tells bracket.c of the call, which may end a compile.  The look-up of a pyc does not: it
 * begins another import.
 */
static void touch_bracket(const struct call *call)
{
	if (likely(!thread->brackets))
		return;
	if (call->class == PYC_SOURCE)
		bracket_touch(call->key, call_path(call));
	else if (call->class == PYC_FILE && call_opens_to_read(call))
		bracket_touch(0, NULL);
	else
		bracket_touch(call->key, NULL);
}

/*
 * The thread changes a source, or puts another one in its place: what it has read of it before is
 * not what it compiles next.
 */
static void forget_readings(const struct call *call)
{
	if (call->class == PYC_SOURCE && identity_source_changes(call_path(call)))
		source_hash_compiles_anew(call_path(call));
}

/* Has the union view decide, and remembers that the pyc's directory is private. */
static void decide_by_union(struct call *call)
{
	bool was_trusted = call->trusted;

	union_call(call);
	if (unlikely(call->trusted && !was_trusted))
		call_look_trusts(call);
}

/* The thread looks for a pyc: if it compiles its source, then what it reads from now on. */
static void begin_import(const struct call *call)
{
	SCRATCH(char, source, PATH_MAX);

	if (identity_source_path(source, call_rel(call)) != 0)
		return;
	source_hash_compiles_anew(source);
	if (call->operation == CALL_open && config.mode == MODE_redirect)
		identity_import_begins(source);
}

/*
 * Decides a call that call_look() has filled in.  False: it does not concern us.  (A path that
 * was replaced leads into the shadow.)
 */
static bool decide(struct call *call, const char *path)
{
	if (!is_traced(call) && !call->covered && !call->in_shadow &&
	    !may_remove_tree(call) && call->path == path)
		return false;
	if (is_traced(call))
		touch_bracket(call);
	call->begin_ns = call->operation <= CALL_LAST_LOOK ? 0 : sys_time_ns();
	if (removes_source(call))
		union_source_going(call);
	else if (changes_source(call)) {
		forget_readings(call);
		union_source_changing(call);
	}
	if (may_remove_tree(call))
		union_tree_remove(call);
	else if (call->covered && config.mode == MODE_redirect)
		decide_by_union(call);
	else if (call->covered)
		deny_call(call);
	if (call->class == PYC_SOURCE && call_opens_to_read(call))
		flight_source_opened(call->key);
	if (call->class == PYC_FILE && call_opens_to_read(call)) {
		flight_land(); /* this is the next import, or that of a codec */
		/* also at a hit in the shadow: the interpreter may reject it by its hash */
		if (unlikely(thread->hashes_ready))
			begin_import(call);
	}
	if (store_concerns(call))
		store_answer(call);
	return true;
}

struct beginning {
	struct call *call;
	int dirfd;
	const char *path;
	bool ours;
};

static void begin_on_own_stack(void *argument)
{
	char room[CALL_PATH_BYTES];
	struct beginning *beginning = argument;
	struct call *call = beginning->call;

	call->buffer = room + FD_NAME_BYTES;
	beginning->ours = call_look(call, beginning->dirfd, beginning->path) &&
			  decide(call, beginning->path) && call_keep_path(call);
	if (!beginning->ours)
		call_release(call);
}

/*
 * Another process compiles the pyc that this look-up wants: waits for that, on the program's
 * stack with its signals, and looks again.
 */
static void wait_and_begin_again(struct beginning *beginning)
{
	struct call *call = beginning->call;
	const struct flight flight = {thread->waits_for, thread->waits_bytes};

	thread->waits_for = 0;
	if (call_has_opened(call))
		sys_close((int)call->result);
	call_drop_path(call);
	thread->usable = NULL;
	thread->waited_ns = flight_wait(&flight) ?: 1; /* 0: it has not waited */
	own_stack_run(begin_on_own_stack, beginning);
	thread->waits_for = 0;
}

/* Is it a look at a file, or an open for reading, while this thread compiles nothing? */
static bool is_simple(const struct call *call)
{
	return !thread->brackets && (call->operation == CALL_stat ||
				     (call->operation == CALL_open &&
				      call_opens_to_read(call) && !store_is_wanted()));
}

bool call_begin(struct call *call, int dirfd, const char *path)
{
	struct beginning beginning = {call, dirfd, path, true};
	bool looks = call->operation <= CALL_LAST_LOOK;
	int host_error = errno;

	if (call->operation == CALL_open)
		call->open_flags = (int)call->detail;
	else if (call->operation == CALL_fopen)
		call->open_flags = call_mode_flags((const char *)call->detail);
	if (!process_gate(&call->mark))
		return false;
	thread_enter(&call->mark);
	if (is_simple(call) && call_look_at_known(call, path))
		call->begin_ns = looks ? 0 : sys_time_ns();
	else
		own_stack_run(begin_on_own_stack, &beginning);
	if (unlikely(thread->waits_for))
		wait_and_begin_again(&beginning);
	thread_leave();
	errno = host_error;
	return beginning.ours;
}

int call_limited(int result)
{
	append_limit_changed();
	own_stack_limit_changed();
	return result;
}

static void touch_no_bracket(void *argument)
{
	(void)argument;
	bracket_touch(0, NULL);
}

static void touch_and_flush(void *argument)
{
	touch_no_bracket(argument);
	if (recorder_waits())
		recorder_flush();
}

/* Run `function` behind the gate: work that any call of the host may have to do. */
static void run_between(void (*function)(void *argument))
{
	struct thread_mark mark;
	int host_error = errno;

	if (!process_gate(__builtin_frame_address(0)))
		return;
	thread_enter(&mark);
	own_stack_run(function, NULL);
	thread_leave();
	errno = host_error;
}

void call_passes(void)
{
	run_between(touch_no_bracket);
}

void call_ends(void)
{
	run_between(touch_and_flush);
}

/*
 * A directory in or below a __pycache__ was opened.  Calls relative to its descriptor concern
 * us, whatever their names look like.
 */
static void follow_directory(const struct call *call, int fd)
{
	struct stat status;

	if ((call->class == PYC_CACHE || call->class == PYC_INSIDE || call->in_shadow) &&
	    sys_fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
		descriptor_add(fd, call->in_shadow ? DESCRIPTOR_SHADOW
						   : DESCRIPTOR_DIRECTORY);
}

/* A file in place was opened: calls on its descriptor, as fchmod(), may change it. */
static void follow_file(const struct call *call, int fd)
{
	if (call_opens(call) && fd >= 0 && call->covered && call->decision == CALL_PASS &&
	    !descriptor_find(fd))
		descriptor_add(fd, DESCRIPTOR_FILE);
}

/*
 * Has the thread opened a source, which redirect must know before the pyc is written?
 * Python 2.7 opens the source by stdio at every import, and then calls fstat() on it: there
 * fd_looked_at() in call_fd.c takes the stamp, unless nothing is recorded.
 */
static bool opens_source(const struct call *call)
{
	return call->class == PYC_SOURCE && config.mode == MODE_redirect &&
	       (call->operation == CALL_open || config.record_off) &&
	       call_opens_to_read(call);
}

struct ending {
	struct call *call;
	int fd, error;
	bool stream;
};

static void end_on_own_stack(void *argument)
{
	const struct ending *ending = argument;
	struct call *call = ending->call;
	int fd = ending->fd, error = ending->error;
	struct stat status;

	if (fd >= 0 && (call->covered || call->in_shadow) && call->operation == CALL_open)
		follow_directory(call, fd);
	if (fd >= 0 && opens_source(call) && sys_fstat(fd, &status) == 0)
		identity_source_opened(call_path(call), stamp_of(&status),
				       call->operation == CALL_fopen,
				       thread->direct_key == call->key);
	if (error == 0 && may_remove_tree(call))
		union_tree_removed(call);
	if (is_traced(call))
		trace_call(call, fd, error, ending->stream);
	/* a pyc that cannot be kept is nothing to wait for */
	if (unlikely(error && thread->leads) && error != EEXIST &&
	    (call->operation == CALL_mkdir || call->class == PYC_TEMPORARY))
		flight_land();
	follow_file(call, fd);
	if (unlikely(call->cautious))
		sys_fcntl(fd, F_SETFL, call->open_flags);
}

static void call_end_with(struct call *call, int fd, int error, bool stream)
{
	struct ending ending = {call, fd, error, stream};
	int host_error = errno;

	thread_enter(&call->mark);
	if (config.mode == MODE_deny)
		deny_learn(call, error);
	if (call->operation <= CALL_LAST_LOOK && is_traced(call))
		trace_call(call, fd, error, stream);
	else if (call->operation > CALL_LAST_LOOK)
		own_stack_run(end_on_own_stack, &ending);
	call_drop_path(call);
	thread_leave();
	errno = host_error;
}

void call_end(struct call *call, long result)
{
	call_end_with(call, (int)result, result < 0 ? errno : 0, false);
}

void call_end_stream(struct call *call, FILE *stream)
{
	call_end_with(call, stream ? fileno(stream) : -1, stream ? 0 : errno, true);
}

bool call_begin_behind(struct call *call, int *fd)
{
	int host_error = errno, opened;

	if (sys_fcntl(*fd, F_GETFL, 0) & O_PATH) /* it permits no change */
		return false;
	call->detail = 0;
	if (!call_begin(call, *fd, call_itself))
		return false;
	/* if it is open on the shadow's file, it is the right one already */
	if (call->decision == CALL_PASS || call->stripped) {
		call_drop_path(call);
		return false;
	}
	if (call->decision == CALL_ELSEWHERE) {
		opened = sys_openat(AT_FDCWD, call->path,
				    O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0);
		if (opened < 0)
			call_done(call, opened);
		else
			*fd = opened;
	}
	call_drop_path(call);
	errno = host_error;
	return true;
}

void call_end_behind(const struct call *call, int fd)
{
	if (call->decision == CALL_ELSEWHERE)
		sys_close(fd);
}

struct beginning_pair {
	struct call_pair *pair;
	int dirfd, to_dirfd;
	const char *path, *to;
	bool ours;
};

static void decide_pair(struct call_pair *pair)
{
	if (is_traced(&pair->to))
		bracket_touch(pair->to.key, NULL);
	if (pair->from.covered || pair->to.covered) {
		if (config.mode == MODE_redirect)
			union_pair(pair);
		else
			deny_pair(pair);
	} else if (config.mode == MODE_redirect) {
		forget_readings(&pair->to);
		union_tree_rename(pair);
	}
}

static void begin_pair_on_own_stack(void *argument)
{
	char room[CALL_PATH_BYTES], to_room[CALL_PATH_BYTES];
	struct beginning_pair *beginning = argument;
	struct call_pair *pair = beginning->pair;

	pair->from.buffer = room + FD_NAME_BYTES;
	pair->to.buffer = to_room + FD_NAME_BYTES;
	pair->from.begin_ns = sys_time_ns();
	pair->to.directory = -1;
	if (call_look(&pair->from, beginning->dirfd, beginning->path) &&
	    call_look(&pair->to, beginning->to_dirfd, beginning->to)) {
		decide_pair(pair);
		beginning->ours = call_keep_path(&pair->from) &&
				  call_keep_path(&pair->to);
	}
	if (!beginning->ours) {
		call_release(&pair->from);
		call_release(&pair->to);
	}
}

bool call_begin_pair(struct call_pair *pair, int dirfd, const char *path, int to_dirfd,
		     const char *to)
{
	struct beginning_pair beginning = {pair, dirfd, to_dirfd, path, to, false};
	int host_error = errno;

	if (!process_gate(&pair->to.mark))
		return false;
	thread_enter(&pair->to.mark);
	own_stack_run(begin_pair_on_own_stack, &beginning);
	thread_leave();
	errno = host_error;
	return beginning.ours;
}

/* Is it a rename that trace/ looks at?  Renames of sources are not recorded. */
static bool is_traced_pair(const struct call_pair *pair)
{
	return pair->from.operation == CALL_rename &&
	       ((is_traced(&pair->from) && pair->from.class != PYC_SOURCE) ||
		(is_traced(&pair->to) && pair->to.class != PYC_SOURCE));
}

struct ending_pair {
	struct call_pair *pair;
	int error;
};

static void end_pair_on_own_stack(void *argument)
{
	const struct ending_pair *ending = argument;
	struct call_pair *pair = ending->pair;

	if (!ending->error && config.mode == MODE_deny)
		deny_learn_move(pair);
	/* a pyc is there, or could not be kept */
	if (pair->from.operation == CALL_rename)
		flight_land_key(pair->to.key);
	if (!ending->error && pair->to.class == PYC_FILE &&
	    pair->from.action == ACTION_redirect)
		root_bound_grown(call_rel(&pair->to));
	if (is_traced_pair(pair))
		trace_rename(&pair->from, &pair->to, ending->error);
	if (!ending->error && config.mode == MODE_redirect &&
	    pair->from.operation == CALL_rename && !pair->from.covered &&
	    !pair->to.covered)
		union_tree_renamed(pair);
}

void call_end_pair(struct call_pair *pair, long result)
{
	int host_error = errno;
	struct ending_pair ending = {pair, result < 0 ? host_error : 0};

	thread_enter(&pair->to.mark);
	own_stack_run(end_pair_on_own_stack, &ending);
	call_drop_path(&pair->from);
	call_drop_path(&pair->to);
	thread_leave();
	errno = host_error;
}
