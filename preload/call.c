/*
 * See call.h.  Runs in the host: any thread, any context, a vfork child too.
 */
#include "call.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "append.h"
#include "bracket.h"
#include "call_keep.h"
#include "config.h"
#include "deny.h"
#include "descriptor.h"
#include "identity.h"
#include "own_stack.h"
#include "process.h"
#include "real.h"
#include "scan.h"
#include "shadow.h"
#include "sys.h"
#include "thread.h"
#include "trace.h"
#include "union.h"
#include "union_directory.h"
#include "union_source.h"

_Atomic int call_watch_all;

/* Is it of those that trace records? */
static bool is_traced(const struct call *call)
{
	if (call->operation == CALL_mkdir && call->class == PYC_NONE)
		return thread->prefix_pyc != 0;
	return call->class != PYC_NONE && call->class != PYC_INSIDE && !call->unnamed;
}

/* May the call remove a directory that has a shadow? */
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
	bool opens = call->operation == CALL_open || call->operation == CALL_fopen;

	return config.mode == MODE_redirect && call->class == PYC_SOURCE &&
	       (call->operation == CALL_change || call->operation == CALL_chmod ||
		(opens && call_opens_for_writing(call_open_flags(call))));
}

/* To look for a pyc begins another import, and is never the end of a compile. */
static void touch_bracket(const struct call *call)
{
	bool opens = call->operation == CALL_open || call->operation == CALL_fopen;

	if (likely(!thread->brackets))
		return;
	if (call->class == PYC_SOURCE)
		bracket_touch(call->key, call_path(call));
	else if (call->class == PYC_FILE && opens &&
		 !call_opens_for_writing(call_open_flags(call)))
		bracket_touch(0, NULL);
	else
		bracket_touch(call->key, NULL);
}

/*
 * Does this thread open the pyc of the source that it has just looked at, by its name?
 * That is an import, and none is in the few calls of a vfork child: what asks the kernel
 * who we are costs more there than all else but the recording.
 */
static bool is_import(const struct call *call, const char *path)
{
	size_t length;

	if (call->operation != CALL_open || path[0] != '/' ||
	    call_opens_for_writing((int)call->detail))
		return false;
	length = strlen(path);
	return (uint32_t)thread->seen_key ==
	       pyc_path_stem_hash(path, pyc_path_base(path, length), length);
}

/* Decide what becomes of a call that call_look() has looked at; false: it is none of ours. */
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
	else if (changes_source(call))
		union_source_changing(call);
	if (may_remove_tree(call))
		union_tree_remove(call);
	else if (call->covered && config.mode == MODE_redirect)
		union_call(call);
	else if (call->covered)
		deny_call(call);
	return true;
}

struct beginning {
	struct call *call;
	int dirfd;
	const char *path;
	bool ours;
};

/* On our own stack. */
static void begin_closely(void *argument)
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

/* A look at a file, or an open to read it, that asks for no more than a note. */
static bool is_simple(const struct call *call)
{
	return !thread->brackets && (call->operation == CALL_stat ||
				     (call->operation == CALL_open &&
				      !call_opens_for_writing((int)call->detail)));
}

bool call_begin(struct call *call, int dirfd, const char *path)
{
	struct beginning beginning = {call, dirfd, path, true};
	bool looks = call->operation <= CALL_LAST_LOOK;

	if (looks || is_import(call, path) ? !process_gate_light(&call->mark)
					   : !process_gate(&call->mark))
		return false;
	thread_enter(&call->mark);
	call->host_error = errno;
	if (is_simple(call) && call_look_at_known(call, path))
		call->begin_ns = looks ? 0 : sys_time_ns();
	else
		own_stack_run(begin_closely, &beginning);
	thread_leave();
	errno = call->host_error;
	return beginning.ours;
}

/* Names for dlopen(), which copies them; more threads than this do not load at once. */
#define LOADED_NAMES 4

const char *call_loads(const char *path)
{
	static char names[LOADED_NAMES][PATH_MAX];
	static unsigned next;
	struct call call = {.operation = CALL_look};
	size_t length;
	char *name;

	process_loads();
	if (!call_watch_all || process_is_waiting() || scan_path(path) != SCAN_OURS ||
	    !strchr(path, '/') || !call_begin(&call, AT_FDCWD, path))
		return path;
	if (call.decision != CALL_ELSEWHERE) {
		call_drop_path(&call);
		return path;
	}
	name = names[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % LOADED_NAMES];
	if (likely(call.directory < 0)) {
		strcpy(name, call.path);
	} else { /* nothing can be held until the name is used */
		length = shadow_root_name(name);
		memcpy(name + length, call.absolute, strlen(call.absolute) + 1);
	}
	call_drop_path(&call);
	return name;
}

int call_limited(int result)
{
	append_limit_changed();
	return result;
}

static void touch_no_bracket(void *argument)
{
	(void)argument;
	bracket_touch(0, NULL);
}

void call_passes(void)
{
	struct thread_mark mark;
	int host_error = errno;

	if (!process_gate(__builtin_frame_address(0)))
		return;
	thread_enter(&mark);
	own_stack_run(touch_no_bracket, NULL);
	thread_leave();
	errno = host_error;
}

