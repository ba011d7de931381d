/* SPDX-License-Identifier: MIT */
/*
 * See bracket.h.
 */
#include "trace/bracket.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "host/config.h"
#include "host/sys.h"
#include "record/recorder.h"
#include "trace/event.h"

/* Give back the slot that keeps the path of the bracket's source. */
static void drop_source(struct bracket *bracket)
{
	struct descriptor *source = descriptor_at(bracket->source);

	/* descriptor_add() may have reused the slot, when no other was free */
	if (source && descriptor_kind(source) == DESCRIPTOR_BRACKET &&
	    source->key == bracket->key)
		descriptor_drop(source);
	bracket->source = -1;
}

void bracket_begin(uint64_t key, struct descriptor *source)
{
	struct bracket *bracket;

	while (thread->brackets && thread->bracket[thread->brackets - 1].key == key)
		drop_source(&thread->bracket[--thread->brackets]);
	if (thread->brackets == BRACKET_DEPTH) {
		drop_source(&thread->bracket[0]);
		thread->brackets--;
		memmove(thread->bracket, thread->bracket + 1,
			thread->brackets * sizeof(thread->bracket[0]));
	}
	bracket = &thread->bracket[thread->brackets++];
	*bracket = (struct bracket){.key = key, .source = descriptor_index(source)};
	bracket->began_ns = sys_time_ns();
	bracket->begin_ns = sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/*
 * Is the directory of this source not writable?  Under -B this is the only sign that no
 * pyc could be made there.  The last slash of `path` is overwritten for the question
 * only.
 */
static bool directory_is_unwritable(char *path, size_t length)
{
	bool unwritable;

	while (length && path[length] != '/')
		length--;
	if (!length)
		return false;
	path[length] = '\0';
	unwritable = SYS3(faccessat, AT_FDCWD, path, W_OK) < 0;
	path[length] = '/';
	return unwritable;
}

/*
 * Record that a compile took `cpu_ns`, or (not exact) that much at most.  Not inlined:
 * its large frame is rarely needed.
 */
static __attribute__((noinline)) void bracket_record(const struct bracket *bracket,
						     uint64_t cpu_ns, bool exact)
{
	union {
		struct record_compile compile;
		char bytes[sizeof(struct record_compile) + PATH_MAX + 8];
	} buffer __attribute__((aligned(8)));
	const struct descriptor *source = descriptor_at(bracket->source);
	size_t length = source && source->key == bracket->key ? strlen(source->path) : 0;
	struct verdict_event event = {.operation = RECORD_compile,
				      .flags = exact ? RECORD_EXACT : 0,
				      .key = bracket->key,
				      .amount = cpu_ns};

	buffer.compile = (struct record_compile){
		.record = {.type = RECORD_compile,
			   .flags = event.flags,
			   .time_ns = bracket->began_ns,
			   .duration_ns = event_since(bracket->began_ns)},
		.cpu_ns = cpu_ns,
		.process_cpu_ns = sys_clock_ns(CLOCK_PROCESS_CPUTIME_ID),
	};
	if (length)
		memcpy(buffer.compile.path, source->path, length);
	buffer.compile.path[length] = '\0';
	if (!exact && directory_is_unwritable(buffer.compile.path, length))
		buffer.compile.record.flags |= RECORD_UNWRITABLE;
	if (exact) {
		thread->compiled = bracket->key;
		thread->compiled_ns = cpu_ns;
		thread->compiled_path = length && config.store[0]
						? content_check(source->path, length)
						: 0;
	}
	recorder_append(&buffer.compile.record,
			sizeof(struct record_compile) + length + 1, &event);
}

/*
 * Is the bracket about the source with this path?  The key alone does not tell: the
 * __init__.py of two packages named `http` have the same key, and one may import the
 * other.
 */
static bool bracket_is_of(const struct bracket *bracket, const char *path)
{
	const struct descriptor *source = descriptor_at(bracket->source);

	return !source || source->key != bracket->key || strcmp(source->path, path) == 0;
}

/* The innermost bracket that an operation on this key ends exactly, or NULL. */
static struct bracket *ended_by(uint64_t key, const char *source)
{
	unsigned i;

	for (i = thread->brackets; i-- > 0;)
		if (thread->bracket[i].key == key &&
		    (!source || bracket_is_of(&thread->bracket[i], source)))
			return &thread->bracket[i];
	return NULL;
}

void bracket_touch(uint64_t key, const char *source)
{
	struct thread *const self = thread;
	struct bracket *bracket, *top;
	uint64_t now;
	unsigned i;

	if (!self->brackets)
		return;
	now = sys_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	bracket = ended_by(key, source);
	if (bracket) {
		if (!bracket->first_ns)
			bracket_record(bracket, now - bracket->begin_ns, true);
		else
			bracket_record(bracket,
				       bracket->first_ns - bracket->begin_ns + now -
					       bracket->last_ns,
				       true);
		while (&self->bracket[self->brackets] > bracket)
			drop_source(&self->bracket[--self->brackets]);
	} else {
		top = &self->bracket[self->brackets - 1];
		if (!top->first_ns) {
			top->first_ns = now;
			bracket_record(top, now - top->begin_ns, false);
		}
	}
	for (i = 0; i < self->brackets; i++)
		self->bracket[i].last_ns = now;
}