/* Names relative to a __pycache__ or below are ours, whatever they look like. */
static void follow_directory(const struct call *call, int fd)
{
	struct stat status;

	if ((call->class == PYC_CACHE || call->class == PYC_INSIDE || call->in_shadow) &&
	    sys_fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
		descriptor_add(fd,
			       call->in_shadow ? DESCRIPTOR_SHADOW : DESCRIPTOR_DIRECTORY,
			       WATCH_NOTHING);
}

/* A file in place, in a cache, is open: what is done by its descriptor may change it. */
static void follow_file(const struct call *call, int fd)
{
	bool opened = call->operation == CALL_open || call->operation == CALL_fopen;

	if (opened && fd >= 0 && call->covered && call->decision == CALL_PASS &&
	    !descriptor_find(fd))
		descriptor_add(fd, DESCRIPTOR_FILE, WATCH_NOTHING);
}

/*
 * Redirect must know which source a pyc is made from.  2.7 opens the source at every
 * import, by stdio, and then looks at it by its descriptor: see looked_at() in call_fd.c.
 */
static bool opens_source(const struct call *call)
{
	return call->class == PYC_SOURCE && config.mode == MODE_redirect &&
	       (call->operation == CALL_open ||
		(call->operation == CALL_fopen && config.record_off)) &&
	       !call_opens_for_writing(call_open_flags(call));
}

struct ending {
	struct call *call;
	int fd, error;
	bool stream;
};

/* On our own stack. */
static void end_closely(void *argument)
{
	const struct ending *ending = argument;
	struct call *call = ending->call;
	int fd = ending->fd, error = ending->error;
	struct stat status;

	if (fd >= 0 && (call->covered || call->in_shadow) && call->operation == CALL_open)
		follow_directory(call, fd);
	if (fd >= 0 && opens_source(call) && sys_fstat(fd, &status) == 0)
		identity_source_opened(call_path(call), identity_stamp_of(&status));
	if (error == 0 && may_remove_tree(call))
		union_tree_removed(call);
	if (is_traced(call))
		trace_call(call, fd, error, ending->stream);
	follow_file(call, fd);
	if (unlikely(call->cautious))
		sys_fcntl(fd, F_SETFL, call_open_flags(call));
}

static void end(struct call *call, int fd, int error, bool stream)
{
	struct ending ending = {call, fd, error, stream};
	int host_error = errno;

	thread_enter(&call->mark);
	if (config.mode == MODE_deny)
		deny_learn(call, error);
	if (call->operation <= CALL_LAST_LOOK && is_traced(call))
		trace_call(call, fd, error, stream);
	else if (call->operation > CALL_LAST_LOOK)
		own_stack_run(end_closely, &ending);
	call_drop_path(call);
	thread_leave();
	errno = host_error;
}

void call_end(struct call *call, long result)
{
	end(call, (int)result, result < 0 ? errno : 0, false);
}

void call_end_stream(struct call *call, FILE *stream)
{
	end(call, stream ? fileno(stream) : -1, stream ? 0 : errno, true);
}

bool call_begin_behind(struct call *call, int *fd)
{
	int host_error = errno, opened;

	if (sys_fcntl(*fd, F_GETFL, 0) & O_PATH) /* nothing can be changed by it */
		return false;
	call->detail = 0;
	if (!call_begin(call, *fd, call_itself))
		return false;
	/* a descriptor in the shadow is the right one already */
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
		union_tree_rename(pair);
	}
}

/* On our own stack. */
static void begin_pair_closely(void *argument)
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

	if (!process_gate(&pair->to.mark))
		return false;
	thread_enter(&pair->to.mark);
	pair->from.host_error = errno;
	own_stack_run(begin_pair_closely, &beginning);
	thread_leave();
	errno = pair->from.host_error;
	return beginning.ours;
}

/* A rename that concerns the cache; of sources and other things it is none of ours. */
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

/* On our own stack. */
static void end_pair_closely(void *argument)
{
	const struct ending_pair *ending = argument;
	struct call_pair *pair = ending->pair;

	if (!ending->error && config.mode == MODE_deny)
		deny_learn_move(pair);
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
	own_stack_run(end_pair_closely, &ending);
	call_drop_path(&pair->from);
	call_drop_path(&pair->to);
	thread_leave();
	errno = host_error;
}

void call_done(struct call *call, long result)
{
	call->decision = CALL_DONE;
	call->result = result;
	call->action = config.mode == MODE_deny ? ACTION_deny : ACTION_redirect;
}

long call_result(const struct call *call)
{
	if (call->result >= 0)
		return call->result;
	errno = (int)-call->result;
	return -1;
}

int call_open_flags(const struct call *call)
{
	const char *mode = (const char *)call->detail;
	int flags;

	if (call->operation != CALL_fopen)
		return (int)call->detail;
	flags = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;
	if (*mode == 'w')
		flags |= O_CREAT | O_TRUNC;
	if (*mode == 'a')
		flags |= O_CREAT | O_APPEND;
	if (strchr(mode, 'e'))
		flags |= O_CLOEXEC;
	return strchr(mode, 'x') ? flags | O_EXCL : flags;
}

FILE *call_result_stream(const struct call *call)
{
	FILE *stream;

	if (call->result < 0) {
		errno = (int)-call->result;
		return NULL;
	}
	stream = REAL(fdopen)((int)call->result, (const char *)call->detail);
	if (!stream)
		sys_close((int)call->result);
	return stream;
}
